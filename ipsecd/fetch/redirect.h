/*
 * redirect: whether an answer that leads elsewhere is followed.  Where to is judged
 * as any URL is, after this: http and https only, never from https back, and not
 * for ever.
 */
#ifndef CULVERT_FETCH_REDIRECT_H
#define CULVERT_FETCH_REDIRECT_H

#include <stdbool.h>

#include "err.h"
#include "url.h"

struct redirect {
	const struct url	*from;
	const char		*text;		/* of it, as it was asked for */
	const char		*location;	/* as the answer says; "": nothing */
	long			 code;		/* 301, 302, 303, 307, 308 */
	bool			 post;
	unsigned int		 before;	/* redirects so far */
	/* Where to. */
	struct url		 to;
	char			 to_text[FETCH_URL_MAX + 1];
};

bool	redirect_is(long code);
/* -1: *e is what to read after the URL. */
int	redirect_follow(struct redirect *, struct err *)
		__attribute__((warn_unused_result));

#endif
