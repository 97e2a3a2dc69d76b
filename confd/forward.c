/* Asking an owner, and handing its answer on: state, and what it is to do. */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confd.h"
#include "log.h"
#include "msg.h"
#include "path.h"
#include "request.h"
#include "session.h"
#include "ytree.h"

/* An answer that is owed: both ends may go away meanwhile. */
struct owed {
	struct owed	*next, **prev;
	struct confd	*confd;
	uint32_t	 session;
	uint32_t	 request;
	uint16_t	 op;
	char		*what;		/* an action, for the audit log */
};

/* What an owner says, without what this session may not read. */
static void
add_readable(struct msg *m, const struct session *s, const struct msg_attr *a)
{
	struct lyd_node *tree = NULL;
	char *json = NULL;
	struct err e;

	if (ytree_parse(&tree, s->confd->schema.ctx, (const char *)a->p, a->len,
			&e) < 0) {
		log_warn("the state for %s cannot be read: %s", s->user, e.text);
		return;
	}
	access_prune(s->role, &tree);
	if (tree != NULL && (json = ytree_print(tree, false)) != NULL)
		msg_add_str(m, A_DATA, json);
	free(json);
	ytree_free(tree);
}

static void
owed_keep(struct owed *o)
{
	o->next = o->confd->owed;
	o->prev = &o->confd->owed;
	if (o->next != NULL)
		o->next->prev = &o->next;
	o->confd->owed = o;
}

static void
owed_free(struct owed *o)
{
	*o->prev = o->next;
	if (o->next != NULL)
		o->next->prev = o->prev;
	free(o->what);
	free(o);
}

void
forward_free_all(struct confd *c)
{
	while (c->owed != NULL)
		owed_free(c->owed);
}

static void
on_answer(const struct msg *reply, const struct err *e, void *arg)
{
	struct owed *o = arg;
	struct session *s = session_by_serial(o->confd, o->session);
	struct msg_attr a;
	struct msg m;
	size_t pos = 0;

	if (o->what != NULL && reply == NULL)
		audit_note(&o->confd->audit, s, "%s failed: %s", o->what,
			   e->text);
	if (s != NULL) {
		msg_init(&m, o->op, MSG_REPLY, o->request);
		if (reply == NULL) {
			m.flags |= MSG_ERROR;
			msg_add_err(&m, e);
		}
		while (reply != NULL && msg_next(reply, &pos, &a)) {
			if (a.type == A_DATA && o->op == OP_GET_DATA &&
			    s->role != ROLE_ADMIN &&
			    s->confd->schema.hides)
				add_readable(&m, s, &a);
			else
				msg_add(&m, a.type, a.p, a.len);
		}
		s->pending--;
		msg_conn_send(s->conn, &m);
	}
	owed_free(o);
}

int
forward_ask(struct session *s, const struct msg *request, const char *owner,
	    const struct path *paths, size_t n, const char *what, struct err *e)
{
	struct backend *b = backend_find(s->confd, owner);
	struct msg_attr a;
	struct owed *o;
	size_t pos = 0, i;
	struct msg m;

	if (b == NULL)
		return err_set(e, ERR_NOTFOUND, "nobody knows the state of "
			       "this");
	if (!backend_is_up(b))
		return backend_down_err(b, e);
	if (s->pending >= (s->role == ROLE_ADMIN ? SESSION_PENDING_MAX :
			   SESSION_PENDING_OTHERS))
		return err_set(e, ERR_RESOURCE, "%u requests wait for an "
			       "answer already", s->pending);
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	o->confd = s->confd;
	o->session = s->serial;
	o->request = request->id;
	o->op = request->op;
	o->what = what != NULL ? strdup(what) : NULL;
	msg_init(&m, request->op, 0, 0);
	for (i = 0; i < n; i++)
		msg_add_str(&m, A_PATH, paths[i].text);
	while (msg_next(request, &pos, &a))
		if (a.type != A_PATH)
			msg_add(&m, a.type, a.p, a.len);
	s->pending++;
	owed_keep(o);
	backend_request(b, &m, on_answer, o);
	return 0;
}

/* All paths of a request, which must be one owner's. */
int
forward_get(struct session *s, const struct msg *m, struct err *e)
{
	const char *owner = NULL, *is;
	struct path *paths = NULL, *v;
	struct msg_attr a;
	size_t pos = 0, n = 0;
	char *text;
	int rc = 0;

	while (rc == 0 && msg_next(m, &pos, &a)) {
		if (a.type != A_PATH)
			continue;
		v = reallocarray(paths, n + 1, sizeof(*paths));
		text = msg_attr_str(&a);
		if (v != NULL)
			paths = v;
		if (v == NULL || text == NULL)
			rc = err_set(e, ERR_INVALID, "a path is not text");
		else
			rc = path_parse(&paths[n], &s->confd->schema, text, e);
		free(text);
		if (rc < 0)
			break;
		is = ytree_owner(paths[n++].node);
		if (owner != NULL && (is == NULL || strcmp(owner, is) != 0))
			rc = err_set(e, ERR_INVALID, "the paths belong to "
				     "several processes: ask one by one");
		owner = is;
	}
	if (rc == 0 && n == 0)
		rc = err_set(e, ERR_INVALID, "say whose state to show: a path "
			     "is missing");
	if (rc == 0)
		rc = forward_ask(s, m, owner, paths, n, NULL, e);
	free(paths);
	return rc;
}
