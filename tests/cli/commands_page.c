/*
 * commands_page: the manual page of the commands, from the table that help is
 * made of, and from the actions of the models.
 *
 *	commands_page YANGDIR > culvert-commands.1
 */
#include <ctype.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "level.h"
#include "rights.h"
#include "schema.h"
#include "str.h"
#include "syntax.h"
#include "tree.h"
#include "value.h"
#include "ytree.h"

#include "tests/cli/mdoc.h"

/* A group is what begins with the same word, or stands in the same contexts. */
struct group {
	const char	*title, *text;
	const char	*words;		/* first words, with blanks around */
};

static const struct group groups[] = {
	{ "Showing", "What is configured, what was, and what is going on.",
	  " show compare history help " },
	{ "Editing", "Changes of a private candidate; nothing happens before it "
	  "is committed.", " config no default load rollback rebase abort " },
	{ "Committing", "What puts the candidate into effect, and who may.",
	  " commit leave lock unlock " },
	{ "Copying", "Between configurations and files.", " copy " },
	{ "Operating", "What is asked of the machine.",
	  " ping traceroute tech-support terminal " },
	{ "Moving", "From one context to another.", " do / .. end exit quit logout " },
};
#define N_GROUPS	(sizeof(groups) / sizeof(groups[0]))

static size_t
group_of(const struct builtin *b)
{
	char word[32];
	size_t i;

	snprintf(word, sizeof(word), " %.*s ", (int)strcspn(b->words, " "),
		 b->words);
	for (i = 0; i < N_GROUPS; i++)
		if (strstr(groups[i].words, word) != NULL)
			break;
	return i;
}

/* "[NUMBER] [comment TEXT]": what is in capitals stands for something. */
static void
put_args(const char *args)
{
	size_t n;
	bool holder;

	for (; *args != '\0'; args += n) {
		n = strcspn(args, " []|");
		if (n > 0) {
			holder = isupper((unsigned char)args[0]) &&
			    isupper((unsigned char)args[1]);
			printf(" %s %.*s", holder ? "Ar" : "Cm", (int)n, args);
			continue;
		}
		n = 1;
		if (*args == '[')
			fputs(" Oo", stdout);
		else if (*args == ']')
			fputs(" Oc", stdout);
		else if (*args == '|')
			fputs(" |", stdout);
	}
	putchar('\n');
}

static const char *
where(unsigned int levels)
{
	switch (levels) {
	case LEVEL_ANY:
		return "everywhere";
	case LEVEL_EDIT:
		return "in configuration contexts";
	case LEVEL_EXEC:
		return "at the exec level";
	case LEVEL_RUN:
		return "at the exec level and in its contexts";
	default:
		return "below the exec level";
	}
}

static void
put_where(unsigned int levels, enum role least)
{
	printf("For %s%s, %s.\n", least == ROLE_GUEST ? "everybody" :
	       role_str(least), least == ROLE_OPERATOR ?
	       "s and administrators" : least == ROLE_ADMIN ? "s" : "",
	       where(levels));
}

static void
put_builtin(const struct ly_ctx *ly, const struct builtin *b)
{
	enum role least = ROLE_GUEST;

	(void)!rights_command(ly, b->words, &least);
	printf(".It Ic %s", b->words);
	put_args(b->args);
	put(b->help);
	put_where(b->levels, least);
}

static void
put_group(const struct ly_ctx *ly, size_t i)
{
	const struct builtin *b;

	printf(".Ss %s\n", groups[i].title);
	put(groups[i].text);
	puts(".Bl -tag -width Ds");
	for (b = builtins; b->words != NULL; b++)
		/* One without a function is a heading of those that follow. */
		if (group_of(b) == i && (b->run != NULL || b->parse != NULL))
			put_builtin(ly, b);
	puts(".El");
}

/* --- actions of the models --- */

/* "rsa-2048|ecdsa-p256", each a word of its own. */
static void
put_values(const char *values, const char *dflt)
{
	size_t n;

	fputs("One of", stdout);
	for (; *values != '\0'; values += n + (values[n] == '|')) {
		n = strcspn(values, "|");
		printf("\n.Cm %.*s%s", (int)n, values,
		       values[n] == '|' ? " ," : "");
	}
	puts(" .");
	if (dflt != NULL)
		printf("Without it,\n.Cm %s .\n", dflt);
}

/* "local|ca <LABEL> [<FILE>] [key <FILE>]" */
static void
put_syntax(const struct lysc_node *action)
{
	struct str s = STR_INIT;
	const char *p;
	size_t n;

	syntax_action(action, &s);
	for (p = str_get(&s); *p != '\0'; p += n) {
		n = strcspn(p, " []|");
		if (*p == '<') {
			n = strcspn(p, ">") + 1;
			printf(" Ar %.*s", (int)n - 2, p + 1);
			if (p[n] == '.') {
				fputs(" ...", stdout);
				n += 3;
			}
			continue;
		}
		if (n > 0) {
			printf(" Cm %.*s", (int)n, p);
			continue;
		}
		n = 1;
		if (*p == '[')
			fputs(" Oo", stdout);
		else if (*p == ']')
			fputs(" Oc", stdout);
		else if (*p == '|')
			fputs(" |", stdout);
	}
	putchar('\n');
	str_fini(&s);
}

/* What it is given, and, of the named ones, which values. */
static void
put_input(const struct lysc_node *action)
{
	const struct lysc_node *n = NULL;
	struct str s = STR_INIT;

	if (schema_input(action, NULL) == NULL)
		return;
	puts(".Bl -tag -width Ds");
	while ((n = schema_input(action, n)) != NULL) {
		if (ytree_ext(n, "prompt") != NULL)
			continue;
		printf(".It Cm %s\n", n->name);
		schema_help(n, false, &s);
		put(str_get(&s));
		str_clear(&s);
		if (schema_type(n)->basetype == LY_TYPE_ENUM) {
			value_syntax(n, &s);
			put_values(str_get(&s), schema_default(n));
			str_clear(&s);
		}
	}
	puts(".El");
	str_fini(&s);
}

static void
put_actions(const struct ly_ctx *ly, const struct lysc_node *at,
	    const char *before)
{
	const struct lysc_node *a = NULL, *n = NULL;
	struct str s = STR_INIT;

	while ((a = action_next(at, a)) != NULL) {
		printf(".It Ic %s%s", before, action_words(a));
		put_syntax(a);
		schema_help(a, false, &s);
		put(str_get(&s));
		put_where(LEVEL_RUN, rights_needed(a, RIGHT_RUN));
		put_input(a);
		str_clear(&s);
	}
	while ((n = schema_next_any(ly, at, n)) != NULL) {
		if (!(n->nodetype & (LYS_LIST | LYS_CONTAINER)) ||
		    lysc_node_actions(n) == NULL)
			continue;
		str_addf(&s, n->nodetype == LYS_LIST ? "%s Ar number Ic " :
			 "%s ", n->name);
		put_actions(ly, n, str_get(&s));
		str_clear(&s);
	}
	str_fini(&s);
}

static void
put_model(const struct ly_ctx *ly)
{
	const struct lysc_node *top = NULL;
	const char *exec;
	char text[256];

	while ((top = schema_next_any(ly, NULL, top)) != NULL) {
		exec = ytree_ext(top, "exec");
		if (exec == NULL)
			continue;
		printf(".Ss In the context %s of the exec level\n", exec);
		snprintf(text, sizeof(text), "show there shows the state; it and "
			 "these can also be typed at the exec level with %s in "
			 "front.", exec);
		put(text);
		puts(".Bl -tag -width Ds");
		put_actions(ly, top, "");
		puts(".El");
	}
}

int
main(int argc, char **argv)
{
	const struct builtin *b;
	struct err e = ERR_INIT;
	struct ly_ctx *ly;
	size_t i;

	if (argc != 2 || ytree_load(&ly, argv[1], &e) < 0) {
		fprintf(stderr, "commands_page: %s\n", argc != 2 ?
			"the folder of the models, please" : e.text);
		return 1;
	}
	for (b = builtins; b->words != NULL; b++)
		if (group_of(b) == N_GROUPS) {
			fprintf(stderr, "commands_page: %s belongs to no group\n",
				b->words);
			return 1;
		}
	puts(".\\\" Written by tests/cli/commands_page from the table of commands.\n"
	     ".Dd November 21, 2026\n.Dt CULVERT-COMMANDS 1\n.Os\n"
	     ".Sh NAME\n.Nm culvert-commands\n"
	     ".Nd commands of the shell of a Culvert gateway\n"
	     ".Sh DESCRIPTION\n"
	     "These are the commands of\n.Xr culvert 1\n"
	     "with what\n.Ic help\nsays of them.\n"
	     "The settings of the configuration contexts are in\n"
	     ".Xr culvert-config 5 .\n.Pp\n"
	     "What is written in capital letters stands for a value; a part in brackets\n"
	     "may be left out.");
	for (i = 0; i < N_GROUPS; i++)
		put_group(ly, i);
	put_model(ly);
	puts(".Sh SEE ALSO\n.Xr culvert 1 ,\n.Xr culvert-config 5 ,\n.Xr confd 8");
	ly_ctx_destroy(ly);
	return fflush(stdout) != 0;
}
