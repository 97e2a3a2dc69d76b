/*
 * args_file: files as arguments. What could be a mistyped word is no file: a
 * name has a dot or a slash in it, or stands in quotes.
 */
#include "parse.h"

#include <string.h>

#include "str.h"

static void
add_holder(struct expect *set, bool input)
{
	expect_add(set, EXPECT_HOLDER, "<FILE>", input ?
		   "A file of settings, or of JSON; './NAME' in this folder." :
		   "A file, of JSON if its name ends in .json.", NULL, 0);
	if (input)
		expect_add(set, EXPECT_VALUE, "-", "Standard input.", NULL, 0);
}

bool
parse_is_file(const struct parse *p)
{
	const char *w = parse_word(p);

	return p->l->word[p->i].quoted || strpbrk(w, "./") || !strcmp(w, "-");
}

/* The next word, whatever it is. */
static void
take(struct parse *p)
{
	p->text = str_dup(parse_word(p));
	p->i++;
	if (!*p->text)
		parse_fail(p, "the name of a file is expected here");
}

void
args_file(struct parse *p)
{
	struct expect_item it;
	struct expect set;

	if (parse_more(p)) {
		take(p);
		if (!parse_failed(p))
			parse_end(p);
		return;
	}
	expect_init(&set);
	add_holder(&set, true);
	parse_choose(p, &set, "file", &it);
}

/* One of the commands below this one; false if a file has been taken. */
static bool
choose(struct parse *p, bool input)
{
	struct expect_item it;
	struct expect set;

	if (parse_more(p) && parse_is_file(p)) {
		take(p);
		return false;
	}
	expect_init(&set);
	tree_expect(p->mode, p->cmd, p->offer, &set, TAG_CMD);
	if (!parse_more(p))
		add_holder(&set, input);
	if (parse_choose(p, &set, "word", &it))
		parse_command(p, it.tag);
	return true;
}

void
args_copy_from(struct parse *p)
{
	struct expect_item it;
	struct expect set;

	if (choose(p, true) || parse_failed(p))
		return;
	expect_init(&set);
	expect_add(&set, EXPECT_WORD, "candidate",
		   "Edit what is in the file; commit to put it into effect.",
		   NULL, 0);
	expect_add(&set, EXPECT_WORD, "running-config",
		   "Put it into effect.", NULL, 0);
	if (parse_choose(p, &set, "word", &it)) {
		p->detail = !strcmp(it.text, "running-config");
		parse_end(p);
	}
}

void
args_copy_to(struct parse *p)
{
	if (choose(p, false) || parse_failed(p))
		return;
	if (!strcmp(p->text, "-"))
		parse_fail(p, "standard input cannot be written; show prints a "
			   "configuration");
	else
		parse_end(p);
}
