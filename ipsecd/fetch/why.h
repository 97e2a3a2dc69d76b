/*
 * why: what a download that failed is told by, to be read after its URL: what was
 * found, and what to do about it.
 */
#ifndef CULVERT_FETCH_WHY_H
#define CULVERT_FETCH_WHY_H

#include <curl/curl.h>
#include <stddef.h>

#include "proc/messages.h"
#include "url.h"

#define FETCH_SECONDS	10		/* for all of it (S1-094) */
#define REDIRECTS_MAX	3

void	why_too_long(char why[FETCH_WHY_MAX], size_t most);
/* Its time is over, of which it ran for so many seconds; got: octets of the body so
 * far. */
void	why_late(char why[FETCH_WHY_MAX], CURL *, const struct url *,
		 unsigned int ran, size_t got);
/* libcurl gave up; text is its own words, maybe empty. */
void	why_failed(char why[FETCH_WHY_MAX], CURL *, CURLcode, const char *text,
		   const struct url *);
/* An answer in a Content-Encoding or Transfer-Encoding that would be unpacked. */
void	why_coded(char why[FETCH_WHY_MAX], const char *coding);
/* An answer that is not 200; line is what it began with, as it came. */
void	why_status(char why[FETCH_WHY_MAX], long code, const char *line);

#endif
