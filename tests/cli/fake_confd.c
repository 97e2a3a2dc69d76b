/*
 * fake_confd: as much of confd as the shell's tests need, in memory, one
 * connection after the other.
 *
 *	fake_confd SOCKET YANGDIR [STATE.json]
 *
 * STATE.json is what the owners of state would answer. There are no owners: a
 * commit is a validation and a copy.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "msg.h"
#include "proto.h"
#include "tree_edit.h"
#include "ytree.h"

#define COMMITS_MAX	16

struct fake {
	struct ly_ctx	*ly;
	struct lyd_node	*running, *candidate, *startup, *state;
	struct lyd_node	*old[COMMITS_MAX];	/* the newest last */
	char		*comment[COMMITS_MAX];
	unsigned int	 n;
	const char	*log;
};

static struct lyd_node *
dup_tree(const struct lyd_node *t)
{
	struct lyd_node *d = NULL;

	if (t && lyd_dup_siblings(t, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS,
				  &d) != LY_SUCCESS)
		abort();
	return d;
}

static struct lyd_node **
store(struct fake *f, uint32_t ds)
{
	return ds == DS_RUNNING ? &f->running : ds == DS_STARTUP ? &f->startup :
	    ds == DS_OPERATIONAL ? &f->state : &f->candidate;
}

/* Explicit values only, or with the defaults below a path that is not there. */
static struct lyd_node *
select_path(struct fake *f, const struct lyd_node *tree, const char *path,
	    bool defaults)
{
	struct lyd_node *copy = dup_tree(tree), *out = NULL, *d;
	struct ly_set *set = NULL;

	if (defaults)
		lyd_new_implicit_all(&copy, f->ly, LYD_IMPLICIT_NO_STATE, NULL);
	if (copy && lyd_find_xpath(copy, path, &set) == LY_SUCCESS)
		for (uint32_t i = 0; i < set->count; i++)
			if (lyd_dup_single(set->dnodes[i], NULL,
			    LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS |
			    LYD_DUP_WITH_FLAGS, &d) == LY_SUCCESS) {
				while (d->parent)
					d = lyd_parent(d);
				lyd_merge_tree(&out, d, LYD_MERGE_DESTRUCT |
					       LYD_MERGE_WITH_FLAGS);
			}
	ly_set_free(set, NULL);
	lyd_free_siblings(copy);
	return out;
}

static int
get_data(struct fake *f, const struct msg *m, struct msg *reply)
{
	uint32_t ds = 0;
	char *path = msg_str(m, A_PATH), *text;
	struct msg_attr a;
	bool defaults = msg_find(m, A_DEFAULTS, &a);
	struct lyd_node *t;

	msg_u32(m, A_DATASTORE, &ds);
	t = path ? select_path(f, *store(f, ds), path, defaults) :
	    dup_tree(*store(f, ds));
	if (t) {
		text = ytree_print(t, defaults);
		msg_add_str(reply, A_DATA, text);
		free(text);
	}
	lyd_free_siblings(t);
	free(path);
	return 0;
}

/* --- edits --- */

static int
one_edit(struct fake *f, struct lyd_node **tree, uint32_t op, const char *path,
	 const char *value, struct err *e)
{
	struct lyd_node *node;

	if (f->log && *f->log)
		fprintf(stderr, "edit %u %s %s\n", op, path, value ? value : "");
	if (tree_edit(tree, f->ly, op, path, value, &node) != LY_SUCCESS)
		return ytree_err(f->ly, e, path);
	return node != NULL;
}

static int
edit_data(struct fake *f, const struct msg *m, struct msg *reply, struct err *e)
{
	struct lyd_node *work = dup_tree(f->candidate);
	char *path = NULL, *value = NULL;
	uint32_t op = 0, index = 0, count = 0;
	struct msg_attr a;
	size_t pos = 0;
	bool more = true, any = false;
	int rc = 0;

	while (rc >= 0 && more) {
		more = msg_next(m, &pos, &a);
		if ((!more || a.type == A_EDIT) && any) {
			rc = one_edit(f, &work, op, path, value, e);
			count += rc > 0;
			index += rc >= 0;
			free(path);
			free(value);
			path = value = NULL;
		}
		if (!more)
			break;
		if (a.type == A_EDIT) {
			any = true;
			op = a.p[3];
		} else if (a.type == A_PATH)
			path = msg_attr_str(&a);
		else if (a.type == A_VALUE)
			value = msg_attr_str(&a);
	}
	if (rc < 0) {
		lyd_free_siblings(work);
		msg_add_u32(reply, A_INDEX, index);
		return -1;
	}
	lyd_free_siblings(f->candidate);
	f->candidate = work;
	msg_add_u32(reply, A_COUNT, count);
	return 0;
}

static int
validate(struct fake *f, struct err *e)
{
	struct lyd_node *t = dup_tree(f->candidate);
	int rc = 0;

	if (lyd_validate_all(&t, f->ly, LYD_VALIDATE_NO_STATE, NULL) !=
	    LY_SUCCESS)
		rc = ytree_err(f->ly, e, "the configuration");
	lyd_free_siblings(t);
	return rc;
}

static int
commit(struct fake *f, const struct msg *m, struct msg *reply, struct err *e)
{
	struct lyd_node *diff = NULL;

	if (validate(f, e) < 0)
		return -1;
	lyd_diff_siblings(f->running, f->candidate, 0, &diff);
	if (!diff)
		return 0;
	lyd_free_siblings(diff);
	if (f->n == COMMITS_MAX)
		return err_set(e, ERR_RESOURCE, "too many commits for a test");
	f->old[f->n] = f->running;
	f->comment[f->n++] = msg_str(m, A_COMMENT);
	f->running = dup_tree(f->candidate);
	msg_add_u32(reply, A_COMMIT, f->n);
	return 0;
}

static const char *
meta_value(const struct lyd_node *n, const char *name)
{
	const struct lyd_meta *meta;

	LY_LIST_FOR(n->meta, meta)
		if (!strcmp(meta->name, name))
			return lyd_get_meta_value(meta);
	return NULL;
}

static void
add_diff(const struct lyd_node *n, const char *inherited, struct msg *reply)
{
	const char *op = meta_value(n, "operation"), *old;
	const struct lyd_node *c;
	char *path;

	if (!op)
		op = inherited;
	if (strcmp(op, "none") && !lysc_is_key(n->schema) &&
	    !(n->schema->nodetype == LYS_CONTAINER &&
	      !(n->schema->flags & LYS_PRESENCE))) {
		path = lyd_path(n, LYD_PATH_STD, NULL, 0);
		msg_add_u32(reply, A_EDIT, !strcmp(op, "delete") ? EDIT_DELETE :
			    EDIT_MERGE);
		msg_add_str(reply, A_PATH, path);
		free(path);
		if (n->schema->nodetype & LYS_LEAF) {
			old = !strcmp(op, "delete") ? lyd_get_value(n) :
			    meta_value(n, "orig-value");
			if (strcmp(op, "delete"))
				msg_add_str(reply, A_VALUE, lyd_get_value(n));
			msg_add_str(reply, A_OLD_VALUE, old);
		}
	}
	if (!strcmp(op, "delete") && n->schema->nodetype == LYS_LIST)
		return;
	LY_LIST_FOR(lyd_child(n), c)
		add_diff(c, op, reply);
}

static void
compare(struct fake *f, struct msg *reply)
{
	struct lyd_node *diff = NULL;
	const struct lyd_node *n;

	lyd_diff_siblings(f->running, f->candidate, 0, &diff);
	LY_LIST_FOR(diff, n)
		add_diff(n, "none", reply);
	lyd_free_siblings(diff);
}

static void
history(struct fake *f, struct msg *reply)
{
	for (unsigned int i = f->n; i > 0; i--) {
		msg_add_u32(reply, A_COMMIT, i);
		msg_add_u64(reply, A_TIME, 1000000000 + i);
		msg_add_str(reply, A_USER, "tester");
		msg_add_str(reply, A_FROM, "script");
		msg_add_str(reply, A_COMMENT, f->comment[i - 1]);
	}
}

static int
rollback(struct fake *f, const struct msg *m, struct err *e)
{
	uint32_t n = 0;

	msg_u32(m, A_COUNT, &n);
	if (n > f->n)
		return err_set(e, ERR_NOTFOUND, "there are %u commits to go "
			       "back", f->n);
	lyd_free_siblings(f->candidate);
	f->candidate = dup_tree(n ? f->old[f->n - n] : f->running);
	return 0;
}

static int
copy(struct fake *f, const struct msg *m)
{
	uint32_t ds[2] = { 0, 0 };
	struct lyd_node *from;
	struct msg_attr a;
	size_t pos = 0;
	int n = 0;

	while (msg_next(m, &pos, &a))
		if (a.type == A_DATASTORE && n < 2)
			ds[n++] = a.p[3];
	from = ds[0] == DS_FACTORY ? NULL : *store(f, ds[0]);
	from = dup_tree(from);
	lyd_free_siblings(*store(f, ds[1]));
	*store(f, ds[1]) = from;
	return 0;
}

static int
answer(struct fake *f, const struct msg *m, struct msg *r, struct err *e)
{
	char *path;

	switch (m->op) {
	case OP_HELLO:
		msg_add_u32(r, A_VERSION, PROTO_VERSION);
		msg_add_str(r, A_USER, "tester");
		msg_add_str(r, A_ROLE, "administrator");
		return 0;
	case OP_GET_DATA:
		return get_data(f, m, r);
	case OP_EDIT_DATA:
		return edit_data(f, m, r, e);
	case OP_VALIDATE:
		return validate(f, e);
	case OP_COMMIT:
		return commit(f, m, r, e);
	case OP_DISCARD:
		lyd_free_siblings(f->candidate);
		f->candidate = dup_tree(f->running);
		return 0;
	case OP_COPY:
		return copy(f, m);
	case OP_COMPARE:
		compare(f, r);
		return 0;
	case OP_HISTORY:
		history(f, r);
		return 0;
	case OP_ROLLBACK:
		return rollback(f, m, e);
	case OP_ACTION:
		path = msg_str(m, A_PATH);
		msg_add_str(r, A_WARNING, path);
		free(path);
		return 0;
	default:
		return err_set(e, ERR_INVALID, "operation %u", m->op);
	}
}

static void
serve(struct fake *f, int fd)
{
	struct msg m, r;
	struct err e = ERR_INIT;

	lyd_free_siblings(f->candidate);
	f->candidate = dup_tree(f->running);
	while (msg_read(fd, &m, &e) == 0) {
		struct err why = ERR_INIT;

		msg_init(&r, m.op, MSG_REPLY, m.id);
		if (answer(f, &m, &r, &why) < 0) {
			r.flags |= MSG_ERROR;
			msg_add_err(&r, &why);
		}
		msg_fini(&m);
		if (msg_write(fd, &r, &e) < 0)
			break;
	}
	close(fd);
}

static char *
slurp(const char *path)
{
	FILE *fp = fopen(path, "r");
	char *s = calloc(1, 1 << 20);

	if (!fp || !s || fread(s, 1, (1 << 20) - 1, fp) == 0) {
		perror(path);
		exit(1);
	}
	fclose(fp);
	return s;
}

int
main(int argc, char **argv)
{
	struct fake f = { .log = getenv("FAKE_CONFD_LOG") };
	struct err e = ERR_INIT;
	int fd, c;

	if (argc < 3 || ytree_load(&f.ly, argv[2], &e) < 0) {
		fprintf(stderr, "fake_confd: %s\n", argc < 3 ? "arguments" :
			e.text);
		return 1;
	}
	if (argc > 3) {
		char *s = slurp(argv[3]);

		if (ytree_parse(&f.state, f.ly, s, strlen(s), &e) < 0) {
			fprintf(stderr, "fake_confd: %s\n", e.text);
			return 1;
		}
		free(s);
	}
	fd = msg_listen(argv[1], 0600, (gid_t)-1, &e);
	if (fd < 0) {
		fprintf(stderr, "fake_confd: %s\n", e.text);
		return 1;
	}
	for (;;) {
		c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (c >= 0)
			serve(&f, c);
		else
			usleep(1000);
	}
}
