/*
 * owner_txn: transactions, one at a time: prepared, and then applied or aborted by who
 * began it.
 */
#include "owner_in.h"

#include <stdlib.h>

#include "proto.h"
#include "ytree.h"

static void
warning(void *arg, const char *text)
{
	msg_add_str(arg, A_WARNING, text);
}

static void
free_strings(char **s, size_t n)
{
	while (n > 0)
		free(s[--n]);
	free(s);
}

/* Every A_PATH; NULL when out of memory or one is no string. */
static char **
all_paths(const struct msg *m, size_t *n)
{
	struct msg_attr a;
	size_t pos, count = 0;
	char **out;

	for (pos = 0; msg_next(m, &pos, &a); )
		count += a.type == A_PATH;
	out = calloc(count + 1, sizeof(*out));
	*n = 0;
	for (pos = 0; out != NULL && msg_next(m, &pos, &a); ) {
		if (a.type != A_PATH)
			continue;
		out[*n] = msg_attr_str(&a);
		if (out[*n] == NULL) {
			free_strings(out, *n);
			return NULL;
		}
		++*n;
	}
	return out;
}

static int
prepare_tree(struct client *c, const struct msg *m, const struct lyd_node *tree,
	     struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct msg_attr replace;
	size_t n;
	char **paths = all_paths(m, &n);
	int rc;

	if (paths == NULL)
		return err_set(e, ERR_RESOURCE, "cannot read the paths of the "
			       "transaction");
	rc = o->ops->prepare(o->ctx, tree, (const char *const *)paths, n,
			     msg_find(m, A_REPLACE, &replace), warning, reply, e);
	free_strings(paths, n);
	return rc;
}

int
owner_prepare(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct lyd_node *tree = NULL;
	struct msg_attr data;
	uint32_t txn;
	int rc;

	if (o->preparing != NULL)
		return err_set(e, ERR_CONFLICT, "another transaction is under way");
	if (!msg_u32(m, A_TXN, &txn))
		return err_set(e, ERR_INVALID, "a transaction needs a number");
	if (msg_find(m, A_DATA, &data) &&
	    ytree_parse(&tree, o->yang, (const char *)data.p, data.len, e) < 0)
		return -1;
	rc = prepare_tree(c, m, tree, reply, e);
	ytree_free(tree);
	if (rc < 0)
		return -1;
	o->preparing = c;
	o->txn = txn;
	return 0;
}

/* The transaction that m names, which c began. */
static int
check_txn(const struct client *c, const struct msg *m, struct err *e)
{
	uint32_t txn;

	if (c->owner->preparing != c || !msg_u32(m, A_TXN, &txn) ||
	    txn != c->owner->txn)
		return err_set(e, ERR_NOTFOUND, "no such transaction");
	return 0;
}

static void
settled(void *arg)
{
	struct question *q = arg;
	struct msg reply;

	if (q->client != NULL) {
		msg_init(&reply, q->op, MSG_REPLY, q->id);
		msg_conn_send(q->client->conn, &reply);
	}
	question_free(q);
}

int
owner_apply(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct question *q;

	(void)reply;
	if (check_txn(c, m, e) < 0)
		return -1;
	o->preparing = NULL;
	o->ops->apply(o->ctx);
	q = o->ops->settle != NULL ? question_new(c, m) : NULL;
	if (q == NULL)
		return 0;
	o->ops->settle(o->ctx, settled, q);
	return 1;
}

int
owner_abort(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;

	(void)reply;
	if (check_txn(c, m, e) < 0)
		return -1;
	o->preparing = NULL;
	o->ops->abort(o->ctx);
	return 0;
}
