#include "rebase.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>

#include "confd.h"
#include "diff.h"
#include "msg.h"
#include "session.h"
#include "unit.h"
#include "ytree.h"

struct teller {
	const struct store	*store;
	struct msg		*m;
};

/* "set it to 7", "removed it" */
static void
did(char *out, size_t size, enum proto_edit op, const char *value, bool secret)
{
	if (op == EDIT_DELETE)
		snprintf(out, size, "removed it");
	else if (value == NULL)
		snprintf(out, size, "changed it");
	else
		snprintf(out, size, "set it to %.100s",
			 secret ? "something else" : value);
}

/* "commit 7 of alice" */
static void
who(const struct store *st, uint32_t commit, char *out, size_t size)
{
	size_t i;

	snprintf(out, size, "somebody else");
	for (i = 0; i < st->n_history; i++)
		if (commit > 0 && st->history[i].number == commit)
			snprintf(out, size, "commit %u of %s", commit,
				 st->history[i].user);
}

static int
tell(const struct change *c, void *arg)
{
	bool secret = ytree_is_secret(c->node);
	char name[128], mine[160], theirs[160];
	struct teller *t = arg;
	struct err e;

	who(t->store, c->other_commit, name, sizeof(name));
	did(mine, sizeof(mine), c->op, c->value, secret);
	did(theirs, sizeof(theirs), c->other_op, c->other_value, secret);
	err_set_path(&e, ERR_CONFLICT, c->path, "you %s; %s meanwhile %s",
		     mine, name, theirs);
	msg_add_err(t->m, &e);
	return 0;
}

int
rebase_candidate(struct session *s, enum proto_rebase keep, struct map **out,
		 struct msg *m, struct err *e)
{
	struct confd *c = s->confd;
	struct teller t = { &c->store, m };
	struct err how;
	int rc;

	if (s->candidate == NULL || s->base == c->running) {
		*out = map_ref(s->candidate != NULL ? s->candidate : c->running);
		return 0;
	}
	rc = diff_rebase(&c->schema, s->base, c->running, s->candidate, keep,
			 &c->batch_serial, out, keep == 0 ? tell : NULL, &t, e);
	if (rc >= 0 || e->kind != ERR_CONFLICT)
		return rc;
	err_set(&how, ERR_CONFLICT, "nothing is committed, and your changes are "
		"kept. To have these nodes as you changed them: rebase mine; "
		"as they are now: rebase theirs");
	msg_add_err(m, &how);
	return -1;
}
