#include "why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3)))
static void
say(char why[FETCH_WHY_MAX], const char *fmt, ...)
{
	va_list ap;
	char *c;

	va_start(ap, fmt);
	vsnprintf(why, FETCH_WHY_MAX, fmt, ap);
	va_end(ap);
	/* Some of it came from there. */
	for (c = why; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

void
why_too_long(char why[FETCH_WHY_MAX], size_t most)
{
	if (most >= 1u << 20)
		say(why, "is longer than %zu MB", most >> 20);
	else
		say(why, "is longer than %zu octets", most);
}

void
why_coded(char why[FETCH_WHY_MAX], const char *coding)
{
	say(why, "is refused: it comes in the encoding '%.64s', and nothing is "
	    "unpacked here", coding);
}

static double
seconds(CURL *c, CURLINFO which)
{
	double s = 0;

	curl_easy_getinfo(c, which, &s);
	return s;
}

void
why_late(char why[FETCH_WHY_MAX], CURL *c, const struct url *u,
	 unsigned int ran, size_t got)
{
	const char *host = u->host;
	long code = 0, port = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	/* Of the connection, once there is one. */
	curl_easy_getinfo(c, CURLINFO_LOCAL_PORT, &port);
	if (seconds(c, CURLINFO_NAMELOOKUP_TIME) <= 0)
		say(why, "cannot be fetched: no name server told the address of %s "
		    "in %u s: see whether those in /etc/resolv.conf answer", host,
		    ran);
	else if (port <= 0)
		say(why, "cannot be fetched: %s does not answer on TCP port %u in "
		    "%u s: see whether it runs, and for a firewall between", host,
		    u->port, ran);
	else if (u->scheme == URL_HTTPS &&
		 seconds(c, CURLINFO_APPCONNECT_TIME) <= 0)
		say(why, "cannot be fetched: %s took the connection to port %u, "
		    "but no TLS came about in %u s", host, u->port,
		    ran);
	else if (code == 0)
		say(why, "cannot be fetched: %s took the connection to port %u, "
		    "but answered nothing in %u s", host, u->port, ran);
	else
		say(why, "cannot be fetched: of its answer %s sent only %zu octets "
		    "in %u s", host, got, ran);
}

static void
why_no_connection(char why[FETCH_WHY_MAX], CURL *c, const struct url *u)
{
	long error = 0;

	curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &error);
	if (error == ECONNREFUSED)
		say(why, "cannot be fetched: %s refuses connections to TCP port "
		    "%u: see whether its web server runs", u->host, u->port);
	else if (error != 0)
		say(why, "cannot be fetched: no connection to %s, TCP port %u: %s",
		    u->host, u->port, strerror((int)error));
	else
		say(why, "cannot be fetched: no connection to %s, TCP port %u",
		    u->host, u->port);
}

void
why_failed(char why[FETCH_WHY_MAX], CURL *c, CURLcode code, const char *text,
	   const struct url *u)
{
	if (*text == '\0')
		text = curl_easy_strerror(code);
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		say(why, "cannot be fetched: the host name %s is not found: see "
		    "whether /etc/resolv.conf and /etc/hosts are right", u->host);
		break;
	case CURLE_COULDNT_CONNECT:
		why_no_connection(why, c, u);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		say(why, "cannot be fetched: the certificate of %s is not trusted "
		    "(%.128s): only a CA that this system knows (ca-certificates) "
		    "will do", u->host, text);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		say(why, "cannot be fetched: this system has no CA roots for https "
		    "(%.128s): install ca-certificates", text);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		say(why, "cannot be fetched: no TLS comes about with %s on port %u "
		    "(%.128s)", u->host, u->port, text);
		break;
	case CURLE_GOT_NOTHING:
		say(why, "cannot be fetched: %s closed the connection without an "
		    "answer", u->host);
		break;
	case CURLE_PARTIAL_FILE:
		say(why, "cannot be fetched: the answer of %s ends before it is "
		    "whole (%.128s)", u->host, text);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:	/* HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
		say(why, "cannot be fetched: what %s answers on port %u is not "
		    "HTTP", u->host, u->port);
		break;
	default:
		say(why, "cannot be fetched: %.256s", text);
		break;
	}
}

void
why_status(char why[FETCH_WHY_MAX], long code, const char *line)
{
	const char *phrase = strchr(line, ' ');
	size_t n;

	phrase = phrase != NULL ? strchr(phrase + 1, ' ') : NULL;
	n = phrase != NULL ? strcspn(phrase, "\r\n") : 0;
	say(why, "answers %ld%.*s", code, (int)(n > 1 ? n : 0),
	    phrase != NULL ? phrase : "");
}
