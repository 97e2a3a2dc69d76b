/*
 * where: a word that is no command here, but is one in another context, or in
 * the shells that people come from.
 */
#include "parse.h"

#include <string.h>

#include "schema.h"
#include "value.h"

#define DEPTH_MAX	4		/* contexts on the way */

static const struct { const char *word, *say; } elsewhere[] = {
	{ "do",		"here, commands stand without it" },
	{ "configure",	"it is called: config" },
	{ "edit",	"it is called: config" },
	{ "enable",	"there is one level of rights, that of the user; to "
			"edit: config" },
	{ "set",	"in 'config', settings stand without it: "
			"system location here" },
	{ "delete",	"it is called, in 'config': no" },
	{ "undo",	"it is called, in 'config': no" },
	{ "discard",	"it is called, in 'config': abort" },
	{ "write",	"to keep the configuration for the next start: copy "
			"running-config startup-config" },
	{ "wr",		"to keep the configuration for the next start: copy "
			"running-config startup-config" },
	{ "save",	"to keep the configuration for the next start: copy "
			"running-config startup-config" },
	{ "top",	"it is called: / or, in 'config', /config" },
	{ "up",		"it is called: .." },
};

static void
add_keys(const struct lysc_node *list, struct str *way)
{
	const struct lysc_node *key = NULL;

	while ((key = schema_key(list, key))) {
		value_syntax(key, way);
		str_addc(way, ' ');
	}
}

/* An action of the entries of a list: ipsec <1..65535> rekey. */
static bool
has_action(const struct lysc_node *list, const char *word)
{
	const struct lysc_node *a = NULL;

	while ((a = action_next(list, a)))
		if (!strcmp(a->name, word))
			return true;
	return false;
}

/* The way to a command of that name, so many contexts down; the first one. */
static bool
find(struct parse *p, const struct mode *m, const char *word,
     unsigned int depth, struct str *way)
{
	size_t len = way->len;
	struct expect set;
	bool found;

	expect_init(&set);
	tree_expect(m, NULL, true, &set, TAG_CMD);
	found = !depth && expect_exact(&set, word) && strcmp(word, "do") != 0;
	for (unsigned int i = 0; depth && !found && i < set.n; i++) {
		const struct cmd *c = set.item[i].tag;
		const struct mode *in = c->node ? parse_opens(p, m, c) : NULL;
		bool acts = c->node && m->kind == LEVEL_STATE && depth == 1 &&
		    has_action(c->node, word);

		if (!in && !acts)
			continue;
		str_addf(way, "%s ", cmd_word(c));
		if (c->node->nodetype == LYS_LIST)
			add_keys(c->node, way);
		found = acts || find(p, in, word, depth - 1, way);
		if (!found)
			str_cut(way, len);
	}
	expect_fini(&set);
	return found;
}

/* From the exec level or "config" down, the nearest first. */
static bool
find_below(struct parse *p, enum level_kind kind, const char *first,
	   const char *word, struct str *way)
{
	const struct level root = { .kind = kind };

	for (unsigned int depth = 0; depth <= DEPTH_MAX; depth++) {
		str_clear(way);
		str_add(way, first);
		if (find(p, tree_mode(p->tree, &root), word, depth, way)) {
			str_add(way, word);
			return true;
		}
	}
	return false;
}

void
parse_say_where(struct parse *p, const char *word, const struct mode *mode)
{
	bool editing = mode->kind & LEVEL_EDIT;
	struct str way = STR_INIT;

	/* What people mean by it is not what an action happens to be called. */
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		if (!strcmp(elsewhere[i].word, word)) {
			err_set(&p->err, ERR_INVALID, "unknown command '%s'; "
				"%s", word, elsewhere[i].say);
			return;
		}
	if (find_below(p, editing ? LEVEL_CONFIG : LEVEL_EXEC,
		       editing ? "/config " :
		       mode->kind == LEVEL_EXEC ? "" : "/ ", word, &way) ||
	    find_below(p, editing ? LEVEL_EXEC : LEVEL_CONFIG,
		       editing ? "do " : mode->kind == LEVEL_EXEC ? "config " :
		       "/ config ", word, &way)) {
		err_set(&p->err, ERR_INVALID, "'%.40s' is no command here; "
			"there is: %s", word, str_get(&way));
		str_fini(&way);
		return;
	}
	str_fini(&way);
}
