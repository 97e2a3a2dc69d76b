/*
 * logbook: the newest lines of a log, in memory.
 */
#ifndef CULVERT_LOGBOOK_H
#define CULVERT_LOGBOOK_H

#include <stddef.h>
#include <stdint.h>

struct log_entry {
	uint64_t	time_us;	/* since 1970 */
	char		text[];		/* "ipsecd-ike: warning: ..." */
};

struct logbook {
	struct log_entry **slot;
	size_t		  first, n, max;
};

#define LOGBOOK_LINE_MAX	1200

/* Without memory it stays empty. */
void	logbook_init(struct logbook *, size_t max);
void	logbook_fini(struct logbook *);
/* The oldest goes if need be; what is longer than LOGBOOK_LINE_MAX is cut. */
void	logbook_add(struct logbook *, uint64_t time_us, const char *text);
/* Number i from the oldest on; NULL behind the newest. */
const struct log_entry *logbook_get(const struct logbook *, size_t i);
/* Now, in microseconds since 1970. */
uint64_t logbook_now(void);

#endif
