/*
 * null: a data plane that agrees with everything and moves nothing, for tests.
 * It keeps no state: every counter is zero.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane.h"

struct dataplane {
	int	nothing;
};

static struct dataplane *
null_open(struct event_base *base, void (*event)(const struct dp_event *, void *),
	  void *arg, struct err *e)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));

	(void)base;
	(void)event;
	(void)arg;
	if (dp == NULL)
		err_set(e, ERR_RESOURCE, "out of memory");
	return dp;
}

static void
null_caps(struct dataplane *dp, struct dp_caps *caps)
{
	(void)dp;
	memset(caps, 0, sizeof(*caps));
	snprintf(caps->name, sizeof(caps->name), "null");
	caps->esn = true;
	caps->replay_window = 128;
}

static void
null_request(struct dataplane *dp, const struct dp_request *r,
	     void (*done)(const struct dp_reply *, void *), void *arg)
{
	struct dp_reply reply = { .serial = r->serial, .ok = true };

	(void)dp;
	reply.counters.idle_ms = UINT32_MAX;
	done(&reply, arg);
}

static void
null_close(struct dataplane *dp)
{
	free(dp);
}

static void
null_clear(const char *tun)
{
	(void)tun;
}

const struct dataplane_ops dataplane_null = {
	.name = "null",
	.open = null_open,
	.caps = null_caps,
	.request = null_request,
	.close = null_close,
	.clear = null_clear,
};
