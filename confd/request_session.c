/* What sessions have to do with each other: who is there, the lock, and what
 * others have committed meanwhile. */
#include <stdio.h>

#include "confd.h"
#include "log.h"
#include "msg.h"
#include "rebase.h"
#include "request.h"
#include "session.h"
#include "unit.h"

static void
add_session(struct msg *r, const struct session *s, const struct session *self)
{
	msg_add_u32(r, A_SESSION, s->serial);
	msg_add_str(r, A_USER, s->user);
	msg_add_str(r, A_ROLE, role_str(s->role));
	msg_add_str(r, A_FROM, s->from);
	msg_add_u64(r, A_TIME, s->since);
	msg_add_u32(r, A_IDLE, (uint32_t)(session_clock() - s->active));
	if (s == self)
		msg_add(r, A_SELF, NULL, 0);
	if (s->candidate != NULL)
		msg_add(r, A_EDITING, NULL, 0);
	if (s->confd->locked_by == s->serial)
		msg_add(r, A_LOCKED, NULL, 0);
}

enum verdict
request_sessions(struct session *s, const struct msg *m, struct msg *r,
		 struct err *e)
{
	struct confd *c = s->confd;
	const struct session *i;
	struct msg_attr a;

	(void)e;
	for (i = c->sessions; i != NULL; i = i->next)
		add_session(r, i, s);
	if (msg_find(m, A_UNSAVED, &a) && !store_is_saved(&c->store, c->running))
		msg_add(r, A_UNSAVED, NULL, 0);
	return ANSWER;
}

enum verdict
request_lock(struct session *s, const struct msg *m, struct msg *r,
	     struct err *e)
{
	struct confd *c = s->confd;

	(void)m;
	(void)r;
	if (session_locked(s, e) < 0)
		return REFUSED;
	c->locked_by = s->serial;
	log_info("locked by %s", s->user);
	return ANSWER;
}

enum verdict
request_unlock(struct session *s, const struct msg *m, struct msg *r,
	       struct err *e)
{
	struct confd *c = s->confd;
	struct session *holder = session_by_serial(c, c->locked_by);
	struct msg_attr a;
	struct msg notice;
	char text[160];

	(void)r;
	if (holder == NULL) {
		err_set(e, ERR_NOTFOUND, "the configuration is not locked");
		return REFUSED;
	}
	if (holder != s && !msg_find(m, A_FORCE, &a)) {
		err_set(e, ERR_CONFLICT, "%s holds the lock, not you; an "
			"administrator takes it away with: unlock force",
			holder->user);
		return REFUSED;
	}
	if (holder != s && s->role != ROLE_ADMIN) {
		err_set(e, ERR_DENIED, "only an administrator takes the lock "
			"away from %s", holder->user);
		return REFUSED;
	}
	c->locked_by = 0;
	log_info("unlocked by %s", s->user);
	if (holder != s) {
		snprintf(text, sizeof(text), "%s has taken the lock of the "
			 "configuration away from you", s->user);
		msg_init(&notice, OP_NOTICE, 0, 0);
		msg_add_str(&notice, A_WARNING, text);
		msg_conn_send(holder->conn, &notice);
	}
	return ANSWER;
}

enum verdict
request_rebase(struct session *s, const struct msg *m, struct msg *r,
	       struct err *e)
{
	uint32_t keep = 0;
	struct map *map;
	int rc;

	msg_u32(m, A_REBASE, &keep);
	if (keep > REBASE_THEIRS) {
		err_set(e, ERR_INVALID, "there is no way number %u to rebase",
			keep);
		return REFUSED;
	}
	if (request_idle(s, e) < 0)
		return REFUSED;
	rc = rebase_candidate(s, (enum proto_rebase)keep, &map, r, e);
	if (rc < 0)
		return REFUSED;
	msg_add_u32(r, A_COUNT, (uint32_t)rc);
	if (s->candidate == NULL)
		map_unref(map);
	else
		session_replace(s, map);
	return ANSWER;
}
