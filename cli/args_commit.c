/* args_commit: the arguments of commit, compare and rollback. */
#include "parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A number at the next word, if it is one, into p->number. */
static void
take_number(struct parse *p, long max)
{
	const char *w = parse_more(p) ? parse_word(p) : "";
	char *end;

	if (!isdigit((unsigned char)*w))
		return;
	p->i++;
	p->number = strtol(w, &end, 10);
	if (*end || p->number < 1 || p->number > max)
		parse_fail(p, "'%.40s' is not a number from 1 to %ld", w, max);
}

/* [MINUTES] [comment TEXT] */
void
args_confirmed(struct parse *p)
{
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	if (!parse_more(p))
		expect_add(&set, EXPECT_HOLDER, "<MINUTES>", "Minutes until it "
			   "is taken back, 1 to 65535; 10 without it.", NULL, 0);
	take_number(p, 65535);
	if (parse_failed(p)) {
		expect_fini(&set);
		return;
	}
	expect_add(&set, EXPECT_WORD, "comment", "A remark for the history.",
		   NULL, 0);
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (parse_choose(p, &set, "word", &it))
		args_text(p);
}

/* [NUMBER] of a commit */
void
args_commit_optional(struct parse *p)
{
	if (!parse_more(p) && p->offer)
		expect_add(&p->next, EXPECT_HOLDER, "<NUMBER>", "The number of "
			   "the commit; needed if it is another user's.", NULL,
			   0);
	take_number(p, INT_MAX);
	parse_end(p);
}
