#include "system.h"

#include <errno.h>
#include <event2/event.h>
#include <libyang/libyang.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interfaces.h"
#include "json.h"
#include "log.h"
#include "msg.h"
#include "proto.h"
#include "sandbox.h"
#include "schema.h"
#include "sysstate.h"
#include "ytree.h"

#define NAME_SIZE	64
#define INTERFACES	"/culvert-system:interfaces"

struct system {
	const struct schema	*schema;
	const struct confd	*confd;
	struct msg_conn		*conn;
	int			 child;
	/* What the configuration sets: "" for nothing. */
	char			 name[NAME_SIZE];
	uint32_t		 txn;		/* 0: none is prepared */
	char			 prepared[NAME_SIZE];
};

/* --- the child --- */

static bool
is_hostname(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || len >= NAME_SIZE || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || s[i] == '-' ||
		      (s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= '0' && s[i] <= '9')))
			return false;
	return true;
}

static void __attribute__((noreturn))
child_main(int fd)
{
	char name[256];
	ssize_t n;
	int why;

	if (sandbox_system() < 0)
		_exit(1);
	for (;;) {
		n = recv(fd, name, sizeof(name), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);	/* confd has gone */
		why = 0;
		if (!is_hostname(name, (size_t)n))
			why = EINVAL;
		else if (sethostname(name, (size_t)n) < 0)
			why = errno;
		if (send(fd, &why, sizeof(why), MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

int
system_fork(int *fd, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a socket pair: %s",
			       strerror(errno));
	pid = fork();
	if (pid < 0) {
		close(pair[0]);
		close(pair[1]);
		return err_set(e, ERR_RESOURCE, "cannot fork: %s",
			       strerror(errno));
	}
	if (pid == 0) {
		close(pair[0]);
		child_main(pair[1]);
	}
	close(pair[1]);
	*fd = pair[0];
	return 0;
}

/* --- the owner --- */

static int
set_name(struct system *sys, const char *name, struct err *e)
{
	int why = EIO;

	if (send(sys->child, name, strlen(name), MSG_NOSIGNAL) < 0 ||
	    recv(sys->child, &why, sizeof(why), 0) != sizeof(why))
		return err_set(e, ERR_REALITY, "the process that sets the "
			       "hostname has died: restart confd");
	if (why != 0)
		return err_set(e, ERR_REALITY, "cannot set the hostname to %s: "
			       "%s", name, strerror(why));
	log_info("hostname is %s", name);
	return 0;
}

static bool
is_name_now(const char *name)
{
	char now[HOST_NAME_MAX + 1] = "";

	return gethostname(now, sizeof(now) - 1) == 0 && strcmp(now, name) == 0;
}

/* What the name will be: as configured; the model's default, if what was
 * configured is taken away; else whatever the host is called already. */
static void
wanted(const struct system *sys, const struct lyd_node *tree, char *out)
{
	const struct lyd_node *node = ytree_find(tree, "system");
	const struct lyd_node *leaf = ytree_find(tree, "system/hostname");
	const struct lysc_node *s;
	const char *name = "";

	if (leaf != NULL) {
		name = lyd_get_value(leaf);
	} else if (sys->name[0] != '\0') {
		s = lys_find_path(sys->schema->ctx, NULL,
				  "/culvert-system:system/hostname", 0);
		if (node != NULL)
			name = ytree_leaf(node, "hostname");
		else if (s != NULL)
			name = lyd_value_get_canonical(sys->schema->ctx,
				((const struct lysc_node_leaf *)s)->dflt);
	}
	snprintf(out, NAME_SIZE, "%s", name != NULL ? name : "");
}

static int
prepare(struct system *sys, const struct msg *m, struct err *e)
{
	struct lyd_node *tree = NULL;
	struct msg_attr a;
	uint32_t txn;

	if (!msg_u32(m, A_TXN, &txn) || txn == 0)
		return err_set(e, ERR_BUG, "a transaction without number");
	if (msg_find(m, A_DATA, &a) &&
	    ytree_parse(&tree, sys->schema->ctx, (const char *)a.p, a.len, e) < 0)
		return -1;
	wanted(sys, tree, sys->prepared);
	ytree_free(tree);
	if (sys->prepared[0] != '\0' && sys->child < 0 &&
	    !is_name_now(sys->prepared))
		return err_set_path(e, ERR_DENIED,
				    "/culvert-system:system/hostname",
				    "confd runs without the privilege to "
				    "change the hostname, so it cannot become "
				    "%s: leave it, or start confd as root",
				    sys->prepared);
	sys->txn = txn;
	return 0;
}

static int
apply(struct system *sys, const struct msg *m, struct err *e)
{
	uint32_t txn;

	if (!msg_u32(m, A_TXN, &txn) || txn != sys->txn || txn == 0)
		return err_set(e, ERR_BUG, "a transaction that was not prepared");
	sys->txn = 0;
	memcpy(sys->name, sys->prepared, sizeof(sys->name));
	if (sys->name[0] == '\0' || is_name_now(sys->name))
		return 0;
	return set_name(sys, sys->name, e);
}

static int
get(const struct system *sys, const struct msg *m, struct msg *r, struct err *e)
{
	char *path = msg_str(m, A_PATH);
	struct json j;
	int rc = 0;

	json_init(&j);
	if (path == NULL)
		rc = err_set(e, ERR_INVALID, "a path is missing");
	else if (strncmp(path, INTERFACES, sizeof(INTERFACES) - 1) == 0)
		interfaces_json(path, &j);
	else if (sys->confd != NULL)
		sysstate_json(sys->confd, &j);
	free(path);
	if (rc == 0 && !json_ok(&j))
		rc = err_set(e, ERR_RESOURCE, "out of memory");
	if (rc == 0 && j.len > 0)
		msg_add(r, A_DATA, j.text, j.len);
	json_fini(&j);
	return rc;
}

static void
on_received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct system *sys = arg;
	struct err e = ERR_INIT;
	struct msg r;
	int rc = 0;

	msg_init(&r, m->op, MSG_REPLY, m->id);
	switch (m->op) {
	case OP_HELLO:
		msg_add_u32(&r, A_VERSION, PROTO_VERSION);
		break;
	case OP_PREPARE:
		rc = prepare(sys, m, &e);
		break;
	case OP_APPLY:
		rc = apply(sys, m, &e);
		break;
	case OP_ABORT:
		sys->txn = 0;
		break;
	case OP_GET_DATA:
		rc = get(sys, m, &r, &e);
		break;
	default:
		rc = err_set(&e, ERR_INVALID, "the system cannot do this");
	}
	if (rc < 0) {
		r.flags |= MSG_ERROR;
		msg_add_err(&r, &e);
	}
	msg_conn_send(conn, &r);
}

static void
on_closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	struct system *sys = arg;

	(void)conn;
	(void)e;
	sys->conn = NULL;
}

static const struct msg_ops ops = { on_received, on_closed };

struct system *
system_new(struct event_base *base, const struct schema *schema,
	   const struct confd *confd, int child, int *fd, struct err *e)
{
	struct system *sys = calloc(1, sizeof(*sys));
	int pair[2];

	if (sys == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		free(sys);
		if (child >= 0)
			close(child);
		err_set(e, ERR_RESOURCE, "no memory for the owner of the system");
		return NULL;
	}
	sys->schema = schema;
	sys->confd = confd;
	sys->child = child;
	sys->conn = msg_conn_new(base, pair[0], &ops, sys);
	if (sys->conn == NULL) {
		close(pair[1]);
		system_free(sys);
		err_set(e, ERR_RESOURCE, "no memory for the owner of the system");
		return NULL;
	}
	*fd = pair[1];
	return sys;
}

void
system_free(struct system *sys)
{
	if (sys == NULL)
		return;
	msg_conn_free(sys->conn);
	if (sys->child >= 0)
		close(sys->child);
	free(sys);
}
