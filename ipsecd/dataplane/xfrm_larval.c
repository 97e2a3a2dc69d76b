#include "xfrm_in.h"

#include <string.h>

/* The SAs that the kernel waits for. */

#define LARVAL_MS	1000		/* then the next packet asks again */

static void
got_name(const struct nlmsghdr *h, void *arg)
{
	struct dp_sa *sa = arg;

	(void)xfrm_msg_sa(h, sa);
}

/* The kernel asks once for a flow and is then silent for 30 seconds; the answer
 * may have been no, or an ipsecd that has ended. */
void
xfrm_larval_remove(struct dataplane *dp)
{
	char why[XFRM_WHY_MAX];
	struct dp_sa sa;

	while (dp->n_larval > 0) {
		memset(&sa, 0, sizeof(sa));
		if (xfrm_nl_ask(dp->ask, xfrm_msg_larval_name(
		    &dp->larval[--dp->n_larval]), got_name, &sa, why) == 0 &&
		    sa.spi != 0)
			xfrm_ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	}
}

static void
hatched(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	xfrm_larval_remove(arg);
}

void
xfrm_larval_seen(const struct nlmsghdr *h, void *arg)
{
	struct timeval in = { LARVAL_MS / 1000, LARVAL_MS % 1000 * 1000 };
	struct dataplane *dp = arg;
	struct xfrm_larval *l = &dp->larval[dp->n_larval];

	if (dp->n_larval == LARVAL_MAX || !xfrm_msg_larval(h, l) ||
	    xfrm_tunnel_find(&dp->table, l->tunnel) == NULL)
		return;
	if (dp->n_larval++ == 0 && dp->hatch != NULL)
		evtimer_add(dp->hatch, &in);
}

int
xfrm_larval_start(struct dataplane *dp, struct event_base *base)
{
	dp->hatch = evtimer_new(base, hatched, dp);
	return dp->hatch != NULL ? 0 : -1;
}
