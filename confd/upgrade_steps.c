/*
 * upgrade_steps: what the modules say of their older revisions.
 */
#include "upgrade_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

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

enum what
step_what(const struct step *s)
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
	w = step_what(s);
	if (w != WHAT_END && s->n == forms[w].n &&
	    strlen(s->words[0]) == DATE_LEN)
		return 0;
	step_fini(s);
	return err_set(e, ERR_BUG, "the module %s has a cv:upgrade that nobody "
		       "understands: %s", module, argument);
}

int
steps_each(const struct schema *sc, int (*fn)(struct step *, void *),
	   void *arg, struct err *e)
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
	return steps_each(sc, no_step, NULL, e);
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

const char *
steps_revision(const char *modules, const char *name)
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
