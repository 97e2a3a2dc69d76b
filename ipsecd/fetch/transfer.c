#include "config.h"

#include "transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sealed.h"
#include "web.h"
#include "why.h"

/* Header lines of all answers of an exchange together. */
#define HEAD_MAX	(64u << 10)

static long
status(const struct transfer *t)
{
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

/* The value of the header of that name in a line that has no end; "" if it is
 * another header, or does not fit. */
static bool
header(const char *line, size_t len, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	while (len > n && strchr("\r\n \t", line[len - 1]) != NULL)
		len--;
	if (len - n >= size || memchr(line + n, '\0', len - n) != NULL)
		len = n;
	memcpy(out, line + n, len - n);
	out[len - n] = '\0';
	return true;
}

/* What has to be unpacked could become anything. */
static bool
refuse_coding(struct transfer *t, const char *line, size_t len)
{
	char value[64];

	if (header(line, len, "Content-Encoding", value, sizeof(value)) ?
	    strcasecmp(value, "identity") == 0 :
	    !header(line, len, "Transfer-Encoding", value, sizeof(value)) ||
	    strcasecmp(value, "chunked") == 0)
		return false;
	why_coded(t->why, value);
	return true;
}

/* The end of the head: only what is asked for is read on. */
static bool
end_of_head(struct transfer *t)
{
	long code = status(t);

	if (code < 200) {			/* an interim answer */
		t->location[0] = '\0';
		return true;
	}
	t->has_head = true;
	return code == 200;
}

static size_t
on_header(char *line, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;

	(void)one;
	t->head_len += len;
	if (t->head_len > HEAD_MAX) {
		snprintf(t->why, sizeof(t->why), "is refused: the head of the "
			 "answer is longer than %u kB", HEAD_MAX >> 10);
		return 0;
	}
	if (t->has_head)			/* behind a body in chunks */
		return len;
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		snprintf(t->status_line, sizeof(t->status_line), "%.*s",
			 (int)len, line);
	header(line, len, "Location", t->location, sizeof(t->location));
	if (refuse_coding(t, line, len))
		return 0;
	if (strspn(line, "\r\n") == len && !end_of_head(t))
		return 0;
	return len;
}

static size_t
on_body(char *octets, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;

	(void)one;
	if (t->fd < 0)
		t->fd = sealed_new();
	if (len > t->most - t->len)
		why_too_long(t->why, t->most);
	else if (t->fd < 0 || !sealed_add(t->fd, octets, len))
		snprintf(t->why, sizeof(t->why), "cannot be fetched: no room for "
			 "it here: %s", strerror(errno));
	if (t->why[0] != '\0')
		return 0;
	t->len += len;
	return len;
}

/* Every default that matters is said here. */
static bool
set_options(struct transfer *t)
{
	CURL *c = t->curl;
	CURLcode rc = CURLE_OK;

#define SET(option, value) \
	do { if (rc == CURLE_OK) rc = curl_easy_setopt(c, option, value); } while (0)
	SET(CURLOPT_URL, t->text);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* A name server that is silent is not waited for in curl_multi_*(). */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->most);
	SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SET(CURLOPT_HTTPHEADER, t->headers);
	SET(CURLOPT_ERRORBUFFER, t->error);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, (void *)t);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, (void *)t);
	SET(CURLOPT_PRIVATE, (void *)t);
	if (t->kind == FETCH_POST) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, (long)t->body_len);
		SET(CURLOPT_POSTFIELDS, (void *)t->body);
	}
#undef SET
	return rc == CURLE_OK;
}

/* RFC 6960 A.1 */
static bool
set_headers(struct transfer *t)
{
	struct curl_slist *l;

	if (t->kind != FETCH_POST)
		return true;
	l = curl_slist_append(NULL, "Content-Type: application/ocsp-request");
	if (l == NULL)
		return false;
	t->headers = l;
	return curl_slist_append(l, "Accept: application/ocsp-response") != NULL;
}

bool
transfer_open(struct transfer *t)
{
	t->curl = curl_easy_init();
	t->error[0] = t->status_line[0] = t->location[0] = t->why[0] = '\0';
	t->head_len = t->len = 0;
	t->has_head = false;
	if (t->curl != NULL && set_headers(t) && set_options(t))
		return true;
	transfer_close(t);
	return false;
}

void
transfer_close(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
	t->curl = NULL;
	t->headers = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}
