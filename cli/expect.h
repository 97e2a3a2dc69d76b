/*
 * expect: what may stand at one place of a line.
 *
 * The same set serves matching (abbreviations, ambiguity, suggestions), TAB
 * and '?': what is offered is what is accepted.  Texts are borrowed from the
 * schema or the command table, except those added with expect_own().
 */
#ifndef CULVERT_CLI_EXPECT_H
#define CULVERT_CLI_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct str;

enum expect_kind {
	EXPECT_WORD,		/* to be typed, or abbreviated */
	EXPECT_VALUE,		/* a value that exists; not to be abbreviated */
	EXPECT_HOLDER,		/* "<1..65535>": anything of that kind */
	EXPECT_ENTER,		/* the line may end here */
};

struct expect_item {
	enum expect_kind kind;
	const char	*text;
	const char	*help;		/* "" if none */
	const void	*tag;		/* of the one who asks */
	int		 n;		/* likewise */
	const char	*offer;		/* cv:offer; NULL: offered always */
	const char	*hide;		/* cv:offer-only of others; NULL: never */
};

struct expect {
	struct expect_item *item;
	unsigned int	 n, size;
	char		**own;
	unsigned int	 nown;
};

void	expect_init(struct expect *);
void	expect_fini(struct expect *);
void	expect_move(struct expect *to, struct expect *from);
void	expect_add(struct expect *, enum expect_kind, const char *text,
		   const char *help, const void *tag, int n);
/* When the last one is offered, and when not. */
void	expect_offer(struct expect *, const char *offer, const char *hide);
/* The set frees the text with itself; returns it. */
const char *expect_own(struct expect *, char *);

/* The word that was meant: an exact one, or the only one that begins so.  NULL
 * with a sentence that names the candidates, or the nearest one; `what` is what
 * the word should have been ("command", "dh"). */
const struct expect_item *expect_match(const struct expect *, const char *word,
				       const char *what, struct err *);
/* The word that is meant exactly, or NULL. */
const struct expect_item *expect_exact(const struct expect *, const char *word);

/* "a", "one of a, b, c": what to say when it is missing. */
void	expect_list(const struct expect *, struct str *);

#endif
