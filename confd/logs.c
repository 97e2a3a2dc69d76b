#include "logs.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confd.h"
#include "json.h"
#include "log.h"
#include "logbook.h"
#include "msg.h"
#include "proto.h"
#include "request.h"
#include "session.h"
#include "stream.h"
#include "ytree.h"

#define LINES		2000

struct source {
	struct source		*next;
	struct logs		*logs;
	struct backend		*backend;
	struct backend_stream	*in;		/* NULL: it has gone */
	uint64_t		 newest_us;
};

struct logs {
	struct confd	*confd;
	struct logbook	 book;
	struct source	*sources;
	bool		 busy;		/* a line about a line is one too many */
};

static void
send_line(struct stream *s, const struct log_entry *l, bool kept)
{
	struct json j;
	struct msg m;

	json_init(&j);
	json_object(&j, NULL);
	json_object(&j, "culvert-system:log-line");
	json_u64(&j, "time", l->time_us);
	json_str(&j, "text", l->text);
	json_object_end(&j);
	json_object_end(&j);
	stream_begin(s, &m);
	if (json_ok(&j))
		msg_add(&m, A_DATA, j.text, j.len);
	if (kept)
		stream_send_kept(s, &m);
	else
		stream_send(s, &m);
	json_fini(&j);
}

static void
note(struct logs *g, uint64_t time_us, const char *text)
{
	const struct log_entry *l;
	struct session *s;

	logbook_add(&g->book, time_us, text);
	l = logbook_get(&g->book, g->book.n > 0 ? g->book.n - 1 : 0);
	for (s = g->confd->sessions; l != NULL && s != NULL; s = s->next)
		feed_each_log(s, send_line, l);
}

static void
own_line(void *arg, const char *ident, const char *text)
{
	char line[LOGBOOK_LINE_MAX + 1];
	struct logs *g = arg;

	if (g->busy)
		return;
	g->busy = true;
	snprintf(line, sizeof(line), "%s: %s", ident, text);
	note(g, logbook_now(), line);
	g->busy = false;
}

struct logs *
logs_new(struct confd *c)
{
	struct logs *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->confd = c;
	logbook_init(&g->book, LINES);
	log_listen(own_line, g);
	return g;
}

void
logs_free(struct logs *g)
{
	struct source *s;

	if (g == NULL)
		return;
	log_listen(NULL, NULL);
	while ((s = g->sources) != NULL) {
		g->sources = s->next;
		backend_stream_free(s->in, false);
		free(s);
	}
	logbook_fini(&g->book);
	free(g);
}

void
logs_last(const struct logs *g, struct stream *s, uint32_t n)
{
	size_t i = g != NULL && g->book.n > n ? g->book.n - n : 0;
	const struct log_entry *l;

	for (; g != NULL && (l = logbook_get(&g->book, i)) != NULL; i++)
		send_line(s, l, true);
}

/* --- what owners log --- */

static void
on_stream(const struct msg *m, const struct err *e, void *arg)
{
	struct source *s = arg;
	uint64_t time_us;
	char *text;

	(void)e;
	if (m == NULL || (m->flags & MSG_ERROR) != 0 || m->op == OP_STREAM_END) {
		backend_stream_free(s->in, false);
		s->in = NULL;
		return;
	}
	if (m->op != OP_NOTIFICATION || !msg_u64(m, A_TIME, &time_us))
		return;
	text = msg_str(m, A_COMMENT);
	if (time_us > s->newest_us)
		s->newest_us = time_us;
	/* ike talks to peers: what it sends is not believed to be a line. */
	if (text != NULL)
		msg_tame(text);
	if (text != NULL)
		note(s->logs, time_us, text);
	free(text);
}

static struct source *
source_of(struct logs *g, struct backend *b)
{
	struct source *s = g->sources;

	while (s != NULL && s->backend != b)
		s = s->next;
	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->logs = g;
	s->backend = b;
	s->next = g->sources;
	g->sources = s;
	return s;
}

static void
ask(struct logs *g, struct backend *b, const struct lysc_node *action)
{
	char *path = lysc_path(action, LYSC_PATH_DATA, NULL, 0);
	struct source *s = source_of(g, b);
	struct err e;
	struct msg m;

	if (path != NULL && s != NULL) {
		backend_stream_free(s->in, false);
		msg_init(&m, OP_SUBSCRIBE, 0, 0);
		msg_add_str(&m, A_PATH, path);
		msg_add_u64(&m, A_TIME, s->newest_us);
		s->in = backend_stream_new(b, &m, on_stream, s, &e);
	}
	free(path);
}

void
logs_backend_up(struct logs *g, struct backend *b)
{
	const struct schema *sc;
	const char *owner;
	size_t i;

	if (g == NULL)
		return;
	sc = &g->confd->schema;
	for (i = 0; i < sc->n_logs; i++) {
		owner = ytree_owner(sc->logs[i]);
		if (owner != NULL && strcmp(owner, backend_name(b)) == 0)
			ask(g, b, sc->logs[i]);
	}
}
