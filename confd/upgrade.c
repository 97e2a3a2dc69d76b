/*
 * upgrade: the old configuration is a tree without a schema (libyang calls such
 * nodes opaque), on which the steps are done one after the other; printed again,
 * it is read like any other.
 */
#include "upgrade_in.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "schema.h"
#include "ytree.h"

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
	const char *was = steps_revision(w->modules, s->module);

	if (w->modules == NULL)
		return step_what(s) != WAS_DEFAULT;
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
	if (step_do(w->root, s, w->e) < 0)
		return -1;
	if (s->done == 0)
		return 0;
	if (w->note == NULL)
		return 0;
	log_info("configuration of an older %s, upgraded: %s %s (%zu)",
		 s->module, s->words[1], s->words[2], s->done);
	if (step_what(s) != REMOVE)
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
		rc = steps_each(sc, one_step, w, w->e);
	if (rc == 0 && (*out = upgrade_print(w->root)) == NULL)
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
		was = steps_revision(modules, m->name);
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

	if (steps_each(sc, count_step, &w, e) < 0)
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
