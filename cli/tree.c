#include "tree.h"

#include <libcli.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "level.h"
#include "schema.h"
#include "str.h"
#include "ytree.h"

#define FIRST_MODE	100	/* libcli treats mode 1 specially */
#define HELP_MAX	512

struct tree {
	struct cli_def	*cli;
	const struct ly_ctx *ly;
	enum role	 role;
	struct mode	**mode;
	unsigned int	 n;
	int		(*fn)(void *);	/* while a command runs */
	void		*arg;
	int		 result;
	bool		 ran;
};

static void
discard(struct cli_def *cli, const char *text)
{
	(void)cli;
	(void)text;
}

struct tree *
tree_new(const struct ly_ctx *ly)
{
	struct tree *t = mem_zero(1, sizeof(*t));

	t->ly = ly;
	t->role = ROLE_ADMIN;
	t->cli = cli_init();
	if (!t->cli) {
		free(t);
		return NULL;
	}
	/* Its own commands and filters are replaced by ours, and what it would
	 * print about a line is said by cli/parse.c. */
	cli_unregister_all_filters(t->cli);
	cli_unregister_all_commands(t->cli);
	t->cli->disallow_buildmode = 1;
	cli_print_callback(t->cli, discard);
	cli_set_context(t->cli, t);
	return t;
}

void
tree_set_role(struct tree *t, enum role role)
{
	t->role = role;
}

enum role
tree_role(const struct tree *t)
{
	return t->role;
}

void
tree_free(struct tree *t)
{
	if (!t)
		return;
	for (unsigned int i = 0; i < t->n; i++) {
		for (unsigned int k = 0; k < t->mode[i]->n; k++)
			free(t->mode[i]->cmd[k]);
		free(t->mode[i]->cmd);
		free(t->mode[i]);
	}
	free(t->mode);
	cli_done(t->cli);
	free(t);
}

static int
dispatch(struct cli_def *cli, const char *command, char **argv, int argc)
{
	struct tree *t = cli_get_context(cli);

	(void)command;
	(void)argv;
	if (argc || !t->fn)
		return CLI_ERROR;
	t->ran = true;
	t->result = t->fn(t->arg);
	return CLI_OK;
}

static struct cmd *
add_cmd(struct tree *t, struct mode *m, const struct cmd *parent,
	const char *word, const char *help, bool runs)
{
	struct cmd *c = mem_zero(1, sizeof(*c));

	c->parent = parent;
	c->c = cli_register_command(t->cli, parent ? parent->c : NULL, word,
	    runs ? dispatch : NULL, PRIVILEGE_UNPRIVILEGED, m->id, help);
	if (!c->c) {
		fputs("culvert: out of memory\n", stderr);
		exit(1);
	}
	/* libcli computes these only on a change of mode, for all commands of
	 * all modes; we always give it whole words. */
	c->c->unique_len = (unsigned int)strlen(word);
	if (m->n % 16 == 0)
		m->cmd = mem_grow(m->cmd, m->n + 16, sizeof(*m->cmd));
	m->cmd[m->n++] = c;
	return c;
}

static struct cmd *
find_cmd(const struct mode *m, const struct cmd *parent, const char *word,
	 size_t len)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->cmd[i]->parent == parent &&
		    !strncmp(m->cmd[i]->c->command, word, len) &&
		    !m->cmd[i]->c->command[len])
			return m->cmd[i];
	return NULL;
}

/* A parent stands in the table before its children. */
static void
add_builtin(struct tree *t, struct mode *m, const struct builtin *b)
{
	const struct cmd *parent = NULL;
	const char *p = b->words, *blank;

	while ((blank = strchr(p, ' '))) {
		parent = find_cmd(m, parent, p, (size_t)(blank - p));
		if (!parent)
			return;
		p = blank + 1;
	}
	add_cmd(t, m, parent, p, b->help, b->run || b->parse)->builtin = b;
}

static bool
is_builtin(unsigned int kind, const char *word)
{
	for (const struct builtin *b = builtins; b->words; b++)
		if (b->levels & kind && b->words[0] == word[0] &&
		    !strcmp(b->words, word))
			return true;
	return false;
}

/* Another module's node of that name stands before it in the same place. */
static bool
has_namesake(const struct ly_ctx *ly, const struct lysc_node *n)
{
	const struct lysc_node *up = lysc_data_parent(n), *s = NULL;

	if (up && up->module == n->module)
		return false;
	while ((s = schema_next(ly, up, s)) && s != n)
		if (!strcmp(s->name, n->name))
			return true;
	return false;
}

void
node_word(const struct ly_ctx *ly, const struct lysc_node *n, struct str *s)
{
	if (is_builtin(LEVEL_EDIT, n->name) || has_namesake(ly, n))
		str_addf(s, "%s:", n->module->name);
	str_add(s, n->name);
}

static void
add_node(struct tree *t, struct mode *m, const struct lysc_node *n,
	 const char *word)
{
	struct str help = STR_INIT;

	if (find_cmd(m, NULL, word, strlen(word)) || is_builtin(m->kind, word))
		return;
	schema_help(n, true, &help);
	str_cut(&help, HELP_MAX);
	add_cmd(t, m, NULL, word, str_get(&help), true)->node = n;
	str_fini(&help);
}

const char *
action_words(const struct lysc_node *action)
{
	const char *words = ytree_ext(action, "command");

	return words ? words : action->name;
}

const struct lysc_node *
action_next(const struct lysc_node *parent, const struct lysc_node *last)
{
	const struct lysc_node_action *a;

	a = last ? ((const struct lysc_node_action *)last)->next :
	    lysc_node_actions(parent);
	while (a && ytree_ext(&a->node, "log"))
		a = a->next;
	return a ? &a->node : NULL;
}

static void
add_state_commands(struct tree *t, struct mode *m)
{
	const struct lysc_node *n = NULL, *a = NULL;
	char *word;

	while ((n = schema_next_any(t->ly, m->node, n)))
		if (n->nodetype & (LYS_LIST | LYS_CONTAINER) &&
		    lysc_node_actions(n))
			add_node(t, m, n, n->name);
	while ((a = action_next(m->node, a))) {
		word = str_dupn(action_words(a), strcspn(action_words(a), " "));
		add_node(t, m, a, word);
		free(word);
	}
}

static void
add_exec_contexts(struct tree *t, struct mode *m)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_next_any(t->ly, NULL, n)))
		if (ytree_ext(n, "exec"))
			add_node(t, m, n, ytree_ext(n, "exec"));
}

static void
add_settings(struct tree *t, struct mode *m)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_next(t->ly, m->node, n))) {
		struct str word = STR_INIT;

		node_word(t->ly, n, &word);
		add_node(t, m, n, str_get(&word));
		str_fini(&word);
	}
}

static void
fill_mode(struct tree *t, struct mode *m)
{
	if (m->kind == LEVEL_STATE)
		add_state_commands(t, m);
	else if (m->kind == LEVEL_EXEC)
		add_exec_contexts(t, m);
	else
		add_settings(t, m);
	for (const struct builtin *b = builtins; b->words; b++)
		if (b->levels & m->kind)
			add_builtin(t, m, b);
}

const struct mode *
tree_mode(struct tree *t, const struct level *l)
{
	struct mode *m;

	for (unsigned int i = 0; i < t->n; i++)
		if (t->mode[i]->kind == l->kind && t->mode[i]->node == l->node)
			return t->mode[i];
	m = mem_zero(1, sizeof(*m));
	m->tree = t;
	m->id = FIRST_MODE + (int)t->n;
	m->kind = l->kind;
	m->node = l->node;
	fill_mode(t, m);
	t->mode = mem_grow(t->mode, t->n + 1, sizeof(*t->mode));
	t->mode[t->n++] = m;
	return m;
}

const struct cmd *
tree_find(const struct mode *m, const struct lysc_node *n)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->cmd[i]->node == n)
			return m->cmd[i];
	return NULL;
}

const char *
cmd_word(const struct cmd *c)
{
	return c->c->command;
}

static const char *
cmd_help(const struct cmd *c)
{
	return c->c->help ? c->c->help : "";
}

bool
cmd_has_children(const struct cmd *c)
{
	return c->c->children != NULL;
}

/* The least role that may do something with a node of the model. */
static bool
node_allowed(const struct mode *m, const struct lysc_node *n, enum role role)
{
	if (m->kind & LEVEL_EDIT)
		return rights_any(n, RIGHT_EDIT, role);
	if (n->nodetype & (LYS_ACTION | LYS_RPC))
		return rights_needed(n, RIGHT_RUN) <= role;
	return true;
}

bool
cmd_allowed(const struct mode *m, const struct cmd *c, enum role *needs)
{
	enum role role = m->tree->role;

	*needs = ROLE_ADMIN;
	if (role == ROLE_ADMIN)
		return true;
	if (!c->builtin)
		return node_allowed(m, c->node, role);
	return !rights_command(m->tree->ly, c->builtin->words, needs) ||
	    role >= *needs;
}

void
tree_expect(const struct mode *m, const struct cmd *parent, bool offer,
	    struct expect *e, int n)
{
	enum role needs;

	if (parent && !parent->c->children)
		return;
	for (unsigned int i = 0; i < m->n; i++)
		if (m->cmd[i]->parent == parent &&
		    (!offer || cmd_allowed(m, m->cmd[i], &needs))) {
			expect_add(e, EXPECT_WORD, cmd_word(m->cmd[i]),
				   cmd_help(m->cmd[i]), m->cmd[i], n);
			if (m->cmd[i]->node)
				expect_offer(e, ytree_ext(m->cmd[i]->node,
					     "offer"), NULL);
		}
}

static void
add_words(const struct cmd *c, struct str *s)
{
	if (c->parent) {
		add_words(c->parent, s);
		str_addc(s, ' ');
	}
	str_add(s, cmd_word(c));
}

int
tree_run(struct tree *t, const struct mode *m, const struct cmd *c,
	 int (*fn)(void *), void *arg)
{
	struct str line = STR_INIT;

	add_words(c, &line);
	t->fn = fn;
	t->arg = arg;
	t->ran = false;
	t->cli->mode = m->id;
	cli_run_command(t->cli, str_get(&line));
	t->fn = NULL;
	str_fini(&line);
	return t->ran ? t->result : -1;
}
