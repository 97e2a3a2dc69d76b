/*
 * web: downloads, many at a time, none in the way of another.
 *
 * Everything is bounded: FETCH_SECONDS from the question to the last octet, the
 * octets, the redirects, the downloads at once and those from one host; what is
 * beyond waits for its turn, in its time.  Octets are passed on as they come:
 * nothing is parsed, and nothing decompressed.  No cookies, no proxy, no
 * credentials, no connection that outlives its download.
 */
#ifndef CULVERT_FETCH_WEB_H
#define CULVERT_FETCH_WEB_H

#include <stddef.h>

#include "err.h"
#include "proc/messages.h"

#define FETCH_MOST	(16u << 20)	/* octets, whatever is asked for */

struct transfer;
struct event_base;
struct web;

struct fetched {
	int	 fd;			/* sealed, now the callee's; -1: why */
	size_t	 len;
	char	 why[FETCH_WHY_MAX];
};

/* Before the sandbox: what libraries read once. */
int	web_load(struct err *) __attribute__((warn_unused_result));
struct web *web_new(struct event_base *, struct err *);
/* FETCH_GET or FETCH_POST.  fn is called once, never inside this call; with it the
 * download is gone.  NULL: out of memory. */
struct transfer *web_fetch(struct web *, const struct fetch_request *,
			   void (*fn)(void *arg, struct fetched *), void *arg);
/* fn is not called any more. */
void	web_cancel(struct transfer *);

#endif
