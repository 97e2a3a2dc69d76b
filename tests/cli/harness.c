#include "harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_text.h"
#include "lexer.h"
#include "parse.h"
#include "str.h"
#include "tree.h"
#include "tree_edit.h"
#include "ytree.h"

static void
link_modules(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *a, *b;

		if (!strstr(e->d_name, ".yang"))
			continue;
		a = str_f("%s/%s", from, e->d_name);
		b = str_f("%s/%s", to, e->d_name);
		if (symlink(a, b) < 0)
			perror(b);
		free(a);
		free(b);
	}
	if (d)
		closedir(d);
}

void
harness_init(struct harness *h)
{
	const char *top = getenv("top_srcdir");
	struct err e = ERR_INIT;
	char *test;

	memset(h, 0, sizeof(*h));
	snprintf(h->dir, sizeof(h->dir), "/tmp/culvert-cli.XXXXXX");
	if (!top || !mkdtemp(h->dir)) {
		fprintf(stderr, "top_srcdir is not set, or no directory\n");
		exit(1);
	}
	test = str_f("%s/yang", top);
	link_modules(test, h->dir);
	free(test);
	test = str_f("%s/tests/cli/yang", top);
	link_modules(test, h->dir);
	free(test);
	if (ytree_load(&h->ly, h->dir, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	h->tree = tree_new(h->ly);
	levels_init(&h->at);
}

void
harness_fini(struct harness *h)
{
	char *cmd = str_f("%s", h->dir);
	DIR *d = opendir(h->dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *f = str_f("%s/%s", h->dir, e->d_name);

		unlink(f);
		free(f);
	}
	if (d)
		closedir(d);
	rmdir(cmd);
	free(cmd);
	lyd_free_siblings(h->data);
	levels_fini(&h->at);
	tree_free(h->tree);
	ly_ctx_destroy(h->ly);
}

void
harness_reset(struct harness *h)
{
	lyd_free_siblings(h->data);
	h->data = NULL;
	levels_to_exec(&h->at);
}

static void
apply(struct harness *h, const struct edit *e)
{
	struct lyd_node *n;

	if (tree_edit(&h->data, h->ly, e->op, e->path, e->value, &n) !=
	    LY_SUCCESS)
		err_set(&h->err, ERR_INVALID, "%s = %s: %s", e->path,
			e->value ? e->value : "", ly_errmsg(h->ly));
}

bool
harness_line(struct harness *h, const char *text)
{
	struct parse p;
	struct line l;
	size_t at;

	err_clear(&h->err);
	if (lexer_split(&l, text, false, &h->err, &at) < 0)
		return false;
	parse_init(&p, h->tree, h->ly, &l, l.n, &h->at);
	if (l.n && parse_run(&p) < 0)
		h->err = p.err;
	for (unsigned int i = 0; i < p.nedit && !h->err.kind; i++)
		apply(h, &p.edit[i]);
	/* the one command that moves and is not run here */
	if (!h->err.kind && p.cmd && p.cmd->builtin &&
	    !strcmp(p.cmd->builtin->words, "end"))
		levels_pop(&h->at);
	else if (!h->err.kind && p.entered && !p.stay)
		levels_move(&h->at, &p.at);
	parse_fini(&p);
	lexer_free(&l);
	return h->err.kind == ERR_NONE;
}

bool
harness_text(struct harness *h, const char *text)
{
	bool ok = true;
	char *line;

	while (ok && *text) {
		size_t len = strcspn(text, "\n");

		line = str_dupn(text, len);
		ok = harness_line(h, line);
		if (!ok)
			fprintf(stderr, "%s: %s\n", line, h->err.text);
		free(line);
		text += len + (text[len] == '\n');
	}
	return ok;
}

char *
harness_show(const struct harness *h, bool secrets)
{
	struct str s = STR_INIT;

	config_text(h->ly, h->data, "", secrets, &s);
	return str_take(&s);
}

char *
harness_json(const struct harness *h)
{
	return h->data ? ytree_print(h->data, false) : str_dup("{}");
}
