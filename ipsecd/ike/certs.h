/*
 * certs: what the engine knows of the certificate store of keys: for each label
 * its public certificates, parsed once, and which tunnels use it.
 *
 * Labels come and go at any time.  An entry is there as long as the store or a
 * tunnel names it; entry->n == 0: a tunnel waits for it.  Until keys has told all
 * it has (engine_certificates_known()), what is missing is not missed.
 */
#ifndef CULVERT_CERTS_H
#define CULVERT_CERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "err.h"
#include "table.h"
#include "timer.h"

#define CERTS_MAX	10		/* of a label */
#define CERTS_LABEL_MAX	64

struct cert;
struct cert_use;
struct conf;

enum cert_role { CERT_AS_OWN, CERT_AS_CA, CERT_ROLES };

struct cert_entry {
	struct link	 by_label;
	struct engine	*e;
	struct cert	**cert;		/* our own and those above it, or the CA */
	size_t		 n;
	struct cert_use	*users[CERT_ROLES];
	struct timer	 check;		/* of its validity */
	uint32_t	 n_users[CERT_ROLES];
	int64_t		 said_at;	/* that it ends; seconds since 1970 */
	uint8_t		 said;		/* enum expiry, at that time */
	uint8_t		 kind;		/* enum cert_kind */
	bool		 stored;	/* keys has the label */
	bool		 stale;		/* told by a keys that is gone */
	char		 label[CERTS_LABEL_MAX + 1];
};

/* Ties a configuration to its two labels; conf.uses is an array of CERT_ROLES. */
struct cert_use {
	struct cert_entry *entry;
	struct conf	*conf;
	struct cert_use	*next;
	struct cert_use	**prev;
};

/* Tunnels have gone already. */
void	certs_fini(struct engine *);

/* NULL: no certificate of that label is there.  What is found may be replaced after
 * any call into the engine: keep a cert_ref() of what is needed longer. */
const struct cert_entry *certs_find(struct engine *, const char *label);
/* For a tunnel with method cert, which is about to authenticate itself, or its
 * peer.  NULL: its label is not there, or does not do any more, and the error says
 * what to do (a text as in event.h). */
const struct cert_entry *certs_own(struct engine *, const struct conf *,
				   struct err *);
const struct cert_entry *certs_ca(struct engine *, const struct conf *,
				  struct err *);

/* By their names, whether our own and those above it lead to that CA. */
bool	certs_signed_by(const struct cert_entry *own, const struct cert_entry *ca);

/* The configuration of a tunnel with method cert uses its labels from now on,
 * until conf_free(). */
int	certs_use(struct engine *, struct conf *, struct err *)
		__attribute__((warn_unused_result));
void	certs_unuse(struct conf *);

/* The timer of an entry: says in the log that it ends soon. */
void	certs_check(struct engine *, struct cert_entry *);

#endif
