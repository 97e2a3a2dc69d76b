#include "request.h"

#include <stdlib.h>

#include "backend.h"
#include "confd.h"
#include "confirm.h"
#include "greet.h"
#include "msg.h"
#include "session.h"
#include "txn.h"
#include "unit.h"

#define COMMENT_MAX	256

int
request_text(const struct msg *m, uint16_t type, size_t max, const char *what,
	     char **out, struct err *e)
{
	struct msg_attr a;

	*out = NULL;
	if (!msg_find(m, type, &a))
		return 0;
	*out = msg_attr_str(&a);
	if (*out == NULL)
		return err_set(e, ERR_INVALID, "the %s is not text", what);
	if (a.len > max) {
		free(*out);
		*out = NULL;
		return err_set(e, ERR_INVALID, "the %s may have %zu characters",
			       what, max);
	}
	msg_tame(*out);
	return 0;
}

static enum verdict
do_hello(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	struct confd *c = s->confd;
	char *from, text[ERR_TEXT_MAX];
	uint32_t version;
	size_t i;

	if (!msg_u32(m, A_VERSION, &version) || version != PROTO_VERSION) {
		err_set(e, ERR_INVALID, "this confd speaks version %d of the "
			"protocol only: client and confd must be of the same "
			"release", PROTO_VERSION);
		return REFUSED;
	}
	if (request_text(m, A_FROM, SESSION_FROM_MAX, "origin", &from, e) < 0)
		return REFUSED;
	free(s->from);
	s->from = from;
	msg_add_u32(r, A_VERSION, PROTO_VERSION);
	msg_add_str(r, A_USER, s->user);
	msg_add_str(r, A_ROLE, role_str(s->role));
	greet_add(c, r);
	msg_add_str(r, A_WARNING, store_trouble(&c->store));
	for (i = 0; i < c->n_warnings; i++)
		msg_add_str(r, A_WARNING, c->warnings[i]);
	if (c->store.unconfirmed.first > 0)
		msg_add_str(r, A_WARNING, confirm_str(c, text, sizeof(text)));
	for (i = 0; i < c->schema.n_owners; i++)
		if (c->backends[i] != NULL)
			msg_add_str(r, A_WARNING,
				    backend_refusal(c->backends[i]));
	return ANSWER;
}

/* --- changing --- */

/* Whether the author of the candidate may commit all of it; r says what not. */
static int
check_author(struct session *s, struct msg *r, struct err *e)
{
	if (s->candidate == NULL)
		return 0;
	return access_changes(s->role, s->base, s->candidate, r, e);
}

static enum verdict
do_validate(struct session *s, const struct msg *m, struct msg *r,
	    struct err *e)
{
	if (request_idle(s, e) < 0 || check_author(s, r, e) < 0 ||
	    txn_validate(s, m->id, e) < 0)
		return REFUSED;
	return LATER;
}

static enum verdict
do_commit(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	uint32_t confirm = 0;
	struct msg_attr a;
	char *comment;
	int rc;

	if (msg_find(m, A_CONFIRM, &a) && (!msg_u32(m, A_CONFIRM, &confirm) ||
	    confirm == 0 || confirm > CONFIRM_MAX_S)) {
		err_set(e, ERR_INVALID, "a commit can wait up to %u minutes to "
			"be confirmed", CONFIRM_MAX_S / 60);
		return REFUSED;
	}
	if (request_idle(s, e) < 0 || check_author(s, r, e) < 0 ||
	    request_text(m, A_COMMENT, COMMENT_MAX, "comment", &comment, e) < 0)
		return REFUSED;
	rc = txn_commit(s, m->id, comment, confirm, e);
	free(comment);
	return rc < 0 ? REFUSED : LATER;
}

static enum verdict
do_confirm(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	uint32_t number = 0;

	msg_u32(m, A_COMMIT, &number);
	if (confirm_check(s, number, e) < 0 || confirm_keep(s, &number, e) < 0)
		return REFUSED;
	msg_add_u32(r, A_COMMIT, number);
	return ANSWER;
}

static enum verdict
do_cancel(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	uint32_t number = 0;

	(void)r;
	msg_u32(m, A_COMMIT, &number);
	if (request_idle(s, e) < 0 || confirm_check(s, number, e) < 0 ||
	    txn_cancel(s, m->id, e) < 0)
		return REFUSED;
	return LATER;
}

static enum verdict
do_discard(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	(void)m;
	(void)r;
	if (request_idle(s, e) < 0)
		return REFUSED;
	session_discard(s);
	return ANSWER;
}

static int
copy_from_to(const struct msg *m, uint32_t *from, uint32_t *to)
{
	struct msg_attr a;
	size_t pos = 0;
	int n = 0;

	while (msg_next(m, &pos, &a)) {
		if (a.type != A_DATASTORE || a.len != 4 || n == 2)
			return -1;
		*(n++ == 0 ? from : to) = (uint32_t)msg_attr_number(&a);
	}
	return n == 2 ? 0 : -1;
}

static enum verdict
do_copy(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	struct confd *c = s->confd;
	uint32_t from, to;
	struct map *map;
	int rc;

	(void)r;
	if (copy_from_to(m, &from, &to) < 0) {
		err_set(e, ERR_INVALID, "a copy is from one datastore to "
			"another");
		return REFUSED;
	}
	if (request_idle(s, e) < 0)
		return REFUSED;
	if (to == DS_RUNNING) {
		err_set(e, ERR_INVALID, "running is changed by a commit only: "
			"copy to the candidate and commit it");
		return REFUSED;
	}
	if ((to != DS_STARTUP && to != DS_CANDIDATE) ||
	    (to == DS_STARTUP && from == DS_CANDIDATE)) {
		err_set(e, ERR_INVALID, "this cannot be copied: running and "
			"factory go to startup; running, startup and factory "
			"to the candidate");
		return REFUSED;
	}
	if (to == DS_STARTUP && from == DS_RUNNING &&
	    c->store.unconfirmed.first > 0) {
		char text[ERR_TEXT_MAX / 2];

		err_set(e, ERR_CONFLICT, "%s; what is not confirmed is not kept "
			"for the next start", confirm_str(c, text, sizeof(text)));
		return REFUSED;
	}
	map = request_datastore(s, from, e);
	if (map == NULL)
		return REFUSED;
	if (to == DS_STARTUP) {
		rc = store_save_startup(&c->store, map, e);
		map_unref(map);
		return rc < 0 ? REFUSED : ANSWER;
	}
	/* The candidate's own array: the units are shared. */
	session_replace(s, map_clone(map));
	map_unref(map);
	if (s->candidate == NULL) {
		session_discard(s);
		err_set(e, ERR_RESOURCE, "no memory for a candidate");
		return REFUSED;
	}
	return ANSWER;
}

static enum verdict
do_rollback(struct session *s, const struct msg *m, struct msg *r,
	    struct err *e)
{
	struct confd *c = s->confd;
	uint32_t back;
	struct map *map;

	(void)r;
	if (!msg_u32(m, A_COUNT, &back)) {
		err_set(e, ERR_INVALID, "the request does not say how far to "
			"go back");
		return REFUSED;
	}
	if (request_idle(s, e) < 0)
		return REFUSED;
	if (back > c->store.n_history) {
		err_set(e, ERR_NOTFOUND, "there are %zu commits to go back, "
			"not %u", c->store.n_history, back);
		return REFUSED;
	}
	if (store_at(&c->store, c->running, c->store.last - back, &map, e) < 0)
		return REFUSED;
	session_replace(s, map);
	return ANSWER;
}

/* --- dispatch --- */

static const struct {
	uint16_t	 op;
	handler		*handle;
} requests[] = {
	{ OP_HELLO,	do_hello },
	{ OP_GET_DATA,	request_get },
	{ OP_EDIT_DATA,	request_edit },
	{ OP_VALIDATE,	do_validate },
	{ OP_COMMIT,	do_commit },
	{ OP_CONFIRM,	do_confirm },
	{ OP_CANCEL,	do_cancel },
	{ OP_SESSIONS,	request_sessions },
	{ OP_LOCK,	request_lock },
	{ OP_UNLOCK,	request_unlock },
	{ OP_REBASE,	request_rebase },
	{ OP_DISCARD,	do_discard },
	{ OP_COPY,	do_copy },
	{ OP_COMPARE,	request_compare },
	{ OP_HISTORY,	request_history },
	{ OP_ROLLBACK,	do_rollback },
	{ OP_ACTION,	action_request },
	{ OP_SUBSCRIBE,	feed_subscribe },
	{ OP_UNSUBSCRIBE, feed_unsubscribe },
	{ OP_AUDIT,	request_audit },
	{ OP_MARK,	request_mark },
	{ OP_REVERT,	request_revert },
	{ OP_RELEASE,	request_release },
};

static handler *
find_handler(uint16_t op)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].op == op)
			return requests[i].handle;
	return NULL;
}

void
request_handle(struct session *s, const struct msg *m)
{
	handler *handle = find_handler(m->op);
	enum verdict v = REFUSED;
	struct err e = ERR_INIT;
	struct msg_attr a;
	struct msg r;

	if (m->flags != 0)
		return;			/* confd asked nothing */
	msg_init(&r, m->op, MSG_REPLY, m->id);
	if (handle == NULL)
		err_set(&e, ERR_INVALID, "confd has no operation %u", m->op);
	else if (access_check(&s->confd->schema, s->role, m, &e) == 0)
		v = handle(s, m, &r, &e);
	audit_request(s, m, v == REFUSED ? &e : NULL);
	if (v == LATER) {
		msg_fini(&r);
		return;
	}
	if (v == REFUSED) {
		r.flags |= MSG_ERROR;
		/* A handler may have named several. */
		if (!msg_find(&r, A_ERR_KIND, &a))
			msg_add_err(&r, &e);
	}
	msg_conn_send(s->conn, &r);
}
