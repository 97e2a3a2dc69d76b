/*
 * upgrade_in: what the files of upgrade share: the steps that a module asks for
 * (upgrade_steps), what each does to nodes without a schema (upgrade_do), and such
 * nodes as text (upgrade_print).
 */
#ifndef CULVERT_CONFD_UPGRADE_IN_H
#define CULVERT_CONFD_UPGRADE_IN_H

#include <libyang/libyang.h>
#include <stddef.h>

#include "upgrade.h"

#define WORDS_MAX	5
#define DATE_LEN	10

enum what { RENAME, MOVE, VALUE, REMOVE, WAS_DEFAULT, WHAT_END };

struct step {
	const char	*module;
	char		*text;		/* what the words point into */
	char		*words[WORDS_MAX];
	size_t		 n;
	size_t		 done;		/* nodes it was done to */
};

/* WHAT_END: nobody understands it. */
enum what step_what(const struct step *);
/* Calls fn for each step of all modules, until it fails. */
int	steps_each(const struct schema *, int (*fn)(struct step *, void *),
		   void *arg, struct err *);
/* The revision in a list of modules; NULL: it is not in it. */
const char *steps_revision(const char *modules, const char *name);

/* root: above all top-level nodes. */
int	step_do(struct lyd_node *root, struct step *, struct err *);

/* JSON of all below root; the caller frees, NULL without memory. */
char	*upgrade_print(struct lyd_node *root);

static inline struct lyd_node_opaq *
opaq(struct lyd_node *n)
{
	return (struct lyd_node_opaq *)n;
}

#endif
