/*
 * upgrade: the old configuration is a tree without a schema (libyang calls such
 * nodes opaque), on which the steps are done one after the other; printed again,
 * it is read like any other.
 */
#include "upgrade.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "schema.h"
#include "ytree.h"

#define WORDS_MAX	5
#define NAMES_MAX	16
#define DATE_LEN	10

struct step {
	const char	*module;
	char		*text;		/* what the words point into */
	char		*words[WORDS_MAX];
	size_t		 n;
	size_t		 done;		/* nodes it was done to */
};

struct names {
	char	*v[NAMES_MAX];
	size_t	 n;
	char	 text[512];
};

typedef int node_fn(struct lyd_node *, struct step *);

/* --- the steps of a module --- */

enum what { RENAME, MOVE, VALUE, REMOVE, WAS_DEFAULT, WHAT_END };

static const struct {
	const char	*word;
	size_t		 n;		/* words in all, with date and itself */
} forms[WHAT_END] = {
	[RENAME]	= { "rename", 4 },	/* PATH NAME */
	[MOVE]		= { "move", 4 },	/* PATH PATH */
	[VALUE]		= { "value", 5 },	/* PATH OLD NEW */
	[REMOVE]	= { "remove", 3 },	/* PATH */
	[WAS_DEFAULT]	= { "was-default", 4 },	/* PATH VALUE */
};

static enum what
what_of(const struct step *s)
{
	enum what w;

	for (w = 0; w < WHAT_END; w++)
		if (s->n >= 2 && strcmp(s->words[1], forms[w].word) == 0)
			break;
	return w;
}

static void
step_fini(struct step *s)
{
	free(s->text);
}

static int
step_init(struct step *s, const char *module, const char *argument,
	  struct err *e)
{
	char *p, *save = NULL;
	enum what w;

	memset(s, 0, sizeof(*s));
	s->module = module;
	s->text = strdup(argument);
	if (s->text == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	for (p = strtok_r(s->text, " \t\n", &save); p != NULL;
	     p = strtok_r(NULL, " \t\n", &save)) {
		if (s->n < WORDS_MAX)
			s->words[s->n] = p;
		s->n++;
	}
	w = what_of(s);
	if (w != WHAT_END && s->n == forms[w].n &&
	    strlen(s->words[0]) == DATE_LEN)
		return 0;
	step_fini(s);
	return err_set(e, ERR_BUG, "the module %s has a cv:upgrade that nobody "
		       "understands: %s", module, argument);
}

/* Calls fn for each step of all modules, until it fails. */
static int
each_step(const struct schema *sc, int (*fn)(struct step *, void *), void *arg,
	  struct err *e)
{
	const struct lysc_ext_instance *x;
	const struct lys_module *m;
	LY_ARRAY_COUNT_TYPE j;
	struct step s;
	uint32_t i = 0;
	int rc = 0;

	while (rc == 0 && (m = ly_ctx_get_module_iter(sc->ctx, &i)) != NULL) {
		if (m->compiled == NULL)
			continue;
		LY_ARRAY_FOR(m->compiled->exts, j) {
			x = &m->compiled->exts[j];
			if (strcmp(x->def->module->name, "culvert-extensions")
			    != 0 || strcmp(x->def->name, "upgrade") != 0)
				continue;
			if (step_init(&s, m->name, x->argument, e) < 0)
				return -1;
			rc = fn(&s, arg);
			step_fini(&s);
			if (rc != 0)
				break;
		}
	}
	return rc;
}

static int
no_step(struct step *s, void *arg)
{
	(void)s;
	(void)arg;
	return 0;
}

int
upgrade_check(const struct schema *sc, struct err *e)
{
	return each_step(sc, no_step, NULL, e);
}

char *
upgrade_modules(const struct schema *sc)
{
	const struct lys_module *m;
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	uint32_t i = 0;

	if (f == NULL)
		return NULL;
	while ((m = ly_ctx_get_module_iter(sc->ctx, &i)) != NULL)
		if (m->compiled != NULL && m->compiled->data != NULL &&
		    m->revision != NULL && strncmp(m->name, "ietf-yang-", 10))
			fprintf(f, "%s%s@%s", ftell(f) > 0 ? " " : "", m->name,
				m->revision);
	if (fclose(f) == 0)
		return out;
	free(out);
	return NULL;
}

/* The revision in a list of modules; NULL: it is not in it. */
static const char *
revision_in(const char *modules, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = modules; p != NULL && *p != '\0'; p += strcspn(p, " "),
	     p += *p == ' ')
		if (strncmp(p, name, n) == 0 && p[n] == '@' &&
		    strlen(p + n + 1) >= DATE_LEN)
			return p + n + 1;
	return NULL;
}

/* --- nodes without a schema --- */

static struct lyd_node_opaq *
opaq(struct lyd_node *n)
{
	return (struct lyd_node_opaq *)n;
}

/* NAME, or MODULE:NAME for one of another module than what is around it; the
 * first of a path is in the module of the step. */
static bool
is_called(struct lyd_node *n, const char *name, const char *module)
{
	const char *prefix = opaq(n)->name.prefix, *colon = strchr(name, ':');
	size_t len;

	if (colon == NULL)
		return strcmp(opaq(n)->name.name, name) == 0 &&
		    (prefix == NULL || strcmp(prefix, module) == 0);
	len = (size_t)(colon - name);
	return prefix != NULL && strlen(prefix) == len &&
	    strncmp(prefix, name, len) == 0 &&
	    strcmp(opaq(n)->name.name, colon + 1) == 0;
}

static int
split(struct names *n, const char *path, struct err *e)
{
	char *p, *save = NULL;

	n->n = 0;
	snprintf(n->text, sizeof(n->text), "%s", path);
	for (p = strtok_r(n->text, "/", &save); p != NULL && n->n < NAMES_MAX;
	     p = strtok_r(NULL, "/", &save))
		n->v[n->n++] = p;
	return n->n > 0 && strlen(path) < sizeof(n->text) ? 0 :
	    err_set(e, ERR_BUG, "a cv:upgrade has no path: %s", path);
}

static struct lyd_node *
child_called(struct lyd_node *parent, const char *name, const char *module)
{
	struct lyd_node *c;

	LY_LIST_FOR(lyd_child(parent), c)
		if (is_called(c, name, module))
			return c;
	return NULL;
}

/* Calls fn for all nodes that the names lead to. */
static int
each_node(struct lyd_node *first, char *const *v, size_t n, node_fn *fn,
	  struct step *s)
{
	struct lyd_node *c, *next;
	int rc = 0;

	LY_LIST_FOR_SAFE(first, next, c) {
		if (rc != 0 || !is_called(c, v[0], s->module))
			continue;
		rc = n > 1 ? each_node(lyd_child(c), v + 1, n - 1, fn, s) :
		    fn(c, s);
	}
	return rc;
}

/* --- what the steps do --- */

static int
set_word(const struct ly_ctx *ctx, const char **at, const char *to)
{
	const char *now;

	if (lydict_insert(ctx, to, 0, &now) != LY_SUCCESS)
		return -1;
	lydict_remove(ctx, *at);
	*at = now;
	return 0;
}

static int
rename_node(struct lyd_node *n, struct step *s)
{
	s->done++;
	return set_word(opaq(n)->ctx, &opaq(n)->name.name, s->words[3]);
}

static int
map_value(struct lyd_node *n, struct step *s)
{
	if (opaq(n)->value == NULL || strcmp(opaq(n)->value, s->words[3]) != 0)
		return 0;
	s->done++;
	return set_word(opaq(n)->ctx, &opaq(n)->value, s->words[4]);
}

static int
remove_node(struct lyd_node *n, struct step *s)
{
	s->done++;
	lyd_free_tree(n);
	return 0;
}

/* Containers are made as needed. */
static struct lyd_node *
make_way(struct lyd_node *at, char *const *v, size_t n, const char *module)
{
	struct lyd_node *c;
	size_t i;

	for (i = 0; i < n; i++, at = c) {
		c = child_called(at, v[i], module);
		if (c == NULL && lyd_new_opaq(at, LYD_CTX(at), v[i], NULL, NULL,
					      module, &c) != LY_SUCCESS)
			return NULL;
	}
	return at;
}

/* How many names of a move are those of what both paths have in common. */
static size_t
in_common(const struct names *a, const struct names *b)
{
	size_t n = 0;

	while (n + 1 < a->n && n + 1 < b->n && strcmp(a->v[n], b->v[n]) == 0)
		n++;
	return n;
}

/* Below one instance of what both paths have in common. */
static int
move_below(struct lyd_node *common, struct step *s)
{
	struct lyd_node *n, *to;
	struct names from, way;
	size_t same, i;
	struct err e;

	if (split(&from, s->words[2], &e) < 0 || split(&way, s->words[3], &e) < 0)
		return -1;
	same = in_common(&from, &way);
	n = common;
	for (i = same; n != NULL && i < from.n; i++)
		n = child_called(n, from.v[i], s->module);
	if (n == NULL)
		return 0;
	to = make_way(common, way.v + same, way.n - 1 - same, s->module);
	if (to == NULL)
		return -1;
	s->done++;
	lyd_unlink_tree(n);
	if (set_word(opaq(n)->ctx, &opaq(n)->name.name, way.v[way.n - 1]) < 0 ||
	    lyd_insert_child(to, n) != LY_SUCCESS) {
		lyd_free_tree(n);
		return -1;
	}
	return 0;
}

/* What the old models took for granted has to be said now. */
static int
add_default(struct lyd_node *parent, struct step *s)
{
	const char *slash = strrchr(s->words[2], '/');
	const char *name = slash != NULL ? slash + 1 : s->words[2];
	struct lyd_node *n;

	if (child_called(parent, name, s->module) != NULL)
		return 0;
	if (lyd_new_opaq(parent, LYD_CTX(parent), name, s->words[3], NULL,
			 s->module, &n) != LY_SUCCESS)
		return -1;
	s->done++;
	return 0;
}

/* root: above all top-level nodes. */
static int
do_step(struct lyd_node *root, struct step *s, struct err *e)
{
	static node_fn *const fns[WHAT_END] = {
		rename_node, move_below, map_value, remove_node, add_default,
	};
	enum what w = what_of(s);
	struct names way, to;
	size_t n;
	int rc;

	if (split(&way, s->words[2], e) < 0 ||
	    (w == MOVE && split(&to, s->words[3], e) < 0))
		return -1;
	n = w == MOVE ? in_common(&way, &to) : way.n - (w == WAS_DEFAULT);
	rc = n > 0 ? each_node(lyd_child(root), way.v, n, fns[w], s) :
	    fns[w](root, s);
	return rc == 0 ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}

/* --- as text again --- */

static void print_siblings(struct json *, struct lyd_node *first);

/* Of what was-default added: a number or a boolean. */
static bool
is_literal(const char *v)
{
	return strcmp(v, "true") == 0 || strcmp(v, "false") == 0 ||
	    v[strspn(v, "0123456789")] == '\0';
}

static void
print_value(struct json *j, const char *name, struct lyd_node *n)
{
	const struct lyd_node_opaq *o = opaq(n);
	const char *v = o->value != NULL ? o->value : "";

	if (lyd_child(n) != NULL || (v[0] == '\0' &&
	    !(o->hints & (LYD_VALHINT_STRING | LYD_VALHINT_EMPTY)))) {
		json_object(j, name);
		print_siblings(j, lyd_child(n));
		json_object_end(j);
	} else if (o->hints & LYD_VALHINT_EMPTY) {
		json_raw(j, name, "[null]", 6);
	} else if (o->hints & LYD_VALHINT_STRING ||
		   (o->hints == 0 && !is_literal(v))) {
		json_str(j, name, v);
	} else {
		json_raw(j, name, v, strlen(v));
	}
}

static bool
same_array(struct lyd_node *a, struct lyd_node *b)
{
	return b != NULL && opaq(a)->name.name == opaq(b)->name.name &&
	    opaq(a)->name.prefix == opaq(b)->name.prefix &&
	    opaq(b)->hints & (LYD_NODEHINT_LIST | LYD_NODEHINT_LEAFLIST);
}

static void
print_siblings(struct json *j, struct lyd_node *first)
{
	struct lyd_node *n = first;
	char name[512];
	bool array;

	for (; n != NULL; n = n->next) {
		if (opaq(n)->name.prefix != NULL)
			snprintf(name, sizeof(name), "%s:%s",
				 opaq(n)->name.prefix, opaq(n)->name.name);
		else
			snprintf(name, sizeof(name), "%s", opaq(n)->name.name);
		array = opaq(n)->hints & (LYD_NODEHINT_LIST |
					  LYD_NODEHINT_LEAFLIST);
		if (!array) {
			print_value(j, name, n);
			continue;
		}
		json_array(j, name);
		print_value(j, NULL, n);
		for (; same_array(n, n->next); n = n->next)
			print_value(j, NULL, n->next);
		json_array_end(j);
	}
}

static char *
print(struct lyd_node *root)
{
	struct json j;

	json_init(&j);
	json_object(&j, NULL);
	print_siblings(&j, lyd_child(root));
	json_object_end(&j);
	return json_take(&j);
}

/* --- all of it --- */

struct work {
	struct lyd_node	*root;
	const char	*modules;	/* NULL: not known */
	upgrade_note_fn	*note;
	void		*arg;
	struct err	*e;
	size_t		 wanted;	/* steps that its age asks for */
};

/* Whether data of that age wants the step.  Of data of unknown age nobody knows
 * what it took for granted. */
static bool
wants(const struct work *w, const struct step *s)
{
	const char *was = revision_in(w->modules, s->module);

	if (w->modules == NULL)
		return what_of(s) != WAS_DEFAULT;
	return was != NULL && strncmp(was, s->words[0], DATE_LEN) < 0;
}

static int
count_step(struct step *s, void *arg)
{
	struct work *w = arg;

	w->wanted += wants(w, s);
	return 0;
}

static int
one_step(struct step *s, void *arg)
{
	struct work *w = arg;
	char text[512];

	if (!wants(w, s))
		return 0;
	if (do_step(w->root, s, w->e) < 0)
		return -1;
	if (s->done == 0)
		return 0;
	if (w->note == NULL)
		return 0;
	log_info("configuration of an older %s, upgraded: %s %s (%zu)",
		 s->module, s->words[1], s->words[2], s->done);
	if (what_of(s) != REMOVE)
		return 0;
	snprintf(text, sizeof(text), "%s is no setting of this version any more "
		 "and was left out (%zu)", s->words[2], s->done);
	w->note(text, w->arg);
	return 0;
}

/* All of it, below a node of its own. */
static int
parse_opaque(const struct ly_ctx *none, const char *json, struct lyd_node **root)
{
	struct lyd_node *tree = NULL, *next, *n;
	int rc = 0;

	if (lyd_new_opaq(NULL, none, "all", NULL, NULL, "all", root)
	    != LY_SUCCESS)
		return -1;
	if (lyd_parse_data_mem(none, json, LYD_JSON, LYD_PARSE_ONLY |
			       LYD_PARSE_OPAQ, 0, &tree) != LY_SUCCESS)
		return -1;
	LY_LIST_FOR_SAFE(tree, next, n) {
		lyd_unlink_tree(n);
		if (rc == 0 && lyd_insert_child(*root, n) == LY_SUCCESS)
			continue;
		lyd_free_tree(n);
		rc = -1;
	}
	return rc;
}

static int
rewrite(const struct schema *sc, struct work *w, const char *json, size_t len,
	char **out)
{
	struct ly_ctx *none;
	char *copy = strndup(json, len);
	int rc = -1;

	*out = NULL;
	/* libyang would take nothing for an empty tree. */
	if (copy != NULL && copy[strspn(copy, " \t\r\n")] == '\0') {
		free(copy);
		return ytree_parse_config(&w->root, sc->ctx, json, len, w->e);
	}
	if (copy == NULL || ly_ctx_new(NULL, LY_CTX_NO_YANGLIBRARY, &none)
	    != LY_SUCCESS) {
		free(copy);
		return err_set(w->e, ERR_RESOURCE, "out of memory");
	}
	if (parse_opaque(none, copy, &w->root) < 0)
		err_set(w->e, ERR_INVALID, "this is not JSON (RFC 7951)");
	else
		rc = each_step(sc, one_step, w, w->e);
	if (rc == 0 && (*out = print(w->root)) == NULL)
		rc = err_set(w->e, ERR_RESOURCE, "out of memory");
	lyd_free_all(w->root);
	ly_ctx_destroy(none);
	explicit_bzero(copy, len);
	free(copy);
	return rc;
}

/* A file of a later version, if that may be what is wrong with it. */
static int
say_newer(const struct schema *sc, const char *modules, struct err *e)
{
	const struct lys_module *m;
	const char *was;
	uint32_t i = 0;

	while ((m = ly_ctx_get_module_iter(sc->ctx, &i)) != NULL) {
		was = revision_in(modules, m->name);
		if (was != NULL && m->revision != NULL &&
		    strncmp(was, m->revision, DATE_LEN) > 0)
			return err_prefix(e, "written under %s of %.10s, newer "
					  "than %s here", m->name, was,
					  m->revision);
	}
	return -1;
}

int
upgrade_parse(struct lyd_node **tree, const struct schema *sc,
	      const char *modules, const char *json, size_t len,
	      upgrade_note_fn *note, void *arg, struct err *e)
{
	struct work w = { NULL, modules, note, arg, e, 0 };
	struct err old = ERR_INIT;
	char *text;
	int rc;

	if (each_step(sc, count_step, &w, e) < 0)
		return -1;
	if (w.wanted == 0 || modules == NULL) {
		rc = ytree_parse_config(tree, sc->ctx, json, len, e);
		if (rc < 0 && modules != NULL)
			return say_newer(sc, modules, e);
		if (rc == 0 || w.wanted == 0)
			return rc;
	}
	/* Of what cannot be read either way, the first complaint counts. */
	if (modules == NULL)
		w.e = &old;
	if (rewrite(sc, &w, json, len, &text) < 0)
		return -1;
	rc = ytree_parse_config(tree, sc->ctx, text, strlen(text), w.e);
	explicit_bzero(text, strlen(text));
	free(text);
	return rc;
}
