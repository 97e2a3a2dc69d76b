#include "load.h"

#include <libyang/libyang.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "config_edits.h"
#include "lexer.h"
#include "msg.h"
#include "parse.h"
#include "schema.h"
#include "str.h"
#include "user_file.h"
#include "ytree.h"

struct load {
	enum load_mode	 mode;
	const char	*name;
	char		*entry;		/* the last one replaced, */
	void		*entries;	/* and all of them: a tree of paths */
};

/* --- what is replaced --- */

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* How much of a path names its outermost list entry; 0 if it is in none. */
static size_t
entry_len(const char *path)
{
	size_t i = strcspn(path, "[");
	char quote;

	if (!path[i] || path[i + 1] == '.')
		return 0;
	while (path[i] == '[') {
		i += strcspn(path + i, "'\"");
		quote = path[i];
		if (!quote)
			return 0;
		for (i++; path[i] && path[i] != quote; i++)
			;
		i += strcspn(path + i, "]");
		if (!path[i])
			return 0;
		i++;
	}
	return i;
}

void
load_edit(struct load *l, struct edits *edits, const struct edit *edit)
{
	size_t len = entry_len(edit->path);
	struct edit gone = { EDIT_REMOVE, NULL, NULL };

	if (l->mode != LOAD_REPLACE || !len ||
	    (l->entry && !strncmp(l->entry, edit->path, len) && !l->entry[len]))
		return;
	gone.path = str_dupn(edit->path, len);
	l->entry = *(char **)tsearch(gone.path, &l->entries, compare);
	if (l->entry == gone.path)
		edits_add(edits, &gone);
	else
		free(gone.path);
}

/* --- the candidate before and after --- */

static enum status
ask(struct shell *sh, enum proto_op op, uint32_t *count)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, op, 0, 0);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (count)
		msg_u32(&reply, A_COUNT, count);
	msg_fini(&reply);
	return st;
}

static void
remove_all(struct shell *sh)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_next(sh->ly, NULL, n))) {
		struct str path = STR_INIT;
		struct edit gone = { EDIT_REMOVE, NULL, NULL };

		schema_step(n, &path);
		gone.path = str_take(&path);
		edits_line(&sh->edits, 0, gone.path);
		edits_add(&sh->edits, &gone);
		free(gone.path);
	}
}

/* --- commands --- */

bool
load_allows(const struct shell *sh, const struct cmd *c)
{
	static const char *const moves[] = { "/", "..", "end", "config", "no",
					     "default" };

	if (!c->builtin)
		return levels_editing(&sh->at) || c->node;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (!strcmp(c->builtin->words, moves[i]))
			return true;
	return !strcmp(c->builtin->words, "exit") &&
	    levels_top(&sh->at)->kind == LEVEL_NODE;
}

static enum status
run_lines(struct shell *sh, char *text)
{
	enum status st = ST_OK;
	char *line = text;

	while (st == ST_OK && *line) {
		size_t len = strcspn(line, "\n");
		char *next = line + len + (line[len] == '\n');

		line[len] = '\0';
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		sh->source.line++;
		st = shell_run(sh, line);
		line = next;
	}
	return st;
}

/* The lines run as those of a script that begins below config. */
static enum status
load_text(struct shell *sh, struct load *l, char *text)
{
	struct shell was = *sh;
	enum status st;

	levels_init(&sh->at);
	levels_push(&sh->at, LEVEL_CONFIG, NULL, "", "config");
	out_init(&sh->out, stdout);
	sh->tty = false;
	sh->load = l;
	sh->source = (struct source){ l->name, 0 };
	st = run_lines(sh, text);
	if (st == ST_OK)
		st = shell_flush(sh);
	levels_fini(&sh->at);
	out_fini(&sh->out);
	sh->at = was.at;
	sh->out = was.out;
	sh->tty = was.tty;
	sh->load = NULL;
	sh->source = was.source;
	sh->line = was.line;
	sh->secret_off = was.secret_off;
	sh->ran_ok = true;
	return st;
}

static enum status
load_json(struct shell *sh, struct load *l, const char *text)
{
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;
	enum status st = ST_OK;

	if (ytree_parse_config(&tree, sh->ly, text, strlen(text), &e) < 0) {
		err_prefix(&e, "%s", l->name);
		shell_error(sh, &e);
		return ST_USAGE;
	}
	sh->load = l;
	st = config_edits(sh, tree);
	sh->load = NULL;
	ytree_free(tree);
	return st;
}

static enum status
load_any(struct shell *sh, struct load *l, char *text)
{
	if (l->mode == LOAD_OVERRIDE)
		remove_all(sh);
	return text[strspn(text, " \t\r\n")] == '{' ? load_json(sh, l, text) :
	    load_text(sh, l, text);
}

enum status
load_file(struct shell *sh, enum load_mode mode, const char *name,
	  bool *changed)
{
	struct load l = { .mode = mode,
			  .name = strcmp(name, "-") ? name : "standard input" };
	unsigned long before = sh->changed;
	struct str text = STR_INIT;
	struct err e = ERR_INIT;
	uint32_t count = 0;
	enum status st;

	*changed = false;
	if (user_file_read(name, sh->tty, &text, &e) < 0) {
		shell_error(sh, &e);
		str_wipe(&text);
		return ST_FAILED;
	}
	st = ask(sh, OP_MARK, NULL);
	if (st != ST_OK) {
		str_wipe(&text);
		return st;
	}
	st = load_any(sh, &l, text.s ? text.s : (char []){ "" });
	edits_fini(&sh->edits);
	if (st == ST_OK)
		st = ask(sh, OP_RELEASE, &count);
	else if (st != ST_DAEMON && ask(sh, OP_REVERT, NULL) == ST_OK)
		shell_complain(sh, "nothing of %s was loaded", l.name);
	*changed = count > 0;
	sh->changed = before + count;
	tdestroy(l.entries, free);
	str_wipe(&text);
	return st;
}
