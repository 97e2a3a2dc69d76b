/*
 * str: text that grows.
 *
 * The shell belongs to one person: when memory runs out there is nothing
 * sensible left to tell them, so growing ends the program (the terminal is put
 * back by an atexit handler of cli/line.c).  That keeps every caller to one
 * line.  Text that may hold a secret is freed with str_wipe().
 */
#ifndef CULVERT_CLI_STR_H
#define CULVERT_CLI_STR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char	*s;		/* ends in NUL; NULL while empty */
	size_t	 len;
	size_t	 size;
};

#define STR_INIT	{ NULL, 0, 0 }

void	 str_init(struct str *);
void	 str_fini(struct str *);
void	 str_wipe(struct str *);	/* overwrites, then str_fini */
void	 str_clear(struct str *);	/* empty again, memory kept */
void	 str_add(struct str *, const char *);
void	 str_addn(struct str *, const char *, size_t);
void	 str_addc(struct str *, char);
void	 str_addf(struct str *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
void	 str_vaddf(struct str *, const char *fmt, va_list)
		__attribute__((format(printf, 2, 0)));
void	 str_pad(struct str *, size_t upto, char);	/* to a length in all */
void	 str_cut(struct str *, size_t len);
const char *str_get(const struct str *);		/* "" when empty */
char	*str_take(struct str *);			/* the caller frees it */

/* As calloc and the like, but they do not return when memory is out. (Not
 * xmalloc and so on: readline has functions of those names.) */
void	*mem_zero(size_t n, size_t size);
void	*mem_grow(void *, size_t n, size_t size);
char	*str_dup(const char *);
char	*str_dupn(const char *, size_t);
char	*str_f(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Wipes and frees a string; NULL is fine. */
void	 str_free(char *);

/* Columns that text takes on a terminal; one for each character of UTF-8 that the
 * locale does not know. */
size_t	 str_columns(const char *, size_t len);

/* Seconds since 1970 as people here write them: "2026-01-31 19:04:05". */
#define TIME_TEXT_MAX	32
const char *time_text(uint64_t, char buf[TIME_TEXT_MAX]);

#endif
