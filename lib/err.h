/*
 * err: why something failed, as one sentence for a person.
 *
 * The function that knows the cause writes the sentence; callers pass it up;
 * whoever decides what to do about it logs it once.  A struct err is owned by
 * the caller, usually on the stack, and holds its text itself: nothing to free.
 */
#ifndef CULVERT_ERR_H
#define CULVERT_ERR_H

#include <stdarg.h>
#include <stddef.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_BUG,		/* our mistake */
	ERR_INVALID,		/* what we were given is wrong */
	ERR_REALITY,		/* the system or a peer says no */
	ERR_RESOURCE,		/* out of memory, descriptors, room */
	ERR_DENIED,		/* not allowed for this user */
	ERR_CONFLICT,		/* somebody else changed the same thing */
	ERR_NOTFOUND,
};

#define ERR_TEXT_MAX	768
#define ERR_PATH_MAX	256

struct err {
	enum err_kind	kind;
	char		text[ERR_TEXT_MAX];
	char		path[ERR_PATH_MAX];	/* instance path of the node, or "" */
};

#define ERR_INIT	{ ERR_NONE, "", "" }

/* Both set *e (which may be NULL) and return -1, so that "return err_set(...)"
 * reads as what it is.  A text that does not fit ends in "...". */
int	err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
int	err_set_path(struct err *e, enum err_kind kind, const char *path,
		     const char *fmt, ...)
		__attribute__((format(printf, 4, 5)));
/* Puts "what: " before the text that is there; returns -1. */
int	err_prefix(struct err *e, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
void	err_clear(struct err *e);

#endif
