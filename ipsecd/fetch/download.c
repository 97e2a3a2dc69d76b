#include "config.h"

#include "download.h"

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
status(const struct download *d)
{
	long code = 0;

	curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
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
refuse_coding(struct download *d, const char *line, size_t len)
{
	char value[64];

	if (header(line, len, "Content-Encoding", value, sizeof(value)) ?
	    strcasecmp(value, "identity") == 0 :
	    !header(line, len, "Transfer-Encoding", value, sizeof(value)) ||
	    strcasecmp(value, "chunked") == 0)
		return false;
	why_coded(d->why, value);
	return true;
}

/* The end of the head: only what is asked for is read on. */
static bool
end_of_head(struct download *d)
{
	long code = status(d);

	if (code < 200) {			/* an interim answer */
		d->location[0] = '\0';
		return true;
	}
	d->has_head = true;
	return code == 200;
}

static size_t
on_header(char *line, size_t one, size_t len, void *arg)
{
	struct download *d = arg;

	(void)one;
	d->head_len += len;
	if (d->head_len > HEAD_MAX) {
		snprintf(d->why, sizeof(d->why), "is refused: the head of the "
			 "answer is longer than %u kB", HEAD_MAX >> 10);
		return 0;
	}
	if (d->has_head)			/* behind a body in chunks */
		return len;
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		snprintf(d->status_line, sizeof(d->status_line), "%.*s",
			 (int)len, line);
	header(line, len, "Location", d->location, sizeof(d->location));
	if (refuse_coding(d, line, len))
		return 0;
	if (strspn(line, "\r\n") == len && !end_of_head(d))
		return 0;
	return len;
}

static size_t
on_body(char *octets, size_t one, size_t len, void *arg)
{
	struct download *d = arg;

	(void)one;
	if (d->fd < 0)
		d->fd = sealed_new();
	if (len > d->most - d->len)
		why_too_long(d->why, d->most);
	else if (d->fd < 0 || !sealed_add(d->fd, octets, len))
		snprintf(d->why, sizeof(d->why), "cannot be fetched: no room for "
			 "it here: %s", strerror(errno));
	if (d->why[0] != '\0')
		return 0;
	d->len += len;
	return len;
}

/* Every default that matters is said here. */
static bool
set_options(struct download *d)
{
	CURL *c = d->curl;
	CURLcode rc = CURLE_OK;

#define SET(option, value) \
	do { if (rc == CURLE_OK) rc = curl_easy_setopt(c, option, value); } while (0)
	SET(CURLOPT_URL, d->text);
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
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)d->most);
	SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SET(CURLOPT_HTTPHEADER, d->headers);
	SET(CURLOPT_ERRORBUFFER, d->error);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, (void *)d);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, (void *)d);
	SET(CURLOPT_PRIVATE, (void *)d);
	if (d->kind == FETCH_POST) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, (long)d->body_len);
		SET(CURLOPT_POSTFIELDS, (void *)d->body);
	}
#undef SET
	return rc == CURLE_OK;
}

/* RFC 6960 A.1 */
static bool
set_headers(struct download *d)
{
	struct curl_slist *l;

	if (d->kind != FETCH_POST)
		return true;
	l = curl_slist_append(NULL, "Content-Type: application/ocsp-request");
	if (l == NULL)
		return false;
	d->headers = l;
	return curl_slist_append(l, "Accept: application/ocsp-response") != NULL;
}

bool
download_open(struct download *d)
{
	d->curl = curl_easy_init();
	d->error[0] = d->status_line[0] = d->location[0] = d->why[0] = '\0';
	d->head_len = d->len = 0;
	d->has_head = false;
	if (d->curl != NULL && set_headers(d) && set_options(d))
		return true;
	download_close(d);
	return false;
}

void
download_close(struct download *d)
{
	curl_easy_cleanup(d->curl);
	curl_slist_free_all(d->headers);
	d->curl = NULL;
	d->headers = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
