/*
 * stream: the sending side of an OP_SUBSCRIBE.
 *
 * A reader who does not keep up loses notifications and is told how many, with
 * the next one that fits or within a second after there is room: whoever sends
 * never waits, and keeps STREAM_QUEUE_MAX bytes for him at most.
 */
#ifndef CULVERT_STREAM_H
#define CULVERT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define STREAM_QUEUE_MAX	(256u << 10)

struct event_base;
struct msg;
struct msg_conn;
struct stream;

/* On a connection that outlives it; id is that of the OP_SUBSCRIBE.  NULL: out
 * of memory. */
struct stream *stream_new(struct event_base *, struct msg_conn *, uint32_t id);
/* Says nothing to the other end. */
void	stream_free(struct stream *);
uint32_t stream_id(const struct stream *);
/* Takes the contents of an OP_NOTIFICATION, made by stream_begin(). */
void	stream_begin(const struct stream *, struct msg *);
void	stream_send(struct stream *, struct msg *);
/* The same whatever waits already, for what is of a bounded size in all. */
void	stream_send_kept(struct stream *, struct msg *);
/* Whether stream_send() would leave it out; then it counts as lost. */
bool	stream_full(struct stream *);
/* So many more were lost before they came here. */
void	stream_add_lost(struct stream *, uint64_t n);
/* Lost, and the other end does not know yet; from then on it does. */
uint64_t stream_take_lost(struct stream *);
/* Tells the other end that nothing follows (e: why, or NULL) and frees it. */
void	stream_end(struct stream *, const struct err *e);

#endif
