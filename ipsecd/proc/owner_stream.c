/*
 * owner_stream: what a client watches.
 */
#include "owner_in.h"

#include <stdlib.h>

#include "proto.h"
#include "stream.h"

#define STREAMS_MAX	32		/* of a client */

struct subscription {
	LIST_ENTRY(subscription) next;
	struct stream		*stream;
};

/* --- streams --- */

static struct subscription *
subscription_new(struct client *c, uint32_t id)
{
	struct subscription *s = NULL;

	if (c->n_streams < STREAMS_MAX)
		s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->stream = stream_new(c->owner->base, c->conn, id);
	if (s->stream == NULL) {
		free(s);
		return NULL;
	}
	LIST_INSERT_HEAD(&c->streams, s, next);
	c->n_streams++;
	return s;
}

static void
subscription_free(struct client *c, struct subscription *s)
{
	LIST_REMOVE(s, next);
	c->n_streams--;
	stream_free(s->stream);
	free(s);
}

int
owner_subscribe(struct client *c, const struct msg *m, struct msg *reply,
		struct err *e)
{
	struct owner *o = c->owner;
	char *path = msg_str(m, A_PATH);
	struct stream_wish wish = { .since_us = 0 };
	struct subscription *s;
	struct msg_attr a;
	int rc;

	(void)reply;
	wish.packets = msg_find(m, A_PACKETS, &a);
	msg_u64(m, A_TIME, &wish.since_us);

	if (path == NULL || o->ops->subscribe == NULL) {
		rc = err_set(e, ERR_NOTFOUND, "there is no stream '%.128s'",
			     path != NULL ? path : "");
		free(path);
		return rc;
	}
	s = subscription_new(c, m->id);
	if (s == NULL) {
		free(path);
		return err_set(e, ERR_RESOURCE, "too many watch already");
	}
	rc = o->ops->subscribe(o->ctx, path, &wish, s->stream, e);
	if (rc < 0)
		subscription_free(c, s);
	free(path);
	return rc;
}

int
owner_unsubscribe(struct client *c, const struct msg *m, struct msg *reply,
		  struct err *e)
{
	struct subscription *s;
	uint64_t lost;
	uint32_t id;

	LIST_FOREACH(s, &c->streams, next)
		if (msg_u32(m, A_STREAM, &id) && stream_id(s->stream) == id)
			break;
	if (s == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no such stream");
	c->owner->ops->unsubscribe(c->owner->ctx, s->stream);
	lost = stream_take_lost(s->stream);
	if (lost > 0)
		msg_add_u64(reply, A_LOST, lost);
	subscription_free(c, s);
	return 0;
}

void
owner_end_streams(struct client *c)
{
	struct subscription *s;

	while ((s = LIST_FIRST(&c->streams)) != NULL) {
		c->owner->ops->unsubscribe(c->owner->ctx, s->stream);
		subscription_free(c, s);
	}
}
