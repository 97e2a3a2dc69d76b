#include "process.h"

#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "ipc.h"
#include "log.h"
#include "logline.h"
#include "sandbox.h"

void
process_leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

void
process_log(const struct options *opt, const char *ident)
{
	bool child = opt->child != CHILD_NONE;

	log_init(ident, child && !opt->foreground, opt->debug);
	if (child && !opt->foreground)
		process_leave_terminal();
	if (child && opt->has_fd[FD_LOG])
		logline_to_monitor();
}

static bool
from_monitor(struct ipc *ipc, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct process *p = arg;

	if (type == IPC_ALIVE && rbuf_left(body) == 0) {
		ipc_send(ipc, IPC_ALIVE, NULL, 0);
		return true;
	}
	if (type != IPC_STOP)
		return p->received(type, body, fd, p->arg);
	p->stop(p->arg);
	return true;
}

static void
monitor_gone(struct ipc *ipc, const char *why, void *arg)
{
	struct process *p = arg;

	(void)ipc;
	(void)why;
	p->monitor = NULL;
	process_leave(p, CHILD_FAILED);
}

static const struct ipc_ops monitor_ops = { from_monitor, monitor_gone };

int
process_init(struct process *p, const struct options *opt, struct err *e)
{
	const struct passwd *pw = getpwnam(opt->user_confd);

	p->opt = opt;
	p->confd = pw != NULL ? pw->pw_uid : (uid_t)-1;
	if (!opt->has_fd[FD_MONITOR])
		return err_set(e, ERR_INVALID, "only ipsecd starts its children");
	p->base = event_base_new();
	if (p->base == NULL)
		return err_set(e, ERR_RESOURCE, "cannot make an event loop");
	return 0;
}

int
process_enter(struct process *p, const char *const *calls, int files, struct err *e)
{
	struct sandbox box = { .calls = calls, .files = files };

	return process_enter_box(p, &box, e);
}

int
process_enter_box(struct process *p, struct sandbox *box, struct err *e)
{
	char folder[256];

	process_folder(folder, sizeof(folder), p->opt);
	box->name = child_names[p->opt->child];
	box->user = p->opt->user[p->opt->child];
	box->folder = folder;
	if (sandbox_enter(box, e) < 0)
		return -1;
	p->monitor = ipc_new(p->base, FD_MONITOR, &monitor_ops, p);
	if (p->monitor == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return 0;
}

int
process_run(struct process *p)
{
	event_base_dispatch(p->base);
	return p->status;
}

void
process_leave(struct process *p, enum child_exit status)
{
	p->status = status;
	event_base_loopbreak(p->base);
}

void
process_folder(char *out, size_t size, const struct options *opt)
{
	snprintf(out, size, "%s/empty", opt->rundir);
}
