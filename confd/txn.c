#include "txn.h"

#include <event2/event.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "confd.h"
#include "confirm.h"
#include "impact.h"
#include "log.h"
#include "msg.h"
#include "parts.h"
#include "prune.h"
#include "proto.h"
#include "rebase.h"
#include "session.h"
#include "store.h"
#include "unit.h"
#include "valid.h"

enum kind {
	TXN_COMMIT,
	TXN_VALIDATE,
	TXN_REVERT,
	TXN_SYNC,
};

static const enum proto_op ops[] = {	/* of the answers */
	[TXN_COMMIT]	= OP_COMMIT,
	[TXN_VALIDATE]	= OP_VALIDATE,
	[TXN_REVERT]	= OP_CANCEL,
};

enum part {
	PART_NONE,		/* nothing of it is this owner's */
	PART_PREPARED,
	PART_REFUSED,		/* and gets all of it afterwards */
};

struct txn {
	struct txn	*next;
	struct confd	*confd;
	enum kind	 kind;
	uint32_t	 serial;	/* A_TXN */
	uint32_t	 session;	/* whose, by its serial */
	uint32_t	 request;
	struct backend	*only;		/* TXN_SYNC: this one */
	struct map	*after;
	size_t		 step;		/* the owner that is asked */
	enum part	*parts;		/* one for each owner */
	uint32_t	 uid;
	uint32_t	 confirm_s;	/* 0: for good */
	bool		 waits;		/* it is to be confirmed */
	struct msg	 notes;		/* A_WARNING* */
	struct commit	 commit;
	struct err	 error;
};

static void txn_run(struct confd *);
static void prepare_next(struct txn *);
static void apply_next(struct txn *);

static void
txn_free(struct txn *t)
{
	msg_fini(&t->notes);
	map_unref(t->after);
	free(t->parts);
	free(t->commit.user);
	free(t->commit.from);
	free(t->commit.comment);
	free(t);
}

static struct txn *
txn_new(struct confd *c, enum kind kind)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->confd = c;
	t->kind = kind;
	t->serial = ++c->txn_serial;
	msg_init(&t->notes, 0, 0, 0);
	t->parts = calloc(c->schema.n_owners + 1, sizeof(*t->parts));
	if (t->parts != NULL)
		return t;
	txn_free(t);
	return NULL;
}

static void
enqueue(struct txn *t)
{
	struct txn **tail = &t->confd->txns;
	bool idle = *tail == NULL;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = t;
	if (idle)
		txn_run(t->confd);
}

static void __attribute__((format(printf, 2, 3)))
note(struct txn *t, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_add_str(&t->notes, A_WARNING, text);
}

/* Whatever the owner remarked, with its name. */
static void
note_warnings(struct txn *t, const struct msg *reply)
{
	struct msg_attr a;
	size_t pos = 0;
	char *text;

	while (msg_next(reply, &pos, &a)) {
		if (a.type != A_WARNING || (text = msg_attr_str(&a)) == NULL)
			continue;
		note(t, "%s", text);
		free(text);
	}
}

/* --- the end --- */

static void
add_notes(struct msg *m, const struct txn *t)
{
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(&t->notes, &pos, &a))
		msg_add(m, a.type, a.p, a.len);
}

static void
next_txn(struct txn *t)
{
	struct confd *c = t->confd;

	c->txns = t->next;
	txn_free(t);
	txn_run(c);
}

/* The answer, good or bad, and on with the next one. */
static void
finish(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct msg m;

	if (t->kind != TXN_SYNC && s != NULL) {
		s->waiting = false;
		msg_init(&m, ops[t->kind], MSG_REPLY, t->request);
		if (t->error.kind != ERR_NONE) {
			m.flags |= MSG_ERROR;
			msg_add_err(&m, &t->error);
		} else if (t->commit.number > 0) {
			msg_add_u32(&m, A_COMMIT, t->commit.number);
			if (t->waits)
				msg_add_u32(&m, A_CONFIRM, t->confirm_s);
		}
		add_notes(&m, t);
		msg_conn_send(s->conn, &m);
	}
	next_txn(t);
}

static void
refuse(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);

	if (t->kind != TXN_VALIDATE && s != NULL)
		log_info("commit by %s refused: %s", s->user, t->error.text);
	finish(t);
}

/* --- validation --- */

static void
answer_errors(struct txn *t, const struct valid *v)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct err more;
	struct msg m;
	size_t i;

	if (s != NULL) {
		s->waiting = false;
		msg_init(&m, ops[t->kind], MSG_REPLY | MSG_ERROR, t->request);
		for (i = 0; i < v->n; i++)
			msg_add_err(&m, &v->errors[i]);
		if (v->n == 0 || v->more > 0) {
			err_set(&more, v->n == 0 ? ERR_RESOURCE : ERR_INVALID,
				v->n == 0 ? "no memory to validate" :
				"there are more errors than these %zu", v->n);
			msg_add_err(&m, &more);
		}
		msg_conn_send(s->conn, &m);
	}
	next_txn(t);
}

/* Puts the candidate on top of what running is now.  False: answered. */
static bool
rebase(struct txn *t, struct session *s)
{
	struct msg m;

	msg_init(&m, ops[t->kind], MSG_REPLY | MSG_ERROR, t->request);
	if (rebase_candidate(s, 0, &t->after, &m, &t->error) == 0) {
		msg_fini(&m);
		return true;
	}
	if (t->error.kind != ERR_CONFLICT) {
		msg_fini(&m);
		refuse(t);
		return false;
	}
	log_info("commit by %s refused: %s", s->user, t->error.text);
	s->waiting = false;
	msg_conn_send(s->conn, &m);
	next_txn(t);
	return false;
}

static int
any_change(struct unit *before, struct unit *after, void *arg)
{
	(void)arg;
	return !unit_equal(before, after);
}

/* What waits to be confirmed after this commit, in t->confirm_s seconds. */
static int
wait_for_it(struct txn *t, uint32_t last)
{
	struct store *st = &t->confd->store;
	struct unconfirmed p = st->unconfirmed;

	if (p.first == 0)
		p.first = last;
	p.last = last;
	p.uid = t->uid;
	p.user = t->commit.user;
	p.seconds = t->confirm_s;
	p.deadline = unconfirmed_now() + 1000ull * t->confirm_s;
	return unconfirmed_set(st, &p, &t->error);
}

/* Nothing to commit; but what waits already gets more time. */
static void
no_change(struct txn *t, struct session *s)
{
	struct confd *c = t->confd;
	char text[ERR_TEXT_MAX];

	if (t->kind == TXN_COMMIT)
		session_discard(s);
	if (t->kind == TXN_COMMIT && t->confirm_s > 0 &&
	    c->store.unconfirmed.first > 0) {
		if (confirm_allows(c, t->uid, true, &t->error) < 0 ||
		    wait_for_it(t, c->store.unconfirmed.last) < 0) {
			refuse(t);
			return;
		}
		confirm_arm(c);
	}
	if (c->store.unconfirmed.first > 0)
		note(t, "%s", confirm_str(c, text, sizeof(text)));
	finish(t);
}

/* Says what it will do, before it does anything. */
static int
preview(struct txn *t, struct session *s)
{
	struct msg m;

	if (s == NULL)
		return 0;
	msg_init(&m, OP_IMPACT, 0, 0);
	if (impact_add(&m, t->confd->running, t->after, &t->error) < 0) {
		msg_fini(&m);
		return -1;
	}
	msg_conn_send(s->conn, &m);
	return 0;
}

static void
note_pruned(const char *sentence, void *arg)
{
	note(arg, "%s", sentence);
}

/* What a `when` that has become false takes with it; the candidate keeps it
 * until the commit is made. */
static int
drop_gone(struct txn *t, const struct valid *v)
{
	struct confd *c = t->confd;
	struct map *m;

	if (v->n_gone == 0)
		return 0;
	m = map_clone(t->after);
	if (m == NULL)
		return err_set(&t->error, ERR_RESOURCE, "no memory to commit");
	map_unref(t->after);
	t->after = m;
	return prune(v, &c->schema, m, ++c->batch_serial, note_pruned, t,
		     &t->error);
}

static void
start_commit(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct valid v;
	bool ok;

	if (s == NULL) {
		next_txn(t);
		return;
	}
	if (!rebase(t, s))
		return;
	if (map_diff(t->confd->running, t->after, any_change, NULL) == 0) {
		no_change(t, s);
		return;
	}
	if (t->kind == TXN_COMMIT && (session_locked(s, &t->error) < 0 ||
	    confirm_allows(t->confd, t->uid, t->confirm_s > 0, &t->error) < 0)) {
		refuse(t);
		return;
	}
	if (valid_changes(&t->confd->schema, t->confd->running, t->after, &v) < 0) {
		log_info("commit by %s refused: %zu errors, the first: %s",
			 s->user, v.n + v.more, v.n > 0 ? v.errors[0].text :
			 "out of memory");
		answer_errors(t, &v);
		valid_fini(&v);
		return;
	}
	ok = drop_gone(t, &v) == 0 && preview(t, s) == 0;
	valid_fini(&v);
	if (ok)
		prepare_next(t);
	else
		refuse(t);
}

/* --- prepare --- */

/* Builds OP_PREPARE; false if there is nothing for this owner. */
static bool
build_prepare(struct txn *t, struct backend *b, struct msg *m)
{
	bool replace = t->kind == TXN_SYNC || !backend_is_synced(b);

	msg_init(m, OP_PREPARE, 0, 0);
	msg_add_u32(m, A_TXN, t->serial);
	if (replace)
		msg_add(m, A_REPLACE, NULL, 0);
	return parts_add(m, replace ? NULL : t->confd->running, t->after,
			 backend_name(b)) || replace;
}

static void
tell(struct txn *t, struct backend *b, enum proto_op op,
     backend_reply_fn *fn)
{
	struct msg m;

	msg_init(&m, op, 0, 0);
	msg_add_u32(&m, A_TXN, t->serial);
	backend_request(b, &m, fn, b);
}

static void
on_aborted(const struct msg *reply, const struct err *e, void *arg)
{
	struct backend *b = arg;

	/* Who refused has nothing to abort. */
	if (reply == NULL && e->kind != ERR_NOTFOUND)
		log_warn("%s: abort: %s", backend_name(b), e->text);
}

/* Nothing of the transaction stays anywhere. */
static void
abort_all(struct txn *t)
{
	size_t i;

	for (i = 0; i < t->confd->schema.n_owners; i++)
		if (t->parts[i] == PART_PREPARED)
			tell(t, t->confd->backends[i], OP_ABORT, on_aborted);
}

/* It goes without what is running; said once for each reason. */
static void
not_synced(struct backend *b, const struct err *e)
{
	char text[2 * ERR_TEXT_MAX];
	const char *was = backend_refusal(b);

	if (!backend_is_up(b)) {
		log_warn("%s: %s", backend_name(b), e->text);
		return;			/* it gets all of it when it returns */
	}
	snprintf(text, sizeof(text), "%s does not take the running "
		 "configuration: %s%s%s", backend_name(b), e->text,
		 e->path[0] != '\0' ? ", at " : "", e->path);
	if (was == NULL || strcmp(was, text) != 0)
		log_warn("%s", text);
	backend_set_refusal(b, text);
	backend_set_synced(b, false);
	backend_sync_later(b);
}

static void
on_prepared(const struct msg *reply, const struct err *e, void *arg)
{
	struct txn *t = arg;
	struct backend *b = t->confd->backends[t->step];

	if (reply != NULL) {
		note_warnings(t, reply);
		t->parts[t->step++] = PART_PREPARED;
		prepare_next(t);
		return;
	}
	/* It may be at it still: it must not keep anything. */
	if (backend_is_up(b))
		tell(t, b, OP_ABORT, on_aborted);
	if (t->kind == TXN_REVERT) {
		log_warn("%s: %s; it is taken back nevertheless",
			 backend_name(b), e->text);
		t->parts[t->step++] = PART_REFUSED;
		prepare_next(t);
		return;
	}
	t->error = *e;
	abort_all(t);
	if (t->kind == TXN_SYNC) {
		not_synced(b, e);
		finish(t);
		return;
	}
	refuse(t);
}

static void persist(struct txn *);

/* Asks the owners one after the other. */
static void
prepare_next(struct txn *t)
{
	struct confd *c = t->confd;
	struct backend *b;
	struct msg m;

	for (; t->step < c->schema.n_owners; t->step++) {
		b = c->backends[t->step];
		if (b == NULL || (t->only != NULL && b != t->only))
			continue;
		if (!backend_is_up(b)) {
			if (parts_any(c->running, t->after,
				      backend_name(b)))
				note(t, "%s is not running: it gets the "
				     "configuration when it starts",
				     backend_name(b));
			continue;
		}
		if (!build_prepare(t, b, &m)) {
			msg_fini(&m);
			continue;
		}
		backend_request(b, &m, on_prepared, t);
		return;
	}
	persist(t);
}

/* --- taking back what was not confirmed --- */

/* It has been done, and is on disk. */
static void
reverted(struct txn *t)
{
	struct confd *c = t->confd;
	struct unconfirmed *p = &c->store.unconfirmed;
	struct session *s = session_by_serial(c, t->session);
	char text[ERR_TEXT_MAX];
	struct err e;

	snprintf(text, sizeof(text), "commit %u of %s was taken back%s%s: the "
		 "configuration is again that of commit %u. To fetch what was "
		 "taken back into the candidate: rollback 1", p->last, p->user,
		 t->session != 0 ? " by " : ", because it was not confirmed in "
		 "time", s != NULL ? s->user : t->session != 0 ? "somebody who "
		 "has gone since" : "", p->first - 1);
	confd_announce(c, text);
	c->reverting = false;
	if (unconfirmed_settle(&c->store, &e) < 0) {
		log_warn("%s", e.text);
		confirm_again(c);
	} else {
		confirm_arm(c);
	}
}

static void
not_reverted(struct txn *t)
{
	struct confd *c = t->confd;

	log_error("commit %u cannot be taken back now: %s",
		  c->store.unconfirmed.last, t->error.text);
	c->reverting = false;
	confirm_again(c);
}

/* What was before cannot be read, now or ever. */
static void
cannot_revert(struct txn *t)
{
	struct confd *c = t->confd;
	char text[2 * ERR_TEXT_MAX];
	struct err e;

	if (t->error.kind != ERR_NOTFOUND && t->error.kind != ERR_INVALID) {
		not_reverted(t);
		refuse(t);
		return;
	}
	snprintf(text, sizeof(text), "commit %u of %s cannot be taken back and "
		 "stays: %s", c->store.unconfirmed.last, c->store.unconfirmed.user,
		 t->error.text);
	confd_announce(c, text);
	c->reverting = false;
	if (unconfirmed_settle(&c->store, &e) < 0)
		log_warn("%s", e.text);
	refuse(t);
}

static void
start_revert(struct txn *t)
{
	struct confd *c = t->confd;
	const struct unconfirmed *p = &c->store.unconfirmed;
	struct session *s = session_by_serial(c, t->session);
	char text[ERR_TEXT_MAX];

	/* Meanwhile confirmed, or given more time. */
	if (p->first == 0 ||
	    (t->session == 0 && unconfirmed_now() < p->deadline)) {
		if (p->first == 0)
			err_set(&t->error, ERR_NOTFOUND, "no commit waits to be "
				"confirmed any more");
		c->reverting = false;
		confirm_arm(c);
		finish(t);
		return;
	}
	snprintf(text, sizeof(text), "takes back commit %u of %s%s", p->last,
		 p->user, t->session == 0 ? ", not confirmed in time" : "");
	t->commit.comment = strdup(text);
	if (store_at(&c->store, c->running, p->first - 1, &t->after,
		     &t->error) < 0) {
		cannot_revert(t);
		return;
	}
	if (preview(t, s) < 0) {
		not_reverted(t);
		refuse(t);
		return;
	}
	prepare_next(t);
}

/* --- the disk, and apply --- */

static void
schedule_tidy(struct confd *c)
{
	const struct timeval soon = { 1, 0 };

	if (c->tidy != NULL)
		event_add(c->tidy, &soon);
}

static int
stamp(struct unit *before, struct unit *after, void *arg)
{
	if (after != NULL && !unit_equal(before, after))
		after->commit = *(const uint32_t *)arg;
	return 0;
}

/* Makes it running, on disk first; -1 and nothing is changed. */
static int
make_running(struct txn *t)
{
	struct confd *c = t->confd;
	struct store *st = &c->store;
	struct unconfirmed was = st->unconfirmed;
	struct err e;

	if (store_catch_up(st, c->running, &t->error) < 0)
		return -1;
	if (t->confirm_s > 0) {
		if (was.user != NULL && (was.user = strdup(was.user)) == NULL)
			return err_set(&t->error, ERR_RESOURCE, "out of memory");
		if (wait_for_it(t, st->last + 1) < 0) {
			free(was.user);
			return -1;
		}
	}
	if (store_commit(st, c->running, t->after, &t->commit, &t->error) < 0) {
		if (t->confirm_s > 0 && (was.first > 0 ?
		    unconfirmed_set(st, &was, &e) : unconfirmed_settle(st, &e)) < 0) {
			log_warn("%s", e.text);
			/* So the file is read after a crash, too. */
			st->unconfirmed.last = was.last;
			st->unconfirmed.deadline = was.deadline;
		}
		if (t->confirm_s > 0)
			free(was.user);
		return -1;
	}
	if (t->confirm_s > 0) {
		free(was.user);
		t->waits = true;
		confirm_arm(c);
	}
	audit_commit(&c->audit, session_by_serial(c, t->session), &t->commit,
		     c->running, t->after);
	/* They are the history's now. */
	t->commit.user = t->commit.from = t->commit.comment = NULL;
	map_diff(c->running, t->after, stamp, &t->commit.number);
	map_unref(c->running);
	c->running = map_ref(t->after);
	schedule_tidy(c);
	return 0;
}

static void
persist(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct confd *c = t->confd;

	t->step = 0;
	if (t->kind == TXN_VALIDATE) {
		abort_all(t);
		finish(t);
		return;
	}
	if (t->kind == TXN_COMMIT || t->kind == TXN_REVERT) {
		if (make_running(t) < 0) {
			abort_all(t);
			if (t->kind == TXN_REVERT)
				not_reverted(t);
			refuse(t);
			return;
		}
		if (t->waits)
			audit_note(&c->audit, s, "commit %u is to be confirmed",
				   c->store.last);
	}
	if (t->kind == TXN_REVERT)
		reverted(t);
	if (t->kind == TXN_COMMIT && s != NULL)
		session_discard(s);
	apply_next(t);
}

static void
on_applied(const struct msg *reply, const struct err *e, void *arg)
{
	struct txn *t = arg;
	struct backend *b = t->confd->backends[t->step];

	if (reply != NULL) {
		note_warnings(t, reply);
		backend_set_synced(b, true);
		backend_set_refusal(b, NULL);
	} else {
		note(t, "%s has not confirmed the new configuration: %s",
		     backend_name(b), e->text);
		not_synced(b, e);
	}
	t->step++;
	apply_next(t);
}

static void
apply_next(struct txn *t)
{
	struct confd *c = t->confd;
	struct msg m;

	for (; t->step < c->schema.n_owners; t->step++) {
		if (t->parts[t->step] == PART_REFUSED) {
			backend_set_synced(c->backends[t->step], false);
			txn_sync(c, c->backends[t->step]);
		}
		if (t->parts[t->step] != PART_PREPARED)
			continue;
		msg_init(&m, OP_APPLY, 0, 0);
		msg_add_u32(&m, A_TXN, t->serial);
		backend_request(c->backends[t->step], &m, on_applied, t);
		return;
	}
	finish(t);
}

/* --- beginning --- */

static void
txn_run(struct confd *c)
{
	struct txn *t = c->txns;

	if (t == NULL)
		return;
	if (t->kind == TXN_REVERT) {
		start_revert(t);
		return;
	}
	if (t->kind != TXN_SYNC) {
		start_commit(t);
		return;
	}
	/* A commit that came first may have done it. */
	if (!backend_is_up(t->only) || backend_is_synced(t->only)) {
		next_txn(t);
		return;
	}
	t->after = map_ref(c->running);
	prepare_next(t);
}

/* s is NULL for what confd does by itself. */
static struct txn *
txn_of(struct confd *c, struct session *s, enum kind kind, uint32_t request)
{
	struct txn *t = txn_new(c, kind);

	if (t == NULL)
		return NULL;
	t->request = request;
	t->commit.time = (uint64_t)time(NULL);
	t->commit.user = strdup(s != NULL ? s->user : "confd");
	if (t->commit.user == NULL) {
		txn_free(t);
		return NULL;
	}
	if (s != NULL) {
		t->session = s->serial;
		t->uid = s->uid;
		t->commit.from = s->from != NULL ? strdup(s->from) : NULL;
		s->waiting = true;
	}
	return t;
}

int
txn_commit(struct session *s, uint32_t request, const char *comment,
	   uint32_t confirm_s, struct err *e)
{
	struct txn *t = txn_of(s->confd, s, TXN_COMMIT, request);

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a commit");
	t->commit.comment = comment != NULL ? strdup(comment) : NULL;
	t->confirm_s = confirm_s;
	enqueue(t);
	return 0;
}

int
txn_validate(struct session *s, uint32_t request, struct err *e)
{
	struct txn *t = txn_of(s->confd, s, TXN_VALIDATE, request);

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a validation");
	enqueue(t);
	return 0;
}

int
txn_cancel(struct session *s, uint32_t request, struct err *e)
{
	struct txn *t;

	if (s->confd->reverting)
		return err_set(e, ERR_CONFLICT, "it is being taken back "
			       "already");
	t = txn_of(s->confd, s, TXN_REVERT, request);
	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory to take it back");
	s->confd->reverting = true;
	enqueue(t);
	return 0;
}

void
txn_revert(struct confd *c)
{
	struct txn *t;

	if (c->reverting)
		return;
	t = txn_of(c, NULL, TXN_REVERT, 0);
	if (t == NULL) {
		log_error("no memory to take back what was not confirmed");
		confirm_again(c);
		return;
	}
	c->reverting = true;
	enqueue(t);
}

void
txn_sync(struct confd *c, struct backend *b)
{
	struct txn *t = txn_new(c, TXN_SYNC);

	if (t == NULL) {
		log_error("no memory to hand %s its configuration",
			  backend_name(b));
		return;
	}
	t->only = b;
	enqueue(t);
}

void
txn_free_all(struct confd *c)
{
	struct txn *t;

	while ((t = c->txns) != NULL) {
		c->txns = t->next;
		txn_free(t);
	}
}
