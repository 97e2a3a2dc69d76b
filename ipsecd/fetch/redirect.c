#include "redirect.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "why.h"

bool
redirect_is(long code)
{
	return code == 301 || code == 302 || code == 303 || code == 307 ||
	    code == 308;
}

/* A path from where we are (RFC 3986 5.2). */
static bool
resolve(struct redirect *r)
{
	char *whole = NULL;
	CURLU *u = curl_url();
	bool ok = u != NULL &&
	    curl_url_set(u, CURLUPART_URL, r->text, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_URL, r->location, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_URL, &whole, 0) == CURLUE_OK &&
	    strlen(whole) < sizeof(r->to_text);

	if (ok)
		strcpy(r->to_text, whole);
	curl_free(whole);
	curl_url_cleanup(u);
	return ok;
}

/* What names a host is left as it is, for url_parse() to judge. */
static bool
set_target(struct redirect *r)
{
	const char *to = r->location, *scheme = "";

	if (*to == '\0')
		return false;
	if (to[strcspn(to, ":/?#")] != ':') {
		if (to[0] != '/' || to[1] != '/')
			return resolve(r);
		scheme = r->from->scheme == URL_HTTPS ? "https:" : "http:";
	}
	return snprintf(r->to_text, sizeof(r->to_text), "%s%s", scheme, to) <
	    (int)sizeof(r->to_text);
}

int
redirect_follow(struct redirect *r, struct err *e)
{
	char shown[FETCH_URL_MAX + 1];
	struct err why = ERR_INIT;

	if (!set_target(r))
		return err_set(e, ERR_REALITY, "answers %ld, but leads nowhere: "
			       "its Location is no URL", r->code);
	url_show(shown, r->to_text);
	if (url_parse(&r->to, r->to_text, &why) < 0)
		return err_set(e, ERR_REALITY, "leads to %.200s, which %s", shown,
			       why.text);
	if (r->to.scheme == URL_FILE || r->to.scheme < r->from->scheme)
		return err_set(e, ERR_REALITY, "leads to %.200s, which is refused: "
			       "a redirect goes to http or https, and from https "
			       "to https only", shown);
	if (r->before >= REDIRECTS_MAX)
		return err_set(e, ERR_REALITY, "leads from one place to the next "
			       "more than %d times, at last to %.200s",
			       REDIRECTS_MAX, shown);
	if (r->post && r->code != 307 && r->code != 308)
		return err_set(e, ERR_REALITY, "answers %ld: a request by POST "
			       "does not follow to %.200s", r->code, shown);
	return 0;
}
