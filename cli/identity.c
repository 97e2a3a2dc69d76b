#include "identity.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "addr.h"

/* RFC 4514 3 and what else is usual in certificates. */
static const char *const attributes[] = {
	"C", "CN", "D", "DC", "DNQ", "E", "emailAddress", "EN", "G", "GN",
	"givenName", "I", "ID", "L", "N", "ND", "O", "OU", "S", "serialNumber",
	"SN", "ST", "street", "surname", "T", "title", "UID", "userid",
};

static bool
is_attribute(const char *s, size_t len)
{
	while (len && *s == ' ') {
		s++;
		len--;
	}
	while (len && s[len - 1] == ' ')
		len--;
	if (len && strspn(s, "0123456789.") >= len)
		return true;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strlen(attributes[i]) == len &&
		    !strncasecmp(attributes[i], s, len))
			return true;
	return false;
}

/* "CN=Alice, O=Example" or "/CN=Alice/O=Example" */
static bool
is_dn(const char *s)
{
	const char *separators = *s == '/' ? "/" : ",";
	const char *eq;
	size_t len;

	if (*s == '/')
		s++;
	for (;;) {
		len = strcspn(s, separators);
		eq = memchr(s, '=', len);
		if (!eq || !is_attribute(s, (size_t)(eq - s)))
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

const char *
identity_kind(const char *v)
{
	static const char *const any[] = { "%any", "%any6", "*", "0.0.0.0",
					   "::", "0::0", "" };
	struct addr a;

	if (strchr(v, '='))
		return is_dn(v) ? "dn" : "key";
	if (strchr(v, '@')) {
		if (v[0] != '@' || v[1] == '@')
			return "email";
		return v[1] == '#' ? "key" : "name";
	}
	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		if (!strcmp(v, any[i]))
			return "any";
	if (addr_parse(&a, v) == 0)
		return "inet";
	return strchr(v, ':') ? "key" : "name";
}
