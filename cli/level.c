#include "level.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"

void
levels_init(struct levels *s)
{
	memset(s, 0, sizeof(*s));
	levels_push(s, LEVEL_EXEC, NULL, "", "");
}

void
levels_fini(struct levels *s)
{
	while (s->n) {
		s->n--;
		free(s->l[s->n].path);
		free(s->l[s->n].name);
	}
}

void
levels_copy(struct levels *to, const struct levels *from)
{
	memset(to, 0, sizeof(*to));
	for (unsigned int i = 0; i < from->n; i++)
		levels_push(to, from->l[i].kind, from->l[i].node,
			    from->l[i].path, from->l[i].name);
}

void
levels_move(struct levels *to, struct levels *from)
{
	levels_fini(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

const struct level *
levels_top(const struct levels *s)
{
	return &s->l[s->n - 1];
}

bool
levels_push(struct levels *s, enum level_kind kind,
	    const struct lysc_node *node, const char *path, const char *name)
{
	struct level *l;

	if (s->n == LEVELS_MAX)
		return false;
	l = &s->l[s->n++];
	l->kind = kind;
	l->node = node;
	l->path = str_dup(path);
	l->name = str_dup(name);
	return true;
}

bool
levels_pop(struct levels *s)
{
	if (s->n <= 1)
		return false;
	s->n--;
	free(s->l[s->n].path);
	free(s->l[s->n].name);
	return true;
}

void
levels_to_exec(struct levels *s)
{
	while (levels_pop(s))
		;
}

bool
levels_editing(const struct levels *s)
{
	return levels_top(s)->kind & LEVEL_EDIT;
}

void
levels_prompt(const struct levels *s, const char *hostname, struct str *out)
{
	str_addf(out, "%s:/", hostname);
	for (unsigned int i = 1; i < s->n; i++)
		str_addf(out, "%s/", s->l[i].name);
	str_add(out, "#> ");
}
