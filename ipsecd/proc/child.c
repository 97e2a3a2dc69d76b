#include "child.h"

#include <event2/event.h>
#include <pwd.h>
#include <stdio.h>

#include "ipc.h"
#include "sandbox.h"
#include "ytree.h"

static bool
from_monitor(struct ipc *p, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct child *c = arg;

	(void)p;
	if (type != IPC_STOP)
		return c->received(type, body, fd, c->arg);
	c->stop(c->arg);
	return true;
}

static void
monitor_gone(struct ipc *p, const char *why, void *arg)
{
	struct child *c = arg;

	(void)p;
	(void)why;
	c->monitor = NULL;
	child_leave(c, CHILD_FAILED);
}

static const struct ipc_ops monitor_ops = { from_monitor, monitor_gone };

int
child_init(struct child *c, const struct options *opt, struct err *e)
{
	const struct passwd *pw = getpwnam(opt->user_confd);

	c->opt = opt;
	c->confd = pw != NULL ? pw->pw_uid : (uid_t)-1;
	if (!opt->has_fd[FD_MONITOR])
		return err_set(e, ERR_INVALID, "only ipsecd starts its children");
	c->base = event_base_new();
	if (c->base == NULL)
		return err_set(e, ERR_RESOURCE, "cannot make an event loop");
	return ytree_load(&c->yang, opt->yangdir, e);
}

int
child_enter(struct child *c, const char *const *calls, int files, struct err *e)
{
	char folder[256];
	const struct sandbox box = {
		.name = child_names[c->opt->child],
		.user = c->opt->user[c->opt->child],
		.folder = folder, .calls = calls, .files = files,
	};

	child_folder(folder, sizeof(folder), c->opt);
	if (sandbox_enter(&box, e) < 0)
		return -1;
	c->monitor = ipc_new(c->base, FD_MONITOR, &monitor_ops, c);
	if (c->monitor == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return 0;
}

int
child_run(struct child *c)
{
	event_base_dispatch(c->base);
	return c->status;
}

void
child_leave(struct child *c, enum child_exit status)
{
	c->status = status;
	event_base_loopbreak(c->base);
}

void
child_folder(char *out, size_t size, const struct options *opt)
{
	snprintf(out, size, "%s/empty", opt->rundir);
}
