/*
 * url: which URLs are fetched.  They come out of certificates: what is not plainly
 * http://host[:port]/..., https://... or file:///... is refused here, before any
 * library guesses what could be meant (RFC 3986, without its liberties).
 */
#ifndef CULVERT_FETCH_URL_H
#define CULVERT_FETCH_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "ike/engine.h"

enum url_scheme { URL_HTTP, URL_HTTPS, URL_FILE };

#define URL_HOST_MAX	253

struct url {
	enum url_scheme	 scheme;
	char		 host[URL_HOST_MAX + 1];	/* lower case; "" of a file */
	uint16_t	 port;				/* 0 of a file */
	char		 path[FETCH_URL_MAX + 1];	/* of a file, decoded */
};

/* -1: *e is what to read after the URL: "is refused: ...". */
int	url_parse(struct url *, const char *text, struct err *)
		__attribute__((warn_unused_result));
/* A URL as it may be shown: what is not printable ASCII becomes '?'. */
void	url_show(char out[FETCH_URL_MAX + 1], const char *text);

#endif
