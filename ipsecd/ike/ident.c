#include "ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/dn.h"
#include "utf8.h"

struct ident *
ident_new(uint8_t type, const void *value, size_t len)
{
	struct ident *id;

	if (len > IDENT_VALUE_MAX)
		return NULL;
	id = malloc(sizeof(*id) + len);
	if (id == NULL)
		return NULL;
	id->type = type;
	id->len = (uint16_t)len;
	if (len > 0)
		memcpy(id->value, value, len);
	return id;
}

struct ident *
ident_any(void)
{
	return ident_new(ID_ANY, NULL, 0);
}

struct ident *
ident_from_addr(const struct addr *a)
{
	return ident_new(a->family == AF_INET ? ID_IPV4_ADDR : ID_IPV6_ADDR, a->b,
	    addr_len(a));
}

struct ident *
ident_dup(const struct ident *id)
{
	return ident_new(id->type, id->value, id->len);
}

void
ident_free(struct ident *id)
{
	free(id);
}

/* --- from the configuration --- */

static int
keep(struct ident **out, uint8_t type, const void *value, size_t len, struct err *e)
{
	if (len == 0)
		return err_set(e, ERR_INVALID, "an identity cannot be empty");
	if (len > IDENT_VALUE_MAX)
		return err_set(e, ERR_INVALID, "an identity has at most %d octets",
		    IDENT_VALUE_MAX);
	*out = ident_new(type, value, len);
	return *out != NULL ? 0 : err_set(e, ERR_RESOURCE, "no memory for an identity");
}

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef", *p;

	p = c != '\0' ? strchr(digits, c | 0x20) : NULL;
	return p != NULL ? (int)(p - digits) : -1;
}

/* -1 if it is not an even, positive number of digits. */
static int
from_hex(const char *text, uint8_t *out, size_t size, size_t *len)
{
	int hi, lo;

	for (*len = 0; text[0] != '\0'; text += 2) {
		hi = hex_value(text[0]);
		lo = hi >= 0 ? hex_value(text[1]) : -1;
		if (lo < 0 || *len == size)
			return -1;
		out[(*len)++] = (uint8_t)(hi << 4 | lo);
	}
	return *len > 0 ? 0 : -1;
}

static int
parse_inet(struct ident **out, const char *value, struct err *e)
{
	struct addr a;

	if (addr_parse(&a, value) < 0)
		return err_set(e, ERR_INVALID, "'%.64s' is no IP address, as "
		    "192.168.1.10", value);
	return keep(out, a.family == AF_INET ? ID_IPV4_ADDR : ID_IPV6_ADDR, a.b,
	    addr_len(&a), e);
}

static int
parse_dn(struct ident **out, const char *value, struct err *e)
{
	uint8_t der[DN_DER_MAX];
	size_t len;

	if (strncmp(value, "0x", 2) != 0 ||
	    from_hex(value + 2, der, sizeof(der), &len) < 0)
		return err_set(e, ERR_INVALID, "a 'dn' identity is ASN.1 DER in "
		    "hexadecimal, as 0x3049310b...; write a readable one, as "
		    "CN=Alice, O=Example, without the word dn");
	if (!dn_valid(der, len))
		return err_set(e, ERR_INVALID, "these hexadecimal digits are not the "
		    "ASN.1 DER of a distinguished name");
	return keep(out, ID_DER_ASN1_DN, der, len, e);
}

static bool
means_any(const char *value)
{
	static const char *const words[] = { "%any", "%any6", "*", "0.0.0.0", "::",
	    "0::0", "" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

/* S1-110, without an '@' in it. */
static int
deduce_plain(struct ident **out, const char *value, struct err *e)
{
	struct addr a;

	if (means_any(value)) {
		*out = ident_any();
		return *out != NULL ? 0 :
		    err_set(e, ERR_RESOURCE, "no memory for an identity");
	}
	if (addr_parse(&a, value) == 0)
		return parse_inet(out, value, e);
	return keep(out, strchr(value, ':') != NULL ? ID_KEY_ID : ID_FQDN, value,
	    strlen(value), e);
}

/* S1-110: "@#" a key identifier in hexadecimal, "@@" a mail address, "@" a
 * name, else it is within a mail address. */
static int
deduce_at(struct ident **out, const char *value, struct err *e)
{
	uint8_t key[IDENT_VALUE_MAX];
	size_t len;

	if (value[0] != '@')
		return keep(out, ID_RFC822_ADDR, value, strlen(value), e);
	if (value[1] == '@')
		return keep(out, ID_RFC822_ADDR, value + 2, strlen(value + 2), e);
	if (value[1] != '#')
		return keep(out, ID_FQDN, value + 1, strlen(value + 1), e);
	if (from_hex(value + 2, key, sizeof(key), &len) < 0)
		return err_set(e, ERR_INVALID,
		    "after '@#' stand hexadecimal digits, two for each octet");
	return keep(out, ID_KEY_ID, key, len, e);
}

static int
deduce(struct ident **out, const char *value, struct err *e)
{
	uint8_t der[DN_DER_MAX];
	size_t len;

	if (strchr(value, '=') != NULL) {
		if (dn_from_text(value, der, &len, NULL) == 0)
			return keep(out, ID_DER_ASN1_DN, der, len, e);
		return keep(out, ID_KEY_ID, value, strlen(value), e);
	}
	if (strchr(value, '@') != NULL)
		return deduce_at(out, value, e);
	return deduce_plain(out, value, e);
}

int
ident_parse(struct ident **out, const char *type, const char *value, struct err *e)
{
	*out = NULL;
	if (type == NULL || strcmp(type, "autodetect") == 0)
		return deduce(out, value, e);
	if (strcmp(type, "inet") == 0)
		return parse_inet(out, value, e);
	if (strcmp(type, "dn") == 0)
		return parse_dn(out, value, e);
	if (strcmp(type, "name") == 0)
		return keep(out, ID_FQDN, value, strlen(value), e);
	if (strcmp(type, "email") == 0)
		return keep(out, ID_RFC822_ADDR, value, strlen(value), e);
	if (strcmp(type, "key") == 0)
		return keep(out, ID_KEY_ID, value, strlen(value), e);
	return err_set(e, ERR_INVALID, "'%.32s' is no type of identity", type);
}

/* --- from a peer --- */

static bool
is_text(const struct bytes *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if (b->p[i] < 0x20 || b->p[i] == 0x7f)
			return false;
	return b->len > 0;
}

/* RFC 7296 3.5. */
static const char *
reject_value(uint8_t type, const struct bytes *b)
{
	switch (type) {
	case ID_IPV4_ADDR:
		return b->len == 4 ? NULL : "has not 4 octets";
	case ID_IPV6_ADDR:
		return b->len == 16 ? NULL : "has not 16 octets";
	case ID_FQDN:
	case ID_RFC822_ADDR:
		return is_text(b) ? NULL : "is empty or has control characters";
	case ID_DER_ASN1_DN:
		return dn_valid(b->p, b->len) ? NULL : "is no distinguished name";
	case ID_DER_ASN1_GN:
	case ID_KEY_ID:
		return b->len > 0 ? NULL : "is empty";
	default:
		return "has a type that is not accepted here";
	}
}

int
ident_from_payload(struct ident **out, const struct payload *p, struct err *e)
{
	const char *why;
	char name[16];

	*out = NULL;
	if (p->id.data.len > IDENT_VALUE_MAX)
		why = "is too long";
	else
		why = reject_value(p->id.type, &p->id.data);
	if (why != NULL)
		return err_set(e, ERR_INVALID, "the peer's identity (%s) %s",
		    name_str(ike_id_type_names, p->id.type, name), why);
	return keep(out, p->id.type, p->id.data.p, p->id.data.len, e);
}

/* --- comparing --- */

static bool
regardless_of_case(uint8_t type)
{
	return type == ID_FQDN || type == ID_RFC822_ADDR;
}

bool
ident_equal(const struct ident *a, const struct ident *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == ID_DER_ASN1_DN)
		return dn_equal(a->value, a->len, b->value, b->len);
	if (a->len != b->len)
		return false;
	if (regardless_of_case(a->type))
		return strncasecmp((const char *)a->value, (const char *)b->value,
		    a->len) == 0;
	return memcmp(a->value, b->value, a->len) == 0;
}

uint32_t
ident_hash(const struct ident *id, uint32_t seed)
{
	uint32_t h = (seed ^ 2166136261u ^ id->type) * 16777619u;
	size_t i;

	if (id->type == ID_DER_ASN1_DN)
		return (h ^ dn_hash(id->value, id->len)) * 16777619u;
	for (i = 0; i < id->len; i++) {
		uint8_t c = id->value[i];

		if (regardless_of_case(id->type) && c >= 'A' && c <= 'Z')
			c |= 0x20;
		h = (h ^ c) * 16777619u;
	}
	return h;
}

static bool
has_star(const struct ident *id)
{
	return regardless_of_case(id->type) && id->len > 0 && id->value[0] == '*';
}

bool
ident_has_wildcard(const struct ident *id)
{
	return id->type == ID_ANY || has_star(id) ||
	    (id->type == ID_DER_ASN1_DN && dn_has_wildcard(id->value, id->len));
}

/* What follows the star is the end of the name; the star is not nothing. */
static bool
match_star(const struct ident *pattern, const struct ident *id)
{
	size_t tail = pattern->len - 1u;

	return id->len > tail && strncasecmp((const char *)pattern->value + 1,
	    (const char *)id->value + (id->len - tail), tail) == 0;
}

enum ident_fit
ident_match(const struct ident *pattern, const struct ident *id)
{
	if (pattern->type == ID_ANY)
		return IDENT_ANY;
	if (ident_equal(pattern, id))
		return IDENT_EXACT;
	if (pattern->type != id->type)
		return IDENT_NO;
	if (has_star(pattern) && match_star(pattern, id))
		return IDENT_WILDCARD;
	if (pattern->type == ID_DER_ASN1_DN && dn_match(pattern->value,
	    pattern->len, id->value, id->len))
		return IDENT_WILDCARD;
	return IDENT_NO;
}

/* --- for people --- */

static bool
prints(const struct ident *id)
{
	size_t i, n;

	for (i = 0; i < id->len; i += n) {
		n = utf8_shown(id->value + i, id->len - i);
		if (n == 0)
			return false;
	}
	return id->len > 0;
}

static const char *
hex_str(const struct ident *id, char *buf)
{
	size_t i;

	snprintf(buf, IDENT_STRLEN, "0x");
	for (i = 0; i < id->len; i++)
		snprintf(buf + 2 + 2 * i, IDENT_STRLEN - 2 - 2 * i, "%02x",
		    id->value[i]);
	return buf;
}

const char *
ident_str(const struct ident *id, char buf[IDENT_STRLEN])
{
	struct addr a;

	switch (id->type) {
	case ID_ANY:
		snprintf(buf, IDENT_STRLEN, "%%any");
		return buf;
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
		if (addr_from_bytes(&a, id->value, id->len) == 0)
			return addr_str(&a, buf);
		break;
	case ID_DER_ASN1_DN:
		if (dn_to_text(id->value, id->len, buf, IDENT_STRLEN))
			return buf;
		break;
	case ID_FQDN:
	case ID_RFC822_ADDR:
	case ID_KEY_ID:
		if (!prints(id))
			break;
		snprintf(buf, IDENT_STRLEN, "%.*s", id->len, (const char *)id->value);
		return buf;
	}
	return hex_str(id, buf);
}

const char *
ident_type_str(const struct ident *id)
{
	switch (id->type) {
	case ID_ANY:
		return "any";
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
		return "inet";
	case ID_FQDN:
		return "name";
	case ID_RFC822_ADDR:
		return "email";
	case ID_DER_ASN1_DN:
		return "dn";
	default:
		return "key";
	}
}
