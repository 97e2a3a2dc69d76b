/*
 * run: what a line says, done.
 */
#include "shell.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "config_text.h"
#include "lexer.h"
#include "load.h"
#include "parse.h"
#include "schema.h"
#include "ytree.h"

struct run {
	struct shell	*sh;
	struct parse	*p;
	enum status	 st;
};

static bool
only_removes(const struct parse *p)
{
	for (unsigned int i = 0; i < p->nedit; i++)
		if (p->edit[i].op != EDIT_REMOVE)
			return false;
	return p->nedit > 0;
}

static enum status
run_edits(struct shell *sh, struct parse *p)
{
	const struct builtin *b = p->cmd->builtin;
	unsigned long before = sh->changed;
	struct str text = STR_INIT;
	enum status st = ST_OK;

	if (p->nedit) {
		str_addn(&text, sh->line, sh->secret_off);
		if (sh->line[sh->secret_off])
			str_add(&text, "********");
		edits_line(&sh->edits, sh->source.line, str_get(&text));
		str_fini(&text);
	}
	for (unsigned int i = 0; i < p->nedit; i++) {
		if (sh->load)
			load_edit(sh->load, &sh->edits, &p->edit[i]);
		edits_add(&sh->edits, &p->edit[i]);
	}
	if (sh->tty || edits_full(&sh->edits) ||
	    (b && b->run && !(b->flags & BUILTIN_MOVES)))
		st = shell_flush(sh);
	if (st == ST_OK && only_removes(p) && sh->changed == before)
		shell_note(sh, "it was not set; nothing has changed");
	return st;
}

/* Called through libcli's dispatch. */
static int
run_command(void *arg)
{
	struct run *r = arg;
	const struct builtin *b = r->p->cmd->builtin;
	struct shell *sh = r->sh;

	if (b && b->flags & BUILTIN_READS)
		r->st = shell_flush(sh);
	else
		r->st = run_edits(sh, r->p);
	if (r->st != ST_OK)
		return 0;
	if (r->p->note.len)
		shell_note(sh, "%s", str_get(&r->p->note));
	if (b && b->run)
		r->st = (enum status)b->run(sh, r->p);
	else if (r->p->node && r->p->node->nodetype & LYS_ACTION)
		r->st = (enum status)cmd_action(sh, r->p);
	return 0;
}

/* Where secrets begin: known even if the line is wrong behind them. */
static unsigned int
secret_offset(const struct parse *p, const struct line *l)
{
	if (p->secret == NO_WORD || p->secret >= l->n)
		return (unsigned int)strlen(l->text);
	return (unsigned int)l->word[p->secret].off;
}

static void
lost_comment(struct shell *sh, const struct parse *p, const struct line *l)
{
	if (p->rest != NO_WORD && l->text[l->comment] &&
	    !config_is_remark(l->text + l->comment))
		shell_note(sh, "'%s' was taken for a comment; quote the text "
			   "to keep it", l->text + l->comment);
}

static bool
has_json(const struct parse *p)
{
	if (p->cmd->builtin)
		return p->cmd->builtin->flags & BUILTIN_JSON;
	return p->node && (ytree_ext(p->node, "stream") ||
	    (p->node->nodetype & LYS_ACTION &&
	     schema_output(p->node, NULL)));
}

static enum status
run_parsed(struct shell *sh, struct parse *p, const struct line *l)
{
	struct run r = { sh, p, ST_FAILED };
	bool editing = levels_editing(&sh->at);

	if (sh->out.json && !has_json(p)) {
		shell_complain(sh, "'%s' has no JSON form", cmd_word(p->cmd));
		return ST_USAGE;
	}
	if (sh->load && !load_allows(sh, p->cmd)) {
		shell_complain(sh, "'%s' is a command; a configuration file "
			       "holds settings only", cmd_word(p->cmd));
		return ST_USAGE;
	}
	tree_run(sh->tree, p->mode, p->cmd, run_command, &r);
	if (r.st != ST_OK)
		return r.st;
	lost_comment(sh, p, l);
	if ((p->entered && !p->stay) || p->keep)
		levels_move(&sh->at, &p->at);
	if (sh->tty && !editing && levels_editing(&sh->at))
		session_others(sh);
	return ST_OK;
}

static enum status
run_filtered(struct shell *sh, struct parse *p, const struct line *l)
{
	const char *file = sh->out.filters.save;
	struct err e = ERR_INIT;
	char *name = file ? str_dup(file) : NULL;
	enum status st = ST_FAILED;

	if (out_begin(&sh->out, &e) < 0)
		shell_error(sh, &e);
	else
		st = run_parsed(sh, p, l);
	if (out_end(&sh->out, st == ST_OK, &e) < 0) {
		shell_error(sh, &e);
		st = ST_FAILED;
	}
	if (name && st == ST_OK)
		shell_note(sh, "%lu line%s saved in %s", sh->out.saved,
			   sh->out.saved == 1 ? "" : "s", name);
	free(name);
	return st;
}

static enum status
run_split(struct shell *sh, const struct line *l)
{
	enum status st = ST_USAGE;
	struct err e = ERR_INIT;
	unsigned int word;
	struct parse p;

	parse_init(&p, sh->tree, sh->ly, l, l->n, &sh->at);
	parse_run(&p);
	sh->secret_off = secret_offset(&p, l);
	if (parse_failed(&p)) {
		shell_point(sh, p.err_word < l->n ?
			    l->word[p.err_word].off : l->end + 1, &p.err);
		if (p.err.kind == ERR_DENIED)
			st = ST_FAILED;
	} else if (out_filters(&sh->out, l, &e, &word) < 0)
		shell_point(sh, word < l->all ? l->word[word].off :
			    strlen(l->text), &e);
	else if (p.cmd) {
		sh->ran_ok = true;
		sh->out.json |= sh->json && has_json(&p);
		st = run_filtered(sh, &p, l);
	}
	parse_fini(&p);
	return st;
}

/* A line that cannot be split may hold a secret all the same. */
static unsigned int
secret_in_broken(struct shell *sh, const char *text)
{
	unsigned int off = (unsigned int)strlen(text);
	struct err ignored = ERR_INIT;
	struct parse p;
	struct line l;
	size_t at;

	if (lexer_split(&l, text, true, &ignored, &at) < 0)
		return 0;
	parse_init(&p, sh->tree, sh->ly, &l, l.n, &sh->at);
	parse_run(&p);
	off = secret_offset(&p, &l);
	parse_fini(&p);
	lexer_free(&l);
	return off;
}

enum status
shell_run(struct shell *sh, const char *text)
{
	enum status st = ST_OK;
	struct err e = ERR_INIT;
	struct line l;
	size_t at = 0;

	sh->line = text;
	sh->ran_ok = false;
	sh->secret_off = (unsigned int)strlen(text);
	if (lexer_split(&l, text, false, &e, &at) < 0) {
		sh->secret_off = secret_in_broken(sh, text);
		shell_point(sh, at, &e);
		sh->line = NULL;
		return ST_USAGE;
	}
	if (l.all) {
		bool warned = sh->warned;

		st = run_split(sh, &l);
		if (warned)
			sh->warned = false;	/* only twice in a row counts */
	}
	lexer_free(&l);
	sh->line = NULL;
	return st;
}
