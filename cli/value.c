#include "value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <libyang/plugins_types.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "schema.h"
#include "str.h"
#include "ytree.h"

static const struct unit {
	char		 letter;
	uint64_t	 seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define NUNITS	(sizeof(units) / sizeof(units[0]))

/* "15m" to 900.  -1 if it is not a duration at all. */
static int
parse_duration(const char *typed, uint64_t *seconds)
{
	const char *p = typed;
	uint64_t n = 0, factor = 1;

	if (!isdigit((unsigned char)*p))
		return -1;
	for (; isdigit((unsigned char)*p); p++) {
		if (n > UINT32_MAX)
			return -1;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (*p) {
		size_t i = 0;

		while (i < NUNITS && units[i].letter != *p)
			i++;
		if (i == NUNITS || p[1])
			return -1;
		factor = units[i].seconds;
	}
	*seconds = n * factor;
	return 0;
}

static char *
from_duration(const struct lysc_node *leaf, const char *typed, struct err *e)
{
	struct str s = STR_INIT;
	uint64_t seconds;

	if (parse_duration(typed, &seconds) == 0)
		return str_f("%" PRIu64, seconds);
	value_limits(leaf, &s);
	err_set(e, ERR_INVALID, "'%.40s' is not a time; write it as 90, 90s, "
		"15m, 1h or 2d (%s)", typed, str_get(&s));
	str_fini(&s);
	return NULL;
}

static char *
from_enum(const struct lysc_node *leaf, const char *typed, struct err *e)
{
	const struct expect_item *it;
	struct expect set;
	char *s = NULL;

	expect_init(&set);
	value_expect(leaf, &set);
	it = expect_match(&set, typed, leaf->name, e);
	if (it)
		s = str_dup(it->text);
	expect_fini(&set);
	return s;
}

static bool
is_prefix(const struct lysc_type *t)
{
	const struct lysc_type_union *u = (const struct lysc_type_union *)t;

	if (t->basetype == LY_TYPE_UNION)
		return is_prefix(u->types[0]);
	return strstr(t->plugin->id, "-prefix,") != NULL;
}

/* The canonical form by libyang; a message of the model's if it has one. */
static char *
canonical(const struct lysc_node *leaf, const char *text, struct err *e)
{
	const struct ly_ctx *ly = leaf->module->ctx;
	const char *canon = NULL;
	char *s;

	if (ytree_check(leaf, text, e) < 0)
		return NULL;
	if (lyd_value_validate(NULL, leaf, text, strlen(text), NULL, NULL,
			       &canon) != LY_SUCCESS || !canon)
		return str_dup(text);
	s = str_dup(canon);
	lydict_remove(ly, canon);
	return s;
}

char *
value_parse(const struct lysc_node *leaf, const char *typed, struct str *note,
	    struct err *e)
{
	const struct lysc_type *t = schema_type(leaf);
	char *text, *canon;

	if (ytree_is_secret(leaf) && typed[strspn(typed, "*")] == '\0') {
		err_set(e, ERR_INVALID, "that is a mask, not a value; show it "
			"with: show with-secrets");
		return NULL;
	}
	if (t->basetype == LY_TYPE_ENUM)
		text = from_enum(leaf, typed, e);
	else if (ytree_ext(leaf, "duration"))
		text = from_duration(leaf, typed, e);
	else if (is_prefix(t) && value_is_address(typed))
		text = str_f("%s/%d", typed, strchr(typed, ':') ? 128 : 32);
	else
		text = str_dup(typed);
	if (!text)
		return NULL;
	canon = canonical(leaf, text, e);
	if (canon && note && is_prefix(t) && strcasecmp(canon, text) &&
	    strchr(text, '.'))
		str_addf(note, "%s: %s has bits set beyond its mask; taken as "
			 "%s", leaf->name, text, canon);
	free(text);
	return canon;
}

bool
value_is_address(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET, s, &a) == 1 || inet_pton(AF_INET6, s, &a) == 1;
}

char *
value_netmask(const char *address, const char *mask, struct err *e)
{
	struct in_addr a, m;
	uint32_t bits, host;
	int len = 0;

	if (inet_pton(AF_INET, address, &a) != 1 ||
	    inet_pton(AF_INET, mask, &m) != 1) {
		err_set(e, ERR_INVALID, "'%.40s %.40s' is not an IPv4 address "
			"and netmask, as 10.0.1.0 255.255.255.0", address, mask);
		return NULL;
	}
	bits = ntohl(m.s_addr);
	host = ~bits;
	if (host & (host + 1)) {
		err_set(e, ERR_INVALID, "netmask %.40s has holes; it is ones "
			"and then zeros, as 255.255.255.0", mask);
		return NULL;
	}
	for (; bits; bits <<= 1)
		len++;
	return str_f("%s/%d", address, len);
}

void
value_show(const struct lysc_node *leaf, const char *canon, struct str *s)
{
	size_t i = 0, own = strlen(leaf->module->name);
	uint64_t n;

	if (schema_type(leaf)->basetype == LY_TYPE_IDENT &&
	    !strncmp(canon, leaf->module->name, own) && canon[own] == ':')
		canon += own + 1;
	if (ytree_ext(leaf, "duration") && parse_duration(canon, &n) == 0 && n) {
		while (n % units[i].seconds)
			i++;
		str_addf(s, "%" PRIu64 "%c", n / units[i].seconds,
			 units[i].letter);
	} else
		str_add(s, canon);
}

/* --- what is expected --- */

static const char *
plugin_holder(const struct lysc_type *t)
{
	const struct lysc_type_union *u = (const struct lysc_type_union *)t;
	const char *id = t->plugin->id;

	if (t->basetype == LY_TYPE_UNION)
		return plugin_holder(u->types[0]);
	if (strstr(id, "-prefix,"))
		return "ADDRESS/LEN";
	if (strstr(id, "-address"))
		return "ADDRESS";
	if (strstr(id, "date-and-time"))
		return "TIME";
	return NULL;
}

static const struct lysc_range *
type_range(const struct lysc_type *t)
{
	switch (t->basetype) {
	case LY_TYPE_INT8: case LY_TYPE_INT16: case LY_TYPE_INT32:
	case LY_TYPE_INT64: case LY_TYPE_UINT8: case LY_TYPE_UINT16:
	case LY_TYPE_UINT32: case LY_TYPE_UINT64:
		return ((const struct lysc_type_num *)t)->range;
	case LY_TYPE_STRING:
		return ((const struct lysc_type_str *)t)->length;
	default:
		return NULL;
	}
}

static bool
is_number(const struct lysc_type *t)
{
	return (t->basetype >= LY_TYPE_UINT8 && t->basetype <= LY_TYPE_UINT64) ||
	    (t->basetype >= LY_TYPE_INT8 && t->basetype <= LY_TYPE_INT64) ||
	    t->basetype == LY_TYPE_DEC64;
}

static void
add_range(const struct lysc_type *t, const struct lysc_range *r,
	  const char *between, struct str *s)
{
	bool is_signed = t->basetype >= LY_TYPE_DEC64;
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(r->parts, i) {
		if (i)
			str_add(s, between[0] == ' ' ? ", " : "|");
		if (is_signed)
			str_addf(s, "%" PRId64, r->parts[i].min_64);
		else
			str_addf(s, "%" PRIu64, r->parts[i].min_u64);
		if (r->parts[i].min_u64 == r->parts[i].max_u64)
			continue;
		str_add(s, between);
		if (is_signed)
			str_addf(s, "%" PRId64, r->parts[i].max_64);
		else
			str_addf(s, "%" PRIu64, r->parts[i].max_u64);
	}
}

/* The whole range of a type that has no other. */
static const char *
natural_range(const struct lysc_type *t)
{
	switch (t->basetype) {
	case LY_TYPE_INT8:
		return "-128..127";
	case LY_TYPE_UINT8:
		return "0..255";
	case LY_TYPE_INT16:
		return "-32768..32767";
	case LY_TYPE_UINT16:
		return "0..65535";
	case LY_TYPE_UINT32:
		return "0..4294967295";
	default:
		return "NUMBER";
	}
}

static void
add_upper(const char *name, struct str *s)
{
	for (; *name; name++)
		str_addc(s, *name == '-' ? '-' :
			 (char)toupper((unsigned char)*name));
}

static void
holder(const struct lysc_node *leaf, struct str *s)
{
	const struct lysc_type *t = schema_type(leaf);
	const struct lysc_range *r = type_range(t);
	const char *known = plugin_holder(t);

	str_addc(s, '<');
	if (ytree_ext(leaf, "duration"))
		str_add(s, "TIME");
	else if (known)
		str_add(s, known);
	else if (is_number(t) && r)
		add_range(t, r, "..", s);
	else if (is_number(t))
		str_add(s, natural_range(t));
	else
		add_upper(leaf->name, s);
	str_addc(s, '>');
}

void
value_syntax(const struct lysc_node *leaf, struct str *s)
{
	struct expect set;
	bool any = false;

	expect_init(&set);
	value_expect(leaf, &set);
	for (unsigned int i = 0; i < set.n; i++) {
		if (any)
			str_add(s, "|");
		str_add(s, set.item[i].text);
		any = true;
	}
	expect_fini(&set);
	if (ytree_ext(leaf, "netmask"))
		str_add(s, "|<ADDRESS NETMASK>");
}

void
value_limits(const struct lysc_node *leaf, struct str *s)
{
	const struct lysc_type *t = schema_type(leaf);
	const struct lysc_range *r = type_range(t);
	const char *u = leaf->nodetype == LYS_LEAF ?
	    ((const struct lysc_node_leaf *)leaf)->units : NULL;
	const char *dflt = schema_default(leaf);
	size_t from = s->len;

	if (r) {
		add_range(t, r, " to ", s);
		if (t->basetype == LY_TYPE_STRING)
			str_add(s, " characters");
	}
	if (u)
		str_addf(s, "%s%s", s->len > from ? " " : "", u);
	if (dflt) {
		str_addf(s, "%sdefault ", s->len > from ? ", " : "");
		value_show(leaf, dflt, s);
	}
}

static void
expect_identities(struct lysc_ident **ids, const struct lysc_node *leaf,
		  struct expect *e)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(ids, i) {
		struct str help = STR_INIT;
		const char *name = ids[i]->name;

		if (ids[i]->dsc)
			one_line(ids[i]->dsc, true, &help);
		if (ids[i]->module != leaf->module)
			name = expect_own(e, str_f("%s:%s",
			    ids[i]->module->name, name));
		expect_add(e, EXPECT_VALUE, name,
			   expect_own(e, str_take(&help)), NULL, 0);
		expect_identities(ids[i]->derived, leaf, e);
	}
}

/* Whether a name is one of those behind the two words of a rule "version 1 a b". */
static bool
rule_names(const char *rule, const char *name)
{
	size_t len;

	for (unsigned int word = 0; *rule; word++) {
		len = strcspn(rule, " ");
		if (word >= 2 && strlen(name) == len && !strncmp(rule, name, len))
			return true;
		rule += len;
		rule += strspn(rule, " ");
	}
	return false;
}

static void
expect_names(const struct lysc_node *leaf,
	     const struct lysc_type_bitenum_item *items, enum expect_kind kind,
	     struct expect *e)
{
	const char *only = ytree_ext(leaf, "offer-only");
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(items, i) {
		struct str help = STR_INIT;

		if (items[i].dsc)
			one_line(items[i].dsc, false, &help);
		expect_add(e, kind, items[i].name,
			   expect_own(e, str_take(&help)), NULL, 0);
		expect_offer(e, ytree_ext_of(items[i].exts, "offer"), only &&
			     !rule_names(only, items[i].name) ? only : NULL);
	}
}

void
value_expect(const struct lysc_node *leaf, struct expect *e)
{
	const struct lysc_type *t = schema_type(leaf);
	struct str text = STR_INIT, help = STR_INIT;
	const struct lysc_type_identityref *id;
	LY_ARRAY_COUNT_TYPE i;

	switch (t->basetype) {
	case LY_TYPE_ENUM:
		expect_names(leaf, ((const struct lysc_type_enum *)t)->enums,
			     EXPECT_WORD, e);
		return;
	case LY_TYPE_BITS:
		expect_names(leaf, ((const struct lysc_type_bits *)t)->bits,
			     EXPECT_VALUE, e);
		return;
	case LY_TYPE_IDENT:
		id = (const struct lysc_type_identityref *)t;
		LY_ARRAY_FOR(id->bases, i)
			expect_identities(id->bases[i]->derived, leaf, e);
		return;
	default:
		break;
	}
	holder(leaf, &text);
	value_limits(leaf, &help);
	if (help.len) {
		char *limits = str_take(&help);

		schema_help(leaf, true, &help);
		str_addf(&help, " (%s)", limits);
		free(limits);
	} else
		schema_help(leaf, true, &help);
	expect_add(e, EXPECT_HOLDER, expect_own(e, str_take(&text)),
		   expect_own(e, str_take(&help)), NULL, 0);
}
