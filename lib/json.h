/*
 * json: writes RFC 7951 text into memory that grows; nothing here reads JSON
 * (that is libyang's work, behind lib/ytree).  Commas are put by the writer.
 * Bytes that a YANG string cannot hold (broken UTF-8, control characters) are
 * written as U+FFFD: what a peer sent cannot spoil the text around it.
 * Running out of memory is sticky: check json_ok() at the end.
 */
#ifndef CULVERT_JSON_H
#define CULVERT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char		*text;		/* always ends in NUL once ok */
	size_t		 len;
	size_t		 size;
	bool		 comma;
	bool		 bad;
};

void	json_init(struct json *);
void	json_fini(struct json *);
bool	json_ok(const struct json *);
/* Room for n octets more, so that what is written leaves no copies behind. */
void	json_reserve(struct json *, size_t n);
/* Hands the text to the caller, who frees it; NULL if not ok. */
char	*json_take(struct json *);

/* name is NULL inside an array. */
void	json_object(struct json *, const char *name);
void	json_object_end(struct json *);
void	json_array(struct json *, const char *name);
void	json_array_end(struct json *);
void	json_str(struct json *, const char *name, const char *value);
void	json_strf(struct json *, const char *name, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
void	json_u32(struct json *, const char *name, uint32_t);
/* RFC 7951 6.1: 64-bit numbers travel as strings. */
void	json_u64(struct json *, const char *name, uint64_t);
void	json_bool(struct json *, const char *name, bool);
/* RFC 7951 6.6: base64. */
void	json_octets(struct json *, const char *name, const void *, size_t len);
/* yang:date-and-time, UTC, of seconds since 1970; nothing before 1970 or after
 * the year 9999. */
void	json_time(struct json *, const char *name, int64_t);
/* A value that is JSON already. */
void	json_raw(struct json *, const char *name, const char *text, size_t len);

/* Whether name is among the fields asked for (A_FIELDS, as "name" or the first of
 * "name/other"); NULL and "": all are. */
bool	json_wanted(const char *fields, const char *name);

#endif
