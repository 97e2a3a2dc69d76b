/* Reading: datastores, what differs, the history, the audit log. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "confd.h"
#include "confirm.h"
#include "diff.h"
#include "msg.h"
#include "path.h"
#include "session.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

#define PATHS_MAX	4096
/* Of one request; each goes through the whole configuration. */
#define WIDE_PATHS_MAX	8
#define AUDIT_LINES_MAX	1000

struct map *
request_datastore(struct session *s, uint32_t ds, struct err *e)
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

enum verdict
request_get(struct session *s, const struct msg *m, struct msg *r,
	    struct err *e)
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
	if (request_text(m, A_FIELDS, 4096, "list of fields", &fields, e) < 0)
		return REFUSED;
	v.fields = fields;
	v.defaults = msg_find(m, A_DEFAULTS, &a);
	if (ds != 0)
		map = request_datastore(s, ds, e);
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
			return request_datastore(s, v, e);
		if (store_at(&c->store, c->running, v, &map, e) < 0)
			return NULL;
		return map;
	}
	err_set(e, ERR_INVALID, "the request does not say what to compare");
	return NULL;
}

enum verdict
request_compare(struct session *s, const struct msg *m, struct msg *r,
	        struct err *e)
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

enum verdict
request_history(struct session *s, const struct msg *m, struct msg *r,
	        struct err *e)
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

enum verdict
request_audit(struct session *s, const struct msg *m, struct msg *r,
	      struct err *e)
{
	uint32_t lines;

	if (!msg_u32(m, A_COUNT, &lines) || lines > AUDIT_LINES_MAX)
		lines = AUDIT_LINES_MAX;
	return audit_list(&s->confd->audit, lines, r, e) < 0 ? REFUSED : ANSWER;
}
