/*
 * fetch: what is at a URL. culvert-fetch gets it, which is started as ping is
 * (cli/tool.h), and bounds time and size by itself, too.
 */
#ifndef CULVERT_CLI_FETCH_H
#define CULVERT_CLI_FETCH_H

#include <stddef.h>

#include "err.h"

struct shell;
struct str;

/* All of it, at most so many octets; Ctrl-C ends it. */
int	fetch_url(struct shell *, const char *url, size_t max, struct str *,
		  struct err *) __attribute__((warn_unused_result));

#endif
