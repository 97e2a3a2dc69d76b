/* Taking back what was not confirmed. */
#include "txn_impl.h"

#include <stdio.h>
#include <string.h>

#include "confd.h"
#include "confirm.h"
#include "log.h"
#include "session.h"

/* It has been done, and is on disk. */
void
txn_reverted(struct txn *t)
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

void
txn_not_reverted(struct txn *t)
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
		txn_not_reverted(t);
		txn_refuse(t);
		return;
	}
	snprintf(text, sizeof(text), "commit %u of %s cannot be taken back and "
		 "stays: %s", c->store.unconfirmed.last, c->store.unconfirmed.user,
		 t->error.text);
	confd_announce(c, text);
	c->reverting = false;
	if (unconfirmed_settle(&c->store, &e) < 0)
		log_warn("%s", e.text);
	txn_refuse(t);
}

void
txn_start_revert(struct txn *t)
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
		txn_finish(t);
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
	if (txn_preview(t, s) < 0) {
		txn_not_reverted(t);
		txn_refuse(t);
		return;
	}
	txn_prepare(t);
}
