/* What help says of things that are no commands. */
#include "cmds.h"

#include <stddef.h>

#include "filter.h"
#include "shell.h"
#include "term.h"

struct item {
	const char	*name, *help;
};

static void
put(struct shell *sh, const char *name, const char *help)
{
	struct str s = STR_INIT;

	term_item(name, help, 2, 20, term_width(), &s);
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
}

static void
put_all(struct shell *sh, const struct item *it)
{
	for (; it->name; it++)
		put(sh, it->name, it->help);
}

static void
show_keys(struct shell *sh)
{
	static const struct item editing[] = {
		{ "TAB", "Completes the word; at the end of one, says what may "
		  "follow." },
		{ "?", "Lists what may follow, with units, ranges and "
		  "defaults. Within quotes, a secret or a text, and after "
		  "Ctrl-V, it is a question mark." },
		{ "Ctrl-C", "Drops the line; stops a command that runs." },
		{ "Ctrl-D", "On an empty line: exit." },
		{ "Up, Down", "The lines typed before; history lists them." },
		{ "Ctrl-R", "Searches them." },
		{ "Ctrl-A, Ctrl-E", "To the beginning, the end of the line." },
		{ "Ctrl-W, Ctrl-U", "Deletes the word, the line before the "
		  "cursor; Ctrl-Y brings it back." },
		{ "Ctrl-L", "Clears the screen." },
		{ NULL, NULL },
	};
	static const struct item paging[] = {
		{ "Space, f", "The next page." },
		{ "Enter, j", "The next line." },
		{ "b, k", "A page, a line back." },
		{ "/ PATTERN", "On to a line that matches; n once more." },
		{ "G", "All the rest." },
		{ "q, Ctrl-C", "No more of this." },
		{ NULL, NULL },
	};

	out_text(&sh->out, "At the prompt:\n");
	put_all(sh, editing);
	out_text(&sh->out, "In long output:\n");
	put_all(sh, paging);
}

static void
show_filters(struct shell *sh)
{
	struct str syntax = STR_INIT;
	const char *help;

	out_text(&sh->out, "Behind a command, one after the other, each "
		 "with a | before it:\n");
	for (unsigned int i = 0; filters_help(i, &syntax, &help); i++) {
		put(sh, str_get(&syntax), help);
		str_clear(&syntax);
	}
	str_fini(&syntax);
}

static void
show_lines(struct shell *sh)
{
	static const struct item lines[] = {
		{ "abbreviations", "A word may be cut short while it stays "
		  "unambiguous." },
		{ "\"two words\"", "Quotes keep blanks in a word; in them \\\" "
		  "is a quote and \\\\ a backslash." },
		{ "# text", "A comment, up to the end of the line." },
		{ "command | filter", "See help filters." },
		{ "no SETTING", "Switches it off or removes it." },
		{ "do COMMAND", "A command of the exec level, from a context." },
		{ "config tunnel ...", "Contexts and a command on one line; it "
		  "comes back to where it was typed." },
		{ NULL, NULL },
	};

	put_all(sh, lines);
}

const struct help_topic help_topics[] = {
	{ "keys", "The keys of the editor and of the pager.", show_keys },
	{ "filters", "What may stand behind a |.", show_filters },
	{ "lines", "How lines are written.", show_lines },
	{ NULL, NULL, NULL },
};
