/*
 * expiry: the end of certificates in use, before it comes: in `show`, at a commit
 * and in the log, there when it crosses 30, 7 and 1 days and otherwise once a day.
 */
#ifndef CULVERT_EXPIRY_H
#define CULVERT_EXPIRY_H

#include <stdint.h>

struct cert_entry;

enum expiry {			/* the later the worse */
	EXPIRY_NONE,
	EXPIRY_MONTH,		/* in less than 30 days */
	EXPIRY_WEEK,
	EXPIRY_DAY,
	EXPIRY_NOT_YET,		/* not valid yet */
	EXPIRY_OVER,
};

/* Of a time from and to which something is valid. */
enum expiry expiry_at(int64_t from, int64_t to, int64_t wall);
#define EXPIRY_STRLEN	512
/* The sentence with what to do, a text as in event.h: "certificate gw1 (CN=gw)
 * expires in 12 days, 2026-12-03 10:00:00 UTC".  EXPIRY_NONE: nothing to say, and
 * buf is empty. */
enum expiry expiry_str(const struct cert_entry *, int64_t wall,
		       char buf[EXPIRY_STRLEN]);
/* Whole days until then; below zero: so many ago. */
int32_t	expiry_days(int64_t to, int64_t wall);

#endif
