/* Prepare and apply: the owners, one after the other. */
#include "txn_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confd.h"
#include "log.h"
#include "parts.h"
#include "txn.h"

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
		txn_note(t, "%s", text);
		free(text);
	}
}

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
void
txn_abort(struct txn *t)
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
		txn_prepare(t);
		return;
	}
	/* It may be at it still: it must not keep anything. */
	if (backend_is_up(b))
		tell(t, b, OP_ABORT, on_aborted);
	if (t->kind == TXN_REVERT) {
		log_warn("%s: %s; it is taken back nevertheless",
			 backend_name(b), e->text);
		t->parts[t->step++] = PART_REFUSED;
		txn_prepare(t);
		return;
	}
	t->error = *e;
	txn_abort(t);
	if (t->kind == TXN_SYNC) {
		not_synced(b, e);
		txn_finish(t);
		return;
	}
	txn_refuse(t);
}

/* Asks the owners one after the other. */
void
txn_prepare(struct txn *t)
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
				txn_note(t, "%s is not running: it gets the "
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
	txn_persist(t);
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
		txn_note(t, "%s has not confirmed the new configuration: %s",
		     backend_name(b), e->text);
		not_synced(b, e);
	}
	t->step++;
	txn_apply(t);
}

void
txn_apply(struct txn *t)
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
	txn_finish(t);
}
