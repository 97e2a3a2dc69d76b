/*
 * fuzz_url: a URL out of a certificate, and on the next line where a server says that
 * it leads.  What is let pass means the same to libcurl as it does to us: no other
 * host, no other port, nobody's password.
 */
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "fetch/redirect.h"
#include "fetch/url.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok, const char *what, const char *text)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

/* The part is there and that; "": it is not there. */
static bool
is(CURLU *c, CURLUPart part, unsigned int flags, const char *want)
{
	char *got = NULL;
	bool ok;

	if (curl_url_get(c, part, &got, flags) != CURLUE_OK)
		return *want == '\0';
	ok = strcasecmp(got, want) == 0;
	curl_free(got);
	return ok;
}

/* Addresses have more than one notation, names may end in a dot. */
static bool
is_host(CURLU *c, const char *want)
{
	char *got = NULL, *s;
	struct addr a, b;
	size_t n;
	bool ok;

	if (curl_url_get(c, CURLUPART_HOST, &got, 0) != CURLUE_OK)
		return false;
	s = got;
	n = strlen(s);
	if (n > 1 && (s[n - 1] == '.' || s[n - 1] == ']'))
		s[--n] = '\0';
	if (*s == '[')
		s++;
	ok = addr_parse(&a, want) == 0 ?
	    addr_parse(&b, s) == 0 && addr_equal(&a, &b) :
	    strcasecmp(s, want) == 0;
	curl_free(got);
	return ok;
}

/* libcurl may refuse more than we do; what it takes it must take as we do. */
static void
compare(const struct url *u, const char *text)
{
	CURLU *c = curl_url();
	char port[8];

	snprintf(port, sizeof(port), "%u", u->port);
	if (c != NULL && curl_url_set(c, CURLUPART_URL, text, 0) == CURLUE_OK) {
		must(is(c, CURLUPART_SCHEME, 0, u->scheme == URL_HTTP ?
			"http" : "https"), "another scheme", text);
		must(is_host(c, u->host), "another host", text);
		must(is(c, CURLUPART_PORT, CURLU_DEFAULT_PORT, port),
		     "another port", text);
		must(is(c, CURLUPART_USER, 0, "") &&
		     is(c, CURLUPART_PASSWORD, 0, "") &&
		     is(c, CURLUPART_OPTIONS, 0, "") &&
		     is(c, CURLUPART_ZONEID, 0, ""), "more than a host", text);
	}
	curl_url_cleanup(c);
}

static bool
judge(struct url *u, const char *text)
{
	struct err e = ERR_INIT;
	const char *s;

	if (url_parse(u, text, &e) < 0) {
		must(strncmp(e.text, "is refused: ", 12) == 0, "no reason", text);
		for (s = e.text; *s != '\0'; s++)
			must(*s >= ' ' && *s <= '~', "a reason with such octets",
			     e.text);
		return false;
	}
	if (u->scheme == URL_FILE)
		must(u->path[0] == '/' && u->port == 0, "no file", text);
	else
		compare(u, text);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *line;
	struct redirect r = { .code = 307 };
	struct err e = ERR_INIT;
	struct url u;

	if (text == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	line = strchr(text, '\n');
	if (line != NULL)
		*line++ = '\0';
	if (judge(&u, text) && u.scheme != URL_FILE && line != NULL &&
	    strlen(line) <= FETCH_URL_MAX) {
		r.from = &u;
		r.text = text;
		r.location = line;
		if (redirect_follow(&r, &e) == 0) {
			must(r.to.scheme >= u.scheme && r.to.scheme != URL_FILE,
			     "a way back", r.to_text);
			must(judge(&r.to, r.to_text), "not judged", r.to_text);
		}
	}
	free(text);
	return 0;
}
