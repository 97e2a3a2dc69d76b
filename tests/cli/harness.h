/*
 * harness: lines into a tree, without a confd: what a line means is applied to
 * a data tree of our own.
 */
#ifndef CULVERT_TESTS_HARNESS_H
#define CULVERT_TESTS_HARNESS_H

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "level.h"

struct tree;

struct harness {
	struct ly_ctx	*ly;
	struct tree	*tree;
	struct levels	 at;
	struct lyd_node	*data;
	struct err	 err;		/* of the last line */
	char		 dir[64];	/* modules: ours and the test's */
};

void	harness_init(struct harness *);		/* exits if that fails */
void	harness_fini(struct harness *);
void	harness_reset(struct harness *);	/* no data, at exec */
/* false, and h->err, if it means nothing. */
bool	harness_line(struct harness *, const char *line);
/* Every line of a text; false at the first that means nothing. */
bool	harness_text(struct harness *, const char *text);
/* The whole configuration; the caller frees it. */
char	*harness_show(const struct harness *, bool secrets);
char	*harness_json(const struct harness *);

#endif
