#include "request.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confd.h"
#include "confirm.h"
#include "diff.h"
#include "greet.h"
#include "log.h"
#include "msg.h"
#include "path.h"
#include "session.h"
#include "txn.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

#define PATHS_MAX	4096
/* Of one request; each goes through the whole configuration. */
#define WIDE_PATHS_MAX	8
#define COMMENT_MAX	256
#define AUDIT_LINES_MAX	1000

/* A string of the request, if it is there; -1 if it is not fit to print. */
static int
get_text(const struct msg *m, uint16_t type, size_t max, const char *what,
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
	if (get_text(m, A_FROM, SESSION_FROM_MAX, "origin", &from, e) < 0)
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

/* --- reading --- */

/* A datastore's map, with a reference of the caller's. */
static struct map *
datastore(struct session *s, uint32_t ds, struct err *e)
{
	const struct map *m = NULL;
	struct map *factory;

	switch (ds) {
	case DS_RUNNING:
		return map_ref(s->confd->running);
	case DS_CANDIDATE:
		return map_ref(session_config(s));
	case DS_STARTUP:
		if (store_startup(&s->confd->store, &m, e) < 0)
			return NULL;
		return map_ref((struct map *)m);
	case DS_FACTORY:
		if (store_factory(&s->confd->store, &factory, e) < 0)
			return NULL;
		return factory;
	default:
		err_set(e, ERR_INVALID, "there is no datastore number %u", ds);
		return NULL;
	}
}

static int
get_paths(struct session *s, const struct msg *m, struct path **out, size_t *n,
	  struct err *e)
{
	struct path *v = NULL, *more;
	unsigned int wide = 0;
	struct msg_attr a;
	size_t pos = 0;
	char *text;
	int rc;

	*n = 0;
	while (msg_next(m, &pos, &a)) {
		if (a.type != A_PATH)
			continue;
		text = msg_attr_str(&a);
		more = *n < PATHS_MAX ? reallocarray(v, *n + 1, sizeof(*v)) : NULL;
		if (more != NULL)
			v = more;
		rc = more == NULL || text == NULL ?
		    err_set(e, ERR_INVALID, "too many paths, or no text") :
		    path_parse(&v[*n], &s->confd->schema, text, e);
		if (rc == 0 && (v[*n].unit == NULL || !v[*n].unit->list) &&
		    ++wide > WIDE_PATHS_MAX)
			rc = err_set(e, ERR_INVALID, "too many paths that name "
				     "no entry: ask for all of it");
		free(text);
		if (rc < 0) {
			free(v);
			return -1;
		}
		(*n)++;
	}
	*out = v;
	return 0;
}

static enum verdict
do_get(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	struct view v = { .mask = s->role != ROLE_ADMIN, .role = s->role };
	struct path *paths = NULL;
	struct map *map = NULL;
	struct msg_attr a;
	char *json = NULL, *fields;
	uint32_t ds = 0, commit = 0;
	size_t n;
	int rc;

	if (!msg_u32(m, A_COMMIT, &commit) &&
	    (!msg_u32(m, A_DATASTORE, &ds) || ds == 0)) {
		err_set(e, ERR_INVALID, "the request names no datastore");
		return REFUSED;
	}
	if (ds == DS_OPERATIONAL)
		return forward_get(s, m, e) < 0 ? REFUSED : LATER;
	if (get_text(m, A_FIELDS, 4096, "list of fields", &fields, e) < 0)
		return REFUSED;
	v.fields = fields;
	v.defaults = msg_find(m, A_DEFAULTS, &a);
	if (ds != 0)
		map = datastore(s, ds, e);
	else if (store_at(&s->confd->store, s->confd->running, commit, &map, e)
		 < 0)
		map = NULL;
	rc = map != NULL ? get_paths(s, m, &paths, &n, e) : -1;
	if (rc == 0)
		rc = view_json(&s->confd->schema, map, paths, n, &v, &json, e);
	if (rc == 0 && json != NULL) {
		msg_add_str(r, A_DATA, json);
		explicit_bzero(json, strlen(json));
	}
	free(json);
	free(paths);
	free(fields);
	map_unref(map);
	return rc < 0 ? REFUSED : ANSWER;
}

struct listing {
	struct msg	*m;
	enum role	 role;
};

static int
list_change(const struct change *c, void *arg)
{
	struct listing *l = arg;
	bool hide = l->role != ROLE_ADMIN && ytree_is_secret(c->node);

	if (l->role < rights_needed(c->node, RIGHT_READ))
		return 0;

	msg_add_u32(l->m, A_EDIT, c->op);
	msg_add_str(l->m, A_PATH, c->path);
	msg_add_str(l->m, A_VALUE, hide && c->value != NULL ? VIEW_MASK :
		    c->value);
	msg_add_str(l->m, A_OLD_VALUE, hide && c->old != NULL ? VIEW_MASK :
		    c->old);
	return l->m->bad ? -1 : 0;
}

/* A_DATASTORE or A_COMMIT, the nth of them. */
static struct map *
comparand(struct session *s, const struct msg *m, unsigned int nth,
	  struct err *e)
{
	struct confd *c = s->confd;
	struct map *map = NULL;
	struct msg_attr a;
	size_t pos = 0;
	uint32_t v;

	while (msg_next(m, &pos, &a)) {
		if ((a.type != A_DATASTORE && a.type != A_COMMIT) || nth-- > 0)
			continue;
		if (a.len != 4)
			break;
		v = (uint32_t)msg_attr_number(&a);
		if (a.type == A_DATASTORE)
			return datastore(s, v, e);
		if (store_at(&c->store, c->running, v, &map, e) < 0)
			return NULL;
		return map;
	}
	err_set(e, ERR_INVALID, "the request does not say what to compare");
	return NULL;
}

static enum verdict
do_compare(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	struct listing l = { r, s->role };
	struct map *a = comparand(s, m, 0, e);
	struct map *b = a != NULL ? comparand(s, m, 1, e) : NULL;
	enum verdict v = REFUSED;

	if (b != NULL) {
		if (diff_maps(a, b, list_change, &l) == 0)
			v = ANSWER;
		else
			err_set(e, ERR_RESOURCE, "no memory to compare");
	}
	map_unref(a);
	map_unref(b);
	return v;
}

static enum verdict
do_history(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	const struct store *st = &s->confd->store;
	const struct commit *c;
	size_t i;

	(void)m;
	(void)e;
	for (i = st->n_history; i-- > 0;) {
		c = &st->history[i];
		msg_add_u32(r, A_COMMIT, c->number);
		msg_add_u64(r, A_TIME, c->time);
		msg_add_str(r, A_USER, c->user);
		msg_add_str(r, A_FROM, c->from);
		msg_add_str(r, A_COMMENT, c->comment);
		if (st->unconfirmed.first > 0 &&
		    c->number >= st->unconfirmed.first)
			msg_add_u32(r, A_CONFIRM, confirm_left(s->confd));
	}
	return ANSWER;
}

static enum verdict
do_audit(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	uint32_t lines;

	if (!msg_u32(m, A_COUNT, &lines) || lines > AUDIT_LINES_MAX)
		lines = AUDIT_LINES_MAX;
	return audit_list(&s->confd->audit, lines, r, e) < 0 ? REFUSED : ANSWER;
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
	    get_text(m, A_COMMENT, COMMENT_MAX,
					     "comment", &comment, e) < 0)
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
	map = datastore(s, from, e);
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

static enum verdict
do_action(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	(void)r;
	return forward_action(s, m, e) < 0 ? REFUSED : LATER;
}

/* --- dispatch --- */

static const struct {
	uint16_t	 op;
	handler		*handle;
} requests[] = {
	{ OP_HELLO,	do_hello },
	{ OP_GET_DATA,	do_get },
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
	{ OP_COMPARE,	do_compare },
	{ OP_HISTORY,	do_history },
	{ OP_ROLLBACK,	do_rollback },
	{ OP_ACTION,	do_action },
	{ OP_SUBSCRIBE,	feed_subscribe },
	{ OP_UNSUBSCRIBE, feed_unsubscribe },
	{ OP_AUDIT,	do_audit },
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
