/*
 * revocation: whether a certificate of a peer's chain is revoked, and what the
 * tunnel's policy makes of the answer (S1-088 to S1-094).
 *
 * A certificate's CRL distribution points are tried one after the other, the next
 * when one fails or takes its time; its OCSP responder if it has no point that we
 * can use.  What is downloaded and kept is crlcache's business.
 */
#ifndef CULVERT_REVOCATION_H
#define CULVERT_REVOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct cert_chain;
struct conf;
struct engine;
struct ike_sa;
struct source;
struct timer;

#define REVOCATION_MS	10000		/* for one check, all in all (S1-094) */

enum revocation_verdict {
	REVOCATION_GOOD,	/* no certificate of the chain is revoked */
	REVOCATION_REVOKED,
	REVOCATION_UNKNOWN,	/* of one at least it could not be found out */
};

struct revocation_answer {
	uint8_t	 verdict;
	bool	 refuse;	/* says the policy */
	uint8_t	 code;		/* enum event_code of why */
	/* A sentence of the tunnel's events, with what to do; "" if good. */
	char	 why[EVENT_TEXT_MAX];
};

typedef void revocation_fn(struct engine *, struct ike_sa *,
			   const struct revocation_answer *);

/* Begins to find out, for a chain that reaches the tunnel's CA; its certificates
 * are not needed after the call.  fn is called once, after the outermost call into
 * the engine at the earliest and REVOCATION_MS later at the latest, if the IKE_SA
 * with that SPI of our own and that serial is there then.  False: no memory. */
bool	revocation_begin(struct engine *, const struct conf *,
			 const struct cert_chain *, uint64_t who,
			 uint32_t serial, revocation_fn *fn)
		__attribute__((warn_unused_result));

/* crlcache: something has come for those who wait for it, or nothing will. */
void	revocation_settled(struct engine *, struct source *);

/* Goes on with those for whom something happened. */
void	revocation_drain(struct engine *);
void	revocation_expired(struct engine *, struct timer *);
void	revocation_fini(struct engine *);

#endif
