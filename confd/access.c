#include "access.h"

#include <grp.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diff.h"
#include "edit.h"
#include "msg.h"
#include "schema.h"
#include "unit.h"

#define DENIED_MAX	20

static gid_t
group_id(const char *name)
{
	struct group *g = getgrnam(name);

	return g != NULL ? g->gr_gid : (gid_t)-1;
}

void
access_init(struct access *a)
{
	a->owner = getuid();
	a->admin = group_id(RIGHTS_ADMIN_GROUP);
	a->operator = group_id(RIGHTS_OPERATOR_GROUP);
}

enum role
access_role(const struct access *a, uid_t uid, const gid_t *groups, size_t n)
{
	enum role role = ROLE_GUEST;
	size_t i;

	if (uid == 0 || uid == a->owner)
		return ROLE_ADMIN;
	for (i = 0; i < n; i++) {
		if (groups[i] == (gid_t)-1)
			continue;
		if (groups[i] == a->admin)
			return ROLE_ADMIN;
		if (groups[i] == a->operator)
			role = ROLE_OPERATOR;
	}
	return role;
}

enum role
access_peer(const struct access *a, int fd)
{
	gid_t groups[1024];
	struct ucred cred;
	socklen_t len = sizeof(cred), glen = sizeof(groups) - sizeof(gid_t);
	size_t n = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return ROLE_GUEST;
	/* Somebody in more groups than fit is in none. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &glen) == 0)
		n = glen / sizeof(gid_t);
	groups[n++] = cred.gid;
	return access_role(a, cred.uid, groups, n);
}

/* --- operations --- */

static const struct {
	enum proto_op	 op;
	const char	*rpc;		/* of culvert-operations */
} operations[] = {
	{ OP_HELLO,	"hello" },
	{ OP_EDIT_DATA,	"edit" },
	{ OP_VALIDATE,	"validate" },
	{ OP_COMMIT,	"commit" },
	{ OP_CONFIRM,	"confirm" },
	{ OP_CANCEL,	"cancel" },
	{ OP_SESSIONS,	"sessions" },
	{ OP_LOCK,	"lock" },
	{ OP_UNLOCK,	"lock" },
	{ OP_REBASE,	"rebase" },
	{ OP_DISCARD,	"discard" },
	{ OP_COMPARE,	"compare" },
	{ OP_HISTORY,	"history" },
	{ OP_ROLLBACK,	"rollback" },
	{ OP_AUDIT,	"get-audit" },
	{ OP_MARK,	"load" },
	{ OP_REVERT,	"load" },
	{ OP_RELEASE,	"load" },
};

static const char *const reading[] = {
	[DS_RUNNING]	 = "get-running",
	[DS_CANDIDATE]	 = "get-candidate",
	[DS_STARTUP]	 = "get-startup",
	[DS_FACTORY]	 = "get-factory",
	[DS_OPERATIONAL] = "get-state",
};

/* The datastores that a request names, the first and the last. */
static void
datastores(const struct msg *m, uint32_t *first, uint32_t *last)
{
	struct msg_attr a;
	size_t pos = 0;

	*first = *last = 0;
	while (msg_next(m, &pos, &a)) {
		if (a.type != A_DATASTORE)
			continue;
		*last = (uint32_t)msg_attr_number(&a);
		if (*first == 0)
			*first = *last;
	}
}

const char *
access_operation(const struct msg *m)
{
	uint32_t from, to;
	struct msg_attr a;
	size_t i;

	datastores(m, &from, &to);
	/* What makes no sense is for its handler to say. */
	if (m->op == OP_GET_DATA && (from == 0 || msg_find(m, A_COMMIT, &a)))
		return "compare";		/* what was at a commit */
	if (m->op == OP_GET_DATA)
		return from < sizeof(reading) / sizeof(reading[0]) &&
		    reading[from] != NULL ? reading[from] : "get-running";
	if (m->op == OP_COPY && to == DS_STARTUP)
		return from == DS_RUNNING ? "save" : "replace-startup";
	if (m->op == OP_COPY)
		return "copy";
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].op == m->op)
			return operations[i].rpc;
	return NULL;
}

int
access_check(const struct schema *s, enum role role, const struct msg *m,
	     struct err *e)
{
	const char *rpc;
	enum role needs;

	/* An action is a node of its own. */
	if (role == ROLE_ADMIN || m->op == OP_ACTION ||
	    m->op == OP_SUBSCRIBE || m->op == OP_UNSUBSCRIBE)
		return 0;
	rpc = access_operation(m);
	needs = rpc != NULL ? rights_operation(s->ctx, rpc) : ROLE_ADMIN;
	if (role >= needs)
		return 0;
	return rights_refuse(e, rpc != NULL ? rpc : "this operation", needs,
			     role);
}

/* --- changes --- */

struct judge {
	enum role	 role;
	struct msg	*denied;
	struct err	*e;
	unsigned int	 n;
};

static int
judge_change(const struct change *c, void *arg)
{
	struct judge *j = arg;
	enum role needs = rights_needed(c->node, RIGHT_EDIT);
	char what[128];
	struct err e;

	/* What is removed takes along all that is in it. */
	if (c->op == EDIT_DELETE)
		needs = rights_strictest(c->node, RIGHT_EDIT);
	/* The rest of a line that changed may be as it was. */
	if (j->role >= needs || (c->value != NULL && c->old != NULL &&
				 strcmp(c->value, c->old) == 0))
		return 0;
	snprintf(what, sizeof(what), "changing %.100s", c->node->name);
	rights_refuse(&e, what, needs, j->role);
	snprintf(e.path, sizeof(e.path), "%.255s", c->path);
	if (j->n++ == 0)
		*j->e = e;
	if (j->denied == NULL || j->n == DENIED_MAX)
		return 1;
	msg_add_err(j->denied, &e);
	return 0;
}

int
access_changes(enum role role, const struct map *before,
	       const struct map *after, struct msg *denied, struct err *e)
{
	struct judge j = { .role = role, .denied = denied, .e = e };

	if (role == ROLE_ADMIN || before == after)
		return 0;
	if (diff_maps(before, after, judge_change, &j) == 0 || j.n > 0)
		return j.n > 0 ? -1 : 0;
	return err_set(e, ERR_RESOURCE, "no memory to compare");
}

int
access_batch(enum role role, const struct batch *b, struct err *e)
{
	struct judge j = { .role = role, .e = e };
	size_t i;

	for (i = 0; role != ROLE_ADMIN && i < b->n_undo; i++) {
		if (diff_units(b->undo[i].before, map_find_like(b->map,
		    b->undo[i].is), judge_change, &j) == 0)
			continue;
		return j.n > 0 ? -1 : err_set(e, ERR_RESOURCE, "no memory to "
					      "compare");
	}
	return 0;
}

/* --- reading --- */

/* False: nothing of it may be seen. */
static bool
prune(enum role role, struct lyd_node *n)
{
	bool any = rights_needed(n->schema, RIGHT_READ) <= role;
	struct lyd_node *c, *next;

	LY_LIST_FOR_SAFE(lyd_child(n), next, c) {
		if (lysc_is_key(c->schema))
			continue;
		if (prune(role, c))
			any = true;
		else
			lyd_free_tree(c);
	}
	return any;
}

void
access_prune(enum role role, struct lyd_node **tree)
{
	struct lyd_node *n, *next;

	if (role == ROLE_ADMIN)
		return;
	LY_LIST_FOR_SAFE(*tree, next, n) {
		if (prune(role, n))
			continue;
		if (n == *tree)
			*tree = next;
		lyd_free_tree(n);
	}
}
