/*
 * args: the arguments of the commands that are built in.
 */
#include "parse.h"

#include <ctype.h>
#include <stdlib.h>

void
args_config(struct parse *p)
{
	if (!levels_push(&p->at, LEVEL_CONFIG, NULL, "", "config"))
		parse_fail(p, "contexts are nested too deeply");
	p->entered = true;
}

/* The line goes on as if typed at the exec prompt; where we are stays. */
void
args_do(struct parse *p)
{
	levels_to_exec(&p->at);
	p->stay = true;
}

void
args_text(struct parse *p)
{
	p->rest = p->i;
	if (!parse_more(p)) {
		err_set(&p->err, ERR_INVALID, "<TEXT> is expected here");
		p->err_word = p->n;
		p->done = true;
		if (p->offer)
			expect_add(&p->next, EXPECT_HOLDER, "<TEXT>",
				   "The rest of the line.", NULL, 0);
		return;
	}
	if (!p->offer)
		p->text = lexer_rest(p->l, p->i);
	p->i = p->n;
	parse_end(p);
}

/* [NUMBER] */
void
args_number_optional(struct parse *p)
{
	const char *w;
	char *end;

	if (!parse_more(p)) {
		p->done = true;
		if (p->offer) {
			expect_add(&p->next, EXPECT_HOLDER, "<NUMBER>",
				   "A number.", NULL, 0);
			expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL,
				   0);
		}
		return;
	}
	w = parse_word(p);
	p->i++;
	p->number = isdigit((unsigned char)*w) ? strtol(w, &end, 10) : -1;
	if (p->number < 0 || *end || p->number > INT_MAX)
		parse_fail(p, "'%.40s' is not a number", w);
	else
		parse_end(p);
}

/* [FILE] */
void
args_file_optional(struct parse *p)
{
	if (parse_more(p)) {
		p->text = str_dup(parse_any(p, "<FILE>", ""));
		parse_end(p);
		return;
	}
	p->done = true;
	if (!p->offer)
		return;
	expect_add(&p->next, EXPECT_HOLDER, "<FILE>", "A file to write.", NULL,
		   0);
	expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

/* [NUMBER|follow] */
void
args_log(struct parse *p)
{
	const char *w = parse_more(p) ? parse_word(p) : "";

	if (*w && !isdigit((unsigned char)*w)) {
		struct expect_item it;
		struct expect set;

		expect_init(&set);
		expect_add(&set, EXPECT_WORD, "follow", "", NULL, 0);
		if (!parse_choose(p, &set, "word", &it))
			return;
		p->follow = true;
		parse_end(p);
		return;
	}
	if (!*w && p->offer)
		expect_add(&p->next, EXPECT_WORD, "follow",
			   "The last ones, and what comes, until Ctrl-C.", NULL,
			   0);
	args_number_optional(p);
}
