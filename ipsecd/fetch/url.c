#include "url.h"

#include <string.h>

#include "addr.h"

_Static_assert(URL_HOST_MAX >= ADDR_STRLEN, "an address fits");

static const struct {
	const char	*name;
	uint16_t	 port;
} schemes[] = {
	[URL_HTTP] = { "http", 80 }, [URL_HTTPS] = { "https", 443 },
	[URL_FILE] = { "file", 0 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
hex(char c)
{
	c = lower(c);
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 2: nothing else is in a URL, and '%' means two digits. */
static int
check_characters(const char *s, struct err *e)
{
	for (; *s != '\0'; s++) {
		if (*s == '%' && (hex(s[1]) < 0 || hex(s[2]) < 0))
			return err_set(e, ERR_INVALID, "is refused: two "
				       "hexadecimal digits follow each '%%'");
		if (!is_letter(*s) && !is_digit(*s) &&
		    strchr("%-._~:/?#[]@!$&'()*+,;=", *s) == NULL)
			return err_set(e, ERR_INVALID, "is refused: a URL has no "
				       "character 0x%02x", (unsigned char)*s);
	}
	return 0;
}

static bool
has_scheme(const char *text, const char *name, const char **rest)
{
	for (; *name != '\0'; name++, text++)
		if (lower(*text) != *name)
			return false;
	if (strncmp(text, "://", 3) != 0)
		return false;
	*rest = text + 3;
	return true;
}

static size_t
label_length(const char *s)
{
	size_t n = 0;

	while (is_letter(s[n]) || is_digit(s[n]) || s[n] == '-' || s[n] == '_')
		n++;
	return n;
}

/* A last label that is a number makes it an address in one of the old notations
 * (RFC 3986 7.4). */
static bool
is_number(const char *label, size_t len)
{
	return strspn(label, "0123456789") >= len ||
	    (label[0] == '0' && label[1] == 'x');
}

static bool
is_name(const char *s)
{
	size_t n;

	for (;;) {
		n = label_length(s);
		if (n == 0 || n > 63 || *s == '-')
			return false;
		if (s[n] == '\0' || (s[n] == '.' && s[n + 1] == '\0'))
			return !is_number(s, n);
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

static int
set_host(struct url *u, const char *text, size_t len, struct err *e)
{
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
	struct addr a;
	size_t i;

	if (brackets) {
		text++;
		len -= 2;
	}
	if (len == 0)
		return err_set(e, ERR_INVALID, "is refused: it names no host");
	if (len > URL_HOST_MAX)
		return err_set(e, ERR_INVALID, "is refused: its host name is "
			       "longer than %d characters", URL_HOST_MAX);
	for (i = 0; i < len; i++)
		u->host[i] = lower(text[i]);
	u->host[len] = '\0';
	/* One host has one name, for whom it is another's turn. */
	if (addr_parse(&a, u->host) == 0 && (addr_len(&a) == 16) == brackets) {
		addr_str(&a, u->host);
		return 0;
	}
	if (!brackets && is_name(u->host)) {
		if (u->host[len - 1] == '.')
			u->host[len - 1] = '\0';
		return 0;
	}
	return err_set(e, ERR_INVALID, "is refused: '%s' is neither the name of "
		       "a host nor an address", u->host);
}

static int
set_port(struct url *u, const char *text, size_t len, struct err *e)
{
	unsigned int port = 0;
	size_t i;

	for (i = 0; i < len && i < 6 && is_digit(text[i]); i++)
		port = port * 10 + (unsigned int)(text[i] - '0');
	if (len == 0 || i < len || port == 0 || port > UINT16_MAX)
		return err_set(e, ERR_INVALID, "is refused: its port is no number "
			       "from 1 to 65535");
	u->port = (uint16_t)port;
	return 0;
}

static int
set_authority(struct url *u, const char *text, size_t len, struct err *e)
{
	const char *end = text + len, *colon;

	if (memchr(text, '@', len) != NULL)
		return err_set(e, ERR_INVALID, "is refused: it has a user's name "
			       "or a password in it");
	colon = memchr(text, ']', len);
	colon = memchr(colon != NULL ? colon : text, ':',
		       (size_t)(end - (colon != NULL ? colon : text)));
	if (colon != NULL && set_port(u, colon + 1, (size_t)(end - colon - 1), e) < 0)
		return -1;
	return set_host(u, text, (size_t)((colon != NULL ? colon : end) - text), e);
}

static int
set_path(struct url *u, const char *s, struct err *e)
{
	char *out = u->path;

	if (*s != '/')
		return err_set(e, ERR_INVALID, "is refused: a file on this system "
			       "is file:///FOLDER/NAME");
	for (; *s != '\0' && *s != '?' && *s != '#'; s++) {
		*out = *s;
		if (*s == '%') {
			*out = (char)(hex(s[1]) << 4 | hex(s[2]));
			s += 2;
		}
		if (*out++ == '\0')
			return err_set(e, ERR_INVALID, "is refused: the name of a "
				       "file has no character 0x00");
	}
	*out = '\0';
	return *s == '\0' ? 0 : err_set(e, ERR_INVALID, "is refused: a '?' or '#' "
	    "in the name of a file is written %%3F or %%23");
}

int
url_parse(struct url *u, const char *text, struct err *e)
{
	const char *rest = NULL;
	size_t i;

	memset(u, 0, sizeof(*u));
	if (strlen(text) > FETCH_URL_MAX)
		return err_set(e, ERR_INVALID, "is refused: it is longer than %d "
			       "characters", FETCH_URL_MAX);
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && rest == NULL; i++)
		if (has_scheme(text, schemes[i].name, &rest)) {
			u->scheme = (enum url_scheme)i;
			u->port = schemes[i].port;
		}
	if (rest == NULL)
		return err_set(e, ERR_INVALID, "is refused: only http://, https:// "
			       "and file:// are fetched");
	if (check_characters(rest, e) < 0)
		return -1;
	if (u->scheme == URL_FILE) {
		if (strncmp(rest, "localhost/", 10) == 0)
			rest += 9;
		return set_path(u, rest, e);
	}
	return set_authority(u, rest, strcspn(rest, "/?#"), e);
}

void
url_show(char out[FETCH_URL_MAX + 1], const char *text)
{
	size_t i;

	for (i = 0; i < FETCH_URL_MAX && text[i] != '\0'; i++)
		out[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
}
