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

/* [NUMBER] [with-secrets] */
void
args_commits(struct parse *p)
{
	if (!parse_more(p) && p->offer)
		expect_add(&p->next, EXPECT_HOLDER, "<NUMBER>", "The number of "
			   "a commit: what it changed.", NULL, 0);
	if (!parse_more(p)) {
		parse_end(p);
		return;
	}
	take_number(p, INT_MAX);
	if (!parse_failed(p) && p->number < 0) {
		p->i++;
		parse_fail(p, "'%.40s' is not a number",
			   p->l->word[p->i - 1].text);
	}
	if (!parse_failed(p))
		args_secrets(p);
}

/* [rollback NUMBER] [with-secrets] */
void
args_compare(struct parse *p)
{
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	expect_add(&set, EXPECT_WORD, "rollback", "With the configuration of so "
		   "many commits ago.", NULL, 0);
	expect_add(&set, EXPECT_WORD, "with-secrets", "Secrets as they are, not "
		   "masked.", NULL, 0);
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (!parse_choose(p, &set, "word", &it))
		return;
	if (*it.text == 'w') {
		p->with_secrets = true;
		parse_end(p);
		return;
	}
	expect_init(&set);
	expect_add(&set, EXPECT_HOLDER, "<NUMBER>", "How many commits ago.",
		   NULL, 0);
	if (!parse_more(p)) {
		parse_choose(p, &set, "NUMBER", &it);
		return;
	}
	expect_fini(&set);
	args_commits(p);
}

static void
choose_one(struct parse *p, const char *const words[][2], unsigned int n)
{
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	for (unsigned int i = 0; i < n; i++)
		expect_add(&set, EXPECT_WORD, words[i][0], words[i][1], NULL,
			   (int)i);
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (!parse_choose(p, &set, "word", &it))
		return;
	p->number = it.n;
	parse_end(p);
}

/* [force] */
void
args_unlock(struct parse *p)
{
	static const char *const words[][2] = {
		{ "force", "Also another session's." },
	};

	choose_one(p, words, 1);
}

/* [mine|theirs] */
void
args_rebase(struct parse *p)
{
	static const char *const words[][2] = {
		{ "mine", "Nodes that both changed become as I changed them." },
		{ "theirs", "They stay as they are running now." },
	};

	choose_one(p, words, 2);
}
