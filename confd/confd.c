#include "confd.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confirm.h"
#include "log.h"
#include "logs.h"
#include "msg.h"
#include "proto.h"
#include "request.h"
#include "server.h"
#include "session.h"
#include "txn.h"
#include "unit.h"

void
confd_announce(struct confd *c, const char *sentence)
{
	struct session *s;
	struct msg m;

	log_warn("%s", sentence);
	for (s = c->sessions; s != NULL; s = s->next) {
		msg_init(&m, OP_NOTICE, 0, 0);
		msg_add_str(&m, A_WARNING, sentence);
		msg_conn_send(s->conn, &m);
	}
}

/* Logs it, and keeps it for the sessions. */
static void
confd_warn(struct confd *c, const char *sentence)
{
	char *copy;

	log_warn("%s", sentence);
	if (c->n_warnings == CONFD_WARNINGS_MAX)
		return;
	copy = strdup(sentence);
	if (copy != NULL)
		c->warnings[c->n_warnings++] = copy;
}

static void
on_store_warning(const char *sentence, void *arg)
{
	confd_warn(arg, sentence);
}

static void
on_tidy(evutil_socket_t fd, short what, void *arg)
{
	struct confd *c = arg;
	struct err e;

	(void)fd;
	(void)what;
	if (store_tidy(&c->store, c->running, &e) < 0)
		log_warn("cannot shorten the history: %s", e.text);
}

int
confd_init(struct confd *c, struct event_base *base, const char *yangdir,
	   const char *statedir, const char *factory, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->base = base;
	c->store.dir = c->store.commits = c->store.lock = -1;
	c->audit.fd = -1;
	access_init(&c->access);
	if (schema_init(&c->schema, yangdir, e) < 0)
		return -1;
	c->logs = logs_new(c);
	c->backends = calloc(c->schema.n_owners + 1, sizeof(*c->backends));
	c->tidy = event_new(base, -1, 0, on_tidy, c);
	c->confirm = event_new(base, -1, 0, confirm_look, c);
	if (c->backends == NULL || c->tidy == NULL || c->confirm == NULL) {
		confd_fini(c);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (store_open(&c->store, &c->schema, statedir, factory, e) < 0 ||
	    audit_open(&c->audit, c->store.dir, e) < 0 ||
	    store_load(&c->store, &c->running, on_store_warning, c, e) < 0) {
		confd_fini(c);
		return -1;
	}
	confirm_arm(c);
	return 0;
}

void
confd_fini(struct confd *c)
{
	size_t i;

	server_close(c);
	for (i = 0; c->backends != NULL && i < c->schema.n_owners; i++)
		backend_free(c->backends[i]);
	free(c->backends);
	forward_free_all(c);
	txn_free_all(c);
	while (c->sessions != NULL)
		session_free(c->sessions);
	map_unref(c->running);
	if (c->tidy != NULL)
		event_free(c->tidy);
	if (c->confirm != NULL)
		event_free(c->confirm);
	audit_close(&c->audit);
	store_close(&c->store);
	logs_free(c->logs);
	schema_fini(&c->schema);
	for (i = 0; i < c->n_warnings; i++)
		free(c->warnings[i]);
	memset(c, 0, sizeof(*c));
}
