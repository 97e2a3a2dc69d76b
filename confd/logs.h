/*
 * logs: the newest lines that confd and the owners logged, and those who read
 * them.  They are kept in memory: what must last is syslog's or the journal's.
 */
#ifndef CULVERT_CONFD_LOGS_H
#define CULVERT_CONFD_LOGS_H

#include <stdint.h>

struct backend;
struct confd;
struct logs;
struct stream;

/* From now on what confd logs is kept; NULL without memory, which costs the
 * log only. */
struct logs *logs_new(struct confd *);
void	logs_free(struct logs *);
/* Asks it for what it logged since it was asked last, and what it will. */
void	logs_backend_up(struct logs *, struct backend *);
/* The last n lines. */
void	logs_last(const struct logs *, struct stream *, uint32_t n);

#endif
