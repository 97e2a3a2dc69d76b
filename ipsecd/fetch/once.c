/*
 * once: one download for a person, under the same limits and rules.
 */
#include "config.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fetch.h"
#include "sealed.h"
#include "url.h"
#include "web.h"

struct once {
	struct event_base	*base;
	const char		*url;
	int			 status;
};

static int
complain(const char *url, const char *why)
{
	char shown[FETCH_URL_MAX + 1];

	url_show(shown, url);
	fprintf(stderr, "culvert-fetch: %s %s\n", shown, why);
	return 1;
}

static int
pass_on(const struct once *o, const struct fetched *f)
{
	char buf[65536];
	size_t at = 0;
	ssize_t n;

	while (at < f->len) {
		n = pread(f->fd, buf, sizeof(buf), (off_t)at);
		if (n <= 0 || !sealed_add(STDOUT_FILENO, buf, (size_t)n))
			return complain(o->url, "was fetched, but nobody takes it");
		at += (size_t)n;
	}
	return 0;
}

static void
on_fetched(void *arg, struct fetched *f)
{
	struct once *o = arg;

	o->status = f->fd < 0 ? complain(o->url, f->why) : pass_on(o, f);
	event_base_loopbreak(o->base);
}

int
fetch_once(const char *url, size_t most)
{
	const struct fetch_request q = {
		.kind = FETCH_GET, .url = url, .most = (uint32_t)most,
	};
	struct sandbox box = fetch_sandbox(-1);
	struct once o = { .url = url, .status = 1 };
	struct err e = ERR_INIT;
	struct web *w = NULL;
	struct url u;

	signal(SIGPIPE, SIG_IGN);
	/* As it is, also where it is longer than anything that is passed on. */
	if (url_parse(&u, url, &e) < 0)
		return complain(url, e.text);
	o.base = event_base_new();
	if (o.base != NULL && web_load(&e) == 0 && sandbox_confine(&box, &e) == 0)
		w = web_new(o.base, &e);
	if (w == NULL || web_fetch(w, &q, on_fetched, &o) == NULL)
		return complain(url, e.text[0] != '\0' ? e.text : "out of memory");
	event_base_dispatch(o.base);
	return o.status;
}
