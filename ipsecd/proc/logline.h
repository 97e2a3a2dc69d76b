/*
 * logline: what the processes of ipsecd log, on its way to monitor, which keeps
 * the newest lines.  A line is a datagram: time (u64), text.  A child that logs
 * faster than monitor reads loses lines here, and here only.
 */
#ifndef CULVERT_PROC_LOGLINE_H
#define CULVERT_PROC_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logbook.h"

struct rbuf;
struct wbuf;

#define LOGLINE_MAX	(8 + LOGBOOK_LINE_MAX)

/* In a child: what it logs goes to FD_LOG from now on, too. */
void	logline_to_monitor(void);

void	logline_build(struct wbuf *, uint64_t time_us, const char *text);
/* False: nonsense. */
bool	logline_parse(struct rbuf *, uint64_t *time_us,
		      char text[LOGBOOK_LINE_MAX + 1])
		__attribute__((warn_unused_result));
/* "ipsecd-ike: text", cut if need be. */
void	logline_join(char out[LOGBOOK_LINE_MAX + 1], const char *ident,
		     const char *text);

#endif
