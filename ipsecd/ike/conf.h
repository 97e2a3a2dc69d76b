/*
 * conf: the configuration of one tunnel as the engine uses it: read from the
 * model, automatic values filled in, checked for what the model cannot say.
 *
 * A struct conf never changes once made: a commit makes a new one and the
 * tunnel swaps them.  Only what follows from certificates does, with them
 * (certs.h).
 */
#ifndef CULVERT_CONF_H
#define CULVERT_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "ident.h"
#include "proposal.h"
#include "subnets.h"
#include "table.h"

enum method { METHOD_PSK, METHOD_CERT };
enum dpd_action { DPD_DISABLED, DPD_CLEAR, DPD_TRAP, DPD_RESTART };

struct conf {
	struct link	 by_ids;	/* (local-id, remote-id) */
	struct ident	*local_id;	/* NULL: the subject of a certificate
					 * that is not there */
	struct ident	*remote_id;	/* ID_ANY: accept every identity */
	char		*description;	/* NULL: none */
	char		*ppk_id;	/* RFC 8784; NULL: no PPK */
	char		*certificate;	/* labels; NULL: method is not cert */
	char		*ca;
	struct cert_use	*uses;		/* of them; certs_use() */
	char		*refused;	/* why it cannot be in use although the
					 * administrator wants it; NULL, or enable
					 * is false */
	uint32_t	 dpd_delay;	/* seconds */
	uint32_t	 dpd_timeout;	/* IKEv1 */
	uint32_t	 rekey_time;
	uint32_t	 reauth_time;	/* 0: never */
	uint16_t	 id;
	uint8_t		 version;	/* of IKE: 1 or 2 */
	uint8_t		 dpd_action;
	uint8_t		 method;	/* enum method */
	bool		 enable;
	bool		 initiator;
	bool		 auto_local_id;
	bool		 auto_remote_id;
	bool		 strict;	/* revocation */
	bool		 waiting;	/* refused, but only until keys has told
					 * what certificates there are */
	bool		 ppk_required;
	bool		 mobike;
	bool		 dynamic_local;	/* no local-subnet: our address */
	bool		 dynamic_remote;
	struct addr	 local;
	struct addr	 peer;		/* unset: any */
	struct subnets	*subnets;	/* of exact size; NULL: not in use.  A remote
					 * one that is unset: any peer's address */
	struct algs	 ike;
	struct algs	 esp;
};

#define IKE_REKEY_TIME	14400		/* S1-126 */
#define DPD_TIMEOUT	150		/* automatic (S2-14) */

struct lyd_node;

/* entry: one of the list tunnel/ipsec.  Errors have the path of the node. */
int	conf_load(struct conf **, const struct lyd_node *entry,
		  void (*warn)(void *, const char *), void *arg, struct err *)
		__attribute__((warn_unused_result));
/* What is left of an entry that conf_load() refuses: its number, its description
 * and, if they are right, its subnets, which must not be used in clear. */
int	conf_load_refused(struct conf **, const struct lyd_node *entry,
			  const char *why, struct err *)
		__attribute__((warn_unused_result));
/* Turns a tunnel into one of those.  False: out of memory. */
bool	conf_refuse(struct conf *, const char *why)
		__attribute__((warn_unused_result));
void	conf_free(struct conf *);

/* What a change from one to the other costs the tunnel. */
enum conf_impact {
	CONF_SAME,		/* nothing the tunnel would notice */
	CONF_LIVE,		/* timers: taken over by the running tunnel */
	CONF_REAUTH,		/* the peer has to prove itself anew */
	CONF_RESTART,		/* the tunnel starts again */
};
enum conf_impact conf_impact(const struct conf *from, const struct conf *to);

/*
 * Two tunnels that a peer's identity could not tell apart: with a pre-shared key
 * the same (local-id, remote-id) (S1-103); with certificates, which prove the
 * identity whatever tunnel it is for, only between the same addresses.  The two
 * hash alike under the method of one of them.
 */
uint32_t conf_ids_hash(const struct conf *, enum method, uint32_t seed);
bool	conf_ids_equal(const struct conf *, const struct conf *);
/* Another of a table (by_ids) that c could not be told from, but for tunnels to be
 * skipped; NULL: none. */
const struct conf *conf_twin(const struct table *, const struct conf *c,
			     uint32_t seed, bool (*skip)(const void *, uint32_t id),
			     const void *arg);

const char *method_str(enum method);
const char *dpd_action_str(enum dpd_action);

/* Instance path of a tunnel or of a node in it. */
const char *conf_path(uint32_t id, const char *node, char *buf);
#define CONF_PATH_MAX	96
/* The number in such a path; 0: it is the whole container; -1: neither. */
long	conf_path_id(const char *path);

#endif
