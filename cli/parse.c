#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

void
parse_init(struct parse *p, struct tree *tree, const struct ly_ctx *ly,
	   const struct line *l, unsigned int words, const struct levels *at)
{
	memset(p, 0, sizeof(*p));
	p->tree = tree;
	p->ly = ly;
	p->l = l;
	p->n = words;
	p->number = -1;
	p->secret = p->rest = NO_WORD;
	levels_copy(&p->at, at);
}

void
parse_fini(struct parse *p)
{
	for (unsigned int i = 0; i < p->nedit; i++) {
		free(p->edit[i].path);
		str_free(p->edit[i].value);
	}
	free(p->edit);
	for (unsigned int i = 0; i < p->ninput; i++)
		str_free(p->input[i].value);
	free(p->input);
	free(p->path);
	str_free(p->text);
	str_fini(&p->note);
	expect_fini(&p->next);
	levels_fini(&p->at);
	memset(p, 0, sizeof(*p));
}

bool
parse_failed(const struct parse *p)
{
	return p->err.kind != ERR_NONE;
}

bool
parse_more(const struct parse *p)
{
	return p->i < p->n;
}

bool
parse_offers(const struct parse *p)
{
	return p->offer && !parse_more(p);
}

const char *
parse_word(const struct parse *p)
{
	return p->l->word[p->i].text;
}

int
parse_fail(struct parse *p, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	err_set(&p->err, ERR_INVALID, "%s", str_get(&s));
	str_fini(&s);
	p->err_word = p->i ? p->i - 1 : 0;
	p->done = true;
	return -1;
}

/* The line ends where something is missing. */
static void
incomplete(struct parse *p, const char *what)
{
	if (p->err.kind == ERR_NONE)
		err_set(&p->err, ERR_INVALID, "%s is expected here", what);
	p->err_word = p->n;
	p->done = true;
}

static bool
may_end(const struct expect *set)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (set->item[i].kind == EXPECT_ENTER)
			return true;
	return false;
}

bool
parse_choose(struct parse *p, struct expect *set, const char *what,
	     struct expect_item *out)
{
	const struct expect_item *it;
	bool ok = false;

	if (!parse_more(p)) {
		p->done = true;
		if (!may_end(set)) {
			struct str s = STR_INIT;

			expect_list(set, &s);
			incomplete(p, s.len ? str_get(&s) : what);
			str_fini(&s);
		}
		if (p->offer)
			expect_move(&p->next, set);
	} else {
		it = expect_match(set, parse_word(p), what, &p->err);
		p->i++;
		if (it) {
			*out = *it;
			ok = true;
		} else {
			p->err_word = p->i - 1;
			p->done = true;
		}
	}
	expect_fini(set);
	return ok;
}

const char *
parse_any(struct parse *p, const char *holder, const char *help)
{
	if (parse_more(p))
		return p->l->word[p->i++].text;
	p->done = true;
	incomplete(p, holder);
	if (p->offer)
		expect_add(&p->next, EXPECT_HOLDER, holder, help, NULL, 0);
	return NULL;
}

static void
offer_enter(struct parse *p)
{
	if (p->offer)
		expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

void
parse_end(struct parse *p)
{
	p->done = true;
	if (parse_failed(p))
		return;
	if (parse_more(p)) {
		p->i++;
		parse_fail(p, "unexpected word; the command is complete before "
			   "it");
	} else
		offer_enter(p);
}

void
parse_edit(struct parse *p, enum proto_edit op, const char *path,
	   const char *value)
{
	struct edit *e;

	if (p->nedit % 8 == 0)
		p->edit = mem_grow(p->edit, p->nedit + 8, sizeof(*p->edit));
	e = &p->edit[p->nedit++];
	e->op = op;
	e->path = str_dup(path);
	e->value = value ? str_dup(value) : NULL;
}

void
parse_offer_values(struct parse *p, const struct lysc_node *leaf)
{
	if (!p->offer)
		return;
	value_expect(leaf, &p->next);
	if (p->values)
		p->values(p->suggest_arg, leaf, p->existing, &p->next);
}

char *
parse_value(struct parse *p, const struct lysc_node *leaf)
{
	struct str s = STR_INIT;
	char *v;

	if (ytree_is_secret(leaf) && p->secret == NO_WORD)
		p->secret = p->i;
	if (!parse_more(p)) {
		value_syntax(leaf, &s);
		incomplete(p, str_get(&s));
		str_fini(&s);
		parse_offer_values(p, leaf);
		return NULL;
	}
	v = value_parse(leaf, parse_word(p), &p->note, &p->err);
	if (!v) {
		p->err_word = p->i;
		p->done = true;
	}
	p->i++;
	return v;
}

/* "ipsec-{id}" with the key's value put in. */
static void
context_name(const struct lysc_node *node, const char *key, const char *value,
	     struct str *name)
{
	char *what = str_f("{%s}", key), *at;
	char *old = str_take(name);

	at = strstr(old, what);
	if (at) {
		str_addn(name, old, (size_t)(at - old));
		str_add(name, value);
		str_add(name, at + strlen(what));
	} else
		str_addf(name, "%s-%s", *old ? old : node->name, value);
	free(old);
	free(what);
}

bool
parse_keys(struct parse *p, const struct lysc_node *list, struct str *path,
	   struct str *name, bool optional, bool state)
{
	const struct lysc_node *key = NULL;
	const char *template = ytree_ext(list, "context");

	if (name)
		str_add(name, template ? template : list->name);
	if (!parse_more(p) && optional) {
		p->done = true;
		offer_enter(p);
		if (p->offer && p->keys)
			p->keys(p->suggest_arg, list, schema_key(list, NULL),
				str_get(path), state, &p->next);
		return false;
	}
	while ((key = schema_key(list, key))) {
		bool at_end = !parse_more(p);
		char *v = parse_value(p, key);

		if (at_end && p->offer && p->keys)
			p->keys(p->suggest_arg, list, key, str_get(path), state,
				&p->next);
		if (!v)
			return false;
		str_addf(path, "[%s=", key->name);
		path_literal(v, path);
		str_addc(path, ']');
		if (name)
			context_name(list, key->name, v, name);
		free(v);
	}
	return true;
}

/* confd would, too, but in words of its own and after more had been typed. */
static void
refuse(struct parse *p, const struct cmd *c, enum role needs)
{
	struct str what = STR_INIT;

	str_addf(&what, "'%s'", c->builtin->words);
	rights_refuse(&p->err, str_get(&what), needs, tree_role(p->tree));
	p->err_word = p->i ? p->i - 1 : 0;
	p->done = true;
	str_fini(&what);
}

void
parse_command(struct parse *p, const struct cmd *c)
{
	enum role needs;
	struct expect_item it;
	struct expect set;

	p->cmd = c;
	if (c->builtin && (c->builtin->run || c->builtin->parse) &&
	    !cmd_allowed(p->mode, c, &needs)) {
		refuse(p, c, needs);
		return;
	}
	if (!c->builtin) {
		if (p->mode->kind & LEVEL_EDIT)
			parse_setting(p, c->node);
		else if (p->mode->kind == LEVEL_STATE)
			parse_state_command(p, c->node);
		else if (levels_push(&p->at, LEVEL_STATE, c->node, "",
				     cmd_word(c))) {
			struct level *l = &p->at.l[p->at.n - 1];
			struct str path = STR_INIT;

			schema_step(c->node, &path);
			free(l->path);
			l->path = str_take(&path);
			p->entered = true;
		}
		return;
	}
	if (c->builtin->parse) {
		c->builtin->parse(p);
		return;
	}
	if (!cmd_has_children(c)) {
		parse_end(p);
		return;
	}
	expect_init(&set);
	tree_expect(p->mode, c, parse_offers(p), &set, TAG_CMD);
	if (c->builtin->run)
		expect_add(&set, EXPECT_ENTER, "<Enter>", c->builtin->help,
			   NULL, 0);
	if (parse_choose(p, &set, "word", &it))
		parse_command(p, it.tag);
}

/* One command, or one context on the way. */
static void
step(struct parse *p)
{
	const struct mode *mode = tree_mode(p->tree, levels_top(&p->at));
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	tree_expect(mode, NULL, parse_offers(p), &set, TAG_CMD);
	if (!parse_more(p)) {
		p->done = true;
		if (p->offer) {
			expect_move(&p->next, &set);
			if (p->entered)
				offer_enter(p);
		}
		expect_fini(&set);
		return;
	}
	p->mode = mode;
	if (!expect_match(&set, parse_word(p), "", NULL) && parse_way(p)) {
		expect_fini(&set);
		return;
	}
	if (!parse_choose(p, &set, "command", &it)) {
		parse_say_where(p, p->l->word[p->err_word].text, mode);
		return;
	}
	p->entered = false;
	parse_command(p, it.tag);
}

int
parse_run(struct parse *p)
{
	while (!p->done)
		step(p);
	return parse_failed(p) ? -1 : 0;
}
