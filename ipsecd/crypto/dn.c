#include "dn.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/objects.h>
#include <openssl/x509.h>

#include "utf8.h"

/* A Name of more attributes than this is an attack, not an identity. */
#define ATTRIBUTES_MAX	64

static X509_NAME *
parse(const void *der, size_t len)
{
	const unsigned char *p = der;
	X509_NAME *name;
	int n;

	if (der == NULL || len == 0 || len > DN_DER_MAX)
		return NULL;
	name = d2i_X509_NAME(NULL, &p, (long)len);
	if (name == NULL)
		return NULL;
	n = X509_NAME_entry_count(name);
	if (p != (const unsigned char *)der + len || n < 1 || n > ATTRIBUTES_MAX) {
		X509_NAME_free(name);
		return NULL;
	}
	return name;
}

bool
dn_valid(const void *der, size_t len)
{
	X509_NAME *name = parse(der, len);

	X509_NAME_free(name);
	return name != NULL;
}

/* --- from text --- */

/* What people write besides OpenSSL's own names. */
static const struct {
	const char	*text;
	int		 nid;
} keys[] = {
	{ "C",			NID_countryName },
	{ "CN",			NID_commonName },
	{ "D",			NID_description },
	{ "DC",			NID_domainComponent },
	{ "E",			NID_pkcs9_emailAddress },
	{ "EMAIL",		NID_pkcs9_emailAddress },
	{ "EMAILADDRESS",	NID_pkcs9_emailAddress },
	{ "G",			NID_givenName },
	{ "GN",			NID_givenName },
	{ "GIVENNAME",		NID_givenName },
	{ "I",			NID_initials },
	{ "L",			NID_localityName },
	{ "N",			NID_name },
	{ "O",			NID_organizationName },
	{ "OU",			NID_organizationalUnitName },
	{ "S",			NID_surname },
	{ "SN",			NID_serialNumber },
	{ "SERIALNUMBER",	NID_serialNumber },
	{ "ST",			NID_stateOrProvinceName },
	{ "STREET",		NID_streetAddress },
	{ "SURNAME",		NID_surname },
	{ "T",			NID_title },
	{ "TITLE",		NID_title },
	{ "UID",		NID_userId },
	{ "UNSTRUCTUREDNAME",	NID_pkcs9_unstructuredName },
};

static ASN1_OBJECT *
find_key(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcasecmp(text, keys[i].text) == 0)
			return OBJ_nid2obj(keys[i].nid);
	return OBJ_txt2obj(text, 0);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return -1;
}

/* One escape, after the backslash at **p. */
static int
unescape(const char **p, struct err *e)
{
	int hi, lo;

	if (**p == '\0')
		return err_set(e, ERR_INVALID, "the name ends in a '\\'");
	hi = hex_digit((*p)[0]);
	lo = hi >= 0 ? hex_digit((*p)[1]) : -1;
	if (lo >= 0) {
		*p += 2;
		return hi << 4 | lo;
	}
	return (unsigned char)*(*p)++;
}

/* A value up to a separator that is not escaped; blanks around it fall away. */
static int
take_value(const char **p, const char *seps, uint8_t *out, size_t size,
	   struct err *e)
{
	size_t len = 0, keep = 0;
	bool quoted = false;
	int c;

	while (**p == ' ')
		(*p)++;
	if (**p == '"') {
		quoted = true;
		(*p)++;
	}
	while (**p != '\0' && (quoted ? **p != '"' : strchr(seps, **p) == NULL)) {
		bool blank = **p == ' ' && !quoted;

		c = (unsigned char)*(*p)++;
		if (c == '\\' && (c = unescape(p, e)) < 0)
			return -1;
		if (len == size)
			return err_set(e, ERR_INVALID,
			    "a value of the name is longer than %zu characters", size);
		out[len++] = (uint8_t)c;
		if (!blank)
			keep = len;
	}
	if (quoted && *(*p)++ != '"') {
		(*p)--;
		return err_set(e, ERR_INVALID, "a '\"' of the name is not closed");
	}
	while (quoted && **p == ' ')
		(*p)++;
	return (int)keep;
}

/* As few letters as the type of the attribute and the value allow, like the
 * tools that make certificates. */
static int
string_type(const ASN1_OBJECT *key, const uint8_t *value, int len)
{
	int nid = OBJ_obj2nid(key), i;

	if (nid == NID_pkcs9_emailAddress || nid == NID_domainComponent)
		return V_ASN1_IA5STRING;
	for (i = 0; i < len; i++)
		if (!isalnum(value[i]) && (value[i] == 0 || value[i] >= 0x80 ||
		    strchr(" '()+,-./:=?", value[i]) == NULL))
			return V_ASN1_UTF8STRING;
	return V_ASN1_PRINTABLESTRING;
}

/* One "KEY=VALUE"; joined: in the RDN of the one before. */
static int
take_attribute(X509_NAME *name, const char **p, const char *seps, bool joined,
	       struct err *e)
{
	const char *eq = strchr(*p, '=');
	uint8_t value[256];
	char text[64];
	ASN1_OBJECT *key;
	size_t n;
	int len, ok;

	while (**p == ' ')
		(*p)++;
	n = eq != NULL ? (size_t)(eq - *p) : 0;
	while (n > 0 && (*p)[n - 1] == ' ')
		n--;
	if (n == 0 || n >= sizeof(text))
		return err_set(e, ERR_INVALID, "'%.40s' is not ATTRIBUTE=VALUE", *p);
	memcpy(text, *p, n);
	text[n] = '\0';
	*p = eq + 1;
	key = find_key(text);
	if (key == NULL)
		return err_set(e, ERR_INVALID,
		    "'%.40s' is no attribute of a distinguished name", text);
	len = take_value(p, seps, value, sizeof(value), e);
	if (len <= 0) {
		ASN1_OBJECT_free(key);
		return len < 0 ? -1 : err_set(e, ERR_INVALID,
		    "attribute %.40s of the name is empty", text);
	}
	ok = X509_NAME_add_entry_by_OBJ(name, key, string_type(key, value, len),
	    value, len, -1, joined ? -1 : 0);
	ASN1_OBJECT_free(key);
	return ok ? 0 : err_set(e, ERR_RESOURCE, "no memory for a name");
}

static int
take_name(X509_NAME *name, const char *p, struct err *e)
{
	bool slashes = *p == '/', joined = false;
	const char *seps = slashes ? "/+" : ",;+";

	if (slashes)
		p++;
	for (;;) {
		if (X509_NAME_entry_count(name) == ATTRIBUTES_MAX)
			return err_set(e, ERR_INVALID,
			    "more than %d attributes", ATTRIBUTES_MAX);
		if (take_attribute(name, &p, seps, joined, e) < 0)
			return -1;
		if (*p == '\0')
			return 0;
		if (strchr(seps, *p) == NULL)
			return err_set(e, ERR_INVALID,
			    "'%.20s' follows a closed '\"'", p);
		joined = *p++ == '+';
	}
}

int
dn_from_text(const char *text, uint8_t der[DN_DER_MAX], size_t *len, struct err *e)
{
	X509_NAME *name = X509_NAME_new();
	unsigned char *p = der;
	int n, ret = -1;

	if (name == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a name");
	if (take_name(name, text, e) < 0)
		goto out;
	n = i2d_X509_NAME(name, NULL);
	if (n <= 0) {
		err_set(e, ERR_INVALID, "the name is no UTF-8 text");
		goto out;
	}
	if (n > DN_DER_MAX) {
		err_set(e, ERR_INVALID, "the name is longer than %d octets", DN_DER_MAX);
		goto out;
	}
	*len = (size_t)i2d_X509_NAME(name, &p);
	ret = 0;
out:
	X509_NAME_free(name);
	return ret;
}

/* --- to text --- */

struct text {
	char	*buf;
	size_t	 size;
	size_t	 len;
	bool	 cut;
};

static void
put(struct text *t, const char *s, size_t n)
{
	if (t->cut || n >= t->size - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

static void
put_value(struct text *t, const uint8_t *v, int len)
{
	char esc[4];
	size_t n;
	int i;

	for (i = 0; i < len; i += (int)n) {
		n = utf8_shown(v + i, (size_t)(len - i));
		if (n == 0) {
			snprintf(esc, sizeof(esc), "\\%02X", v[i]);
			put(t, esc, 3);
			n = 1;
			continue;
		}
		if (strchr(",+\"\\;/", v[i]) != NULL ||
		    (v[i] == ' ' && (i == 0 || i == len - 1)))
			put(t, "\\", 1);
		put(t, (const char *)v + i, n);
	}
}

static void
put_entry(struct text *t, const X509_NAME_ENTRY *entry)
{
	const ASN1_OBJECT *key = X509_NAME_ENTRY_get_object(entry);
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	int nid = OBJ_obj2nid(key), n;
	unsigned char *utf8;
	char text[80];

	if (nid == NID_pkcs9_emailAddress)
		snprintf(text, sizeof(text), "E");
	else if (nid == NID_surname)	/* OpenSSL's SN reads as a number */
		snprintf(text, sizeof(text), "S");
	else if (nid != NID_undef)
		snprintf(text, sizeof(text), "%s", OBJ_nid2sn(nid));
	else
		OBJ_obj2txt(text, sizeof(text), key, 1);
	put(t, text, strlen(text));
	put(t, "=", 1);
	n = ASN1_STRING_to_UTF8(&utf8, value);
	if (n >= 0) {
		put_value(t, utf8, n);
		OPENSSL_free(utf8);
	} else {
		put_value(t, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
	}
}

bool
dn_to_text(const void *der, size_t len, char *buf, size_t size)
{
	struct text t = { buf, size, 0, false };
	X509_NAME *name = parse(der, len);
	int i, set = -1;
	size_t at;

	buf[0] = '\0';
	if (name == NULL)
		return false;
	for (i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

		if (i > 0)
			put(&t, X509_NAME_ENTRY_set(entry) == set ? "+" : ", ",
			    X509_NAME_ENTRY_set(entry) == set ? 1 : 2);
		set = X509_NAME_ENTRY_set(entry);
		put_entry(&t, entry);
	}
	if (t.cut && size > 4) {
		at = t.len > size - 4 ? size - 4 : t.len;
		while (at > 0 && at < t.len && (buf[at] & 0xc0) == 0x80)
			at--;
		memcpy(buf + at, "...", 4);
	}
	X509_NAME_free(name);
	return true;
}

/* --- comparing --- */

bool
dn_equal(const void *a, size_t alen, const void *b, size_t blen)
{
	X509_NAME *x, *y;
	bool equal;

	if (alen == blen && memcmp(a, b, alen) == 0)
		return true;
	x = parse(a, alen);
	y = parse(b, blen);
	equal = x != NULL && y != NULL && X509_NAME_cmp(x, y) == 0;
	X509_NAME_free(x);
	X509_NAME_free(y);
	return equal;
}

uint32_t
dn_hash(const void *der, size_t len)
{
	X509_NAME *name = parse(der, len);
	unsigned long h = 0;
	int ok = 0;

	if (name != NULL)
		h = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	X509_NAME_free(name);
	return ok ? (uint32_t)h : 0;
}

static bool
is_star(const X509_NAME_ENTRY *entry)
{
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(entry);

	return ASN1_STRING_length(s) == 1 && ASN1_STRING_get0_data(s)[0] == '*';
}

/* Two entries as names of one attribute, so that OpenSSL's rules of equality
 * apply. */
static bool
entry_equal(const X509_NAME_ENTRY *a, const X509_NAME_ENTRY *b)
{
	X509_NAME *x = X509_NAME_new(), *y = X509_NAME_new();
	bool equal;

	equal = x != NULL && y != NULL &&
	    X509_NAME_add_entry(x, a, -1, 0) && X509_NAME_add_entry(y, b, -1, 0) &&
	    X509_NAME_cmp(x, y) == 0;
	X509_NAME_free(x);
	X509_NAME_free(y);
	return equal;
}

static bool
same_attribute(const X509_NAME_ENTRY *a, const X509_NAME_ENTRY *b)
{
	return OBJ_cmp(X509_NAME_ENTRY_get_object(a),
	    X509_NAME_ENTRY_get_object(b)) == 0;
}

/* How many attributes the RDN has that begins there. */
static int
rdn_len(const X509_NAME *name, int from)
{
	int n = X509_NAME_entry_count(name), i = from, set;

	set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, from));
	while (i < n && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i)) == set)
		i++;
	return i - from;
}

/* An RDN is a set, in DER sorted by what a star stands for: those without a star
 * take their partners first. */
static bool
rdn_match(const X509_NAME *pattern, const X509_NAME *name, int from, int n)
{
	const X509_NAME_ENTRY *a, *b;
	uint64_t taken = 0;		/* ATTRIBUTES_MAX */
	int star, i, k;

	for (star = 0; star < 2; star++)
		for (i = from; i < from + n; i++) {
			a = X509_NAME_get_entry(pattern, i);
			if (is_star(a) != (star != 0))
				continue;
			for (k = from; k < from + n; k++) {
				b = X509_NAME_get_entry(name, k);
				if ((taken >> k & 1) == 0 &&
				    same_attribute(a, b) &&
				    (star != 0 || entry_equal(a, b)))
					break;
			}
			if (k == from + n)
				return false;
			taken |= UINT64_C(1) << k;
		}
	return true;
}

static bool
entries_match(const X509_NAME *pattern, const X509_NAME *name)
{
	int i, len, n = X509_NAME_entry_count(pattern);

	if (n != X509_NAME_entry_count(name))
		return false;
	for (i = 0; i < n; i += len) {
		len = rdn_len(pattern, i);
		if (rdn_len(name, i) != len ||
		    !rdn_match(pattern, name, i, len))
			return false;
	}
	return true;
}

bool
dn_match(const void *pattern, size_t plen, const void *der, size_t len)
{
	X509_NAME *x = parse(pattern, plen), *y = parse(der, len);
	bool match = x != NULL && y != NULL && entries_match(x, y);

	X509_NAME_free(x);
	X509_NAME_free(y);
	return match;
}

bool
dn_has_wildcard(const void *der, size_t len)
{
	X509_NAME *name = parse(der, len);
	bool found = false;
	int i;

	for (i = 0; name != NULL && i < X509_NAME_entry_count(name); i++)
		found = found || is_star(X509_NAME_get_entry(name, i));
	X509_NAME_free(name);
	return found;
}
