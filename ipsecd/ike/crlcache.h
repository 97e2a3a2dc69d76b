/*
 * crlcache: what is known of revocation, by issuer and source: CRLs that their
 * issuer signed, and OCSP answers about one certificate; shared by all tunnels.
 *
 * A source is a URL and the certificate whose key must have signed what comes from
 * there.  Of each the newest authentic CRL is kept, also when it has expired: it
 * does not show any more that a certificate is good, but what it lists is known to
 * be bad.  An older one than ours does not replace it, whoever sends it.
 *
 * While a source is in use, its CRL is fetched again after half of its life, so
 * that nobody waits or fails when it ends.  What is good is kept on disk by the
 * process that fetches, and asked for before the web after a restart; it is
 * checked like what comes from there.
 */
#ifndef CULVERT_CRLCACHE_H
#define CULVERT_CRLCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/ocsp.h"
#include "engine.h"
#include "table.h"
#include "timer.h"

struct crl;
struct download;
struct point;

#define SOURCES_MAX	1024
#define CRLS_OCTETS_MAX	(64 * 1024 * 1024)	/* of all CRLs together */
/* What failed is not tried again for so long: where nobody depends on it, so
 * that a server that hangs costs relaxed tunnels its 10 s once a minute; and
 * where a strict one does. */
#define FAILED_RELAXED_MS 60000
#define FAILED_STRICT_MS  5000
/* On disk after nextUpdate, for what it lists. */
#define KEEP_EXPIRED_S	(7 * 86400)
/* An OCSP answer that does not say how long it holds. */
#define OCSP_HOLDS_S	60

struct source {
	struct link	 link;		/* hash of URL and issuer */
	struct source	*older, *newer;	/* by use */
	struct point	*points;	/* of checks that wait for it */
	struct download	*download;	/* NULL: nothing is under way */
	struct source	*next_waiting;	/* for the same download */
	struct timer	 refresh;
	struct cert	*issuer;
	struct cert	*cert;		/* OCSP: about whom; NULL: it is a CRL */
	struct crl	*crl;		/* authentic; NULL: none yet */
	struct ocsp_answer answer;	/* likewise; this_update 0: none yet */
	char		*why;		/* the last attempt failed so; NULL: not */
	uint64_t	 used;		/* when a check last asked */
	uint64_t	 failed;	/* when the last attempt did */
	uint64_t	 failed_wall;	/* the same, seconds since 1970 */
	uint64_t	 fetched_wall;	/* what there is */
	uint64_t	 refresh_wall;
	bool		 disk;		/* has been asked for it */
	bool		 bad;		/* it came, and is not to be trusted */
	bool		 said;		/* that it cannot be had */
	bool		 wished;	/* somebody waits for all of them */
	char		 url[];
};

/* Finds or makes it; cert: NULL for a CRL.  NULL: no memory, or no room (checks
 * wait for everything there is).  A source with points stays. */
struct source *source_get(struct engine *, const char *url,
			  const struct cert *issuer, const struct cert *cert);

/* What is there says of a certificate of its issuer. */
enum says { SAYS_NOTHING, SAYS_GOOD, SAYS_REVOKED };
#define SAYS_STRLEN	200
struct finding {
	enum says	 says;
	bool		 stale;		/* SAYS_REVOKED: not in force any more */
	int64_t		 made;		/* thisUpdate */
	/* SAYS_NOTHING: why, to be read after the URL; SAYS_REVOKED: "since ...,
	 * because ...". */
	char		 why[SAYS_STRLEN];
};
enum says source_says(struct engine *, struct source *, const struct cert *,
		      struct finding *);
/* What there is says something at this moment. */
bool	source_in_force(struct engine *, const struct source *);
const char *source_kind_str(const struct source *);	/* "CRL", "OCSP answer" */
/* Begins to fetch, or goes on.  False: there is no point in waiting, because it
 * failed a short while ago or there is no memory. */
bool	source_load(struct engine *, struct source *, bool strict);

/* download: an answer, or none.  Until when it is worth keeping on disk, seconds
 * since 1970; 0: it is not. */
uint64_t source_loaded(struct engine *, struct source *, enum fetch_kind,
		       const struct fetch_reply *);
void	source_refresh(struct engine *, struct timer *);	/* its timer */

void	crlcache_fini(struct engine *);

#endif
