/*
 * ipsecd: one program, four processes (fetch is culvert-fetch).  Which one this is stands on the command
 * line; without "--child" it is monitor, which starts the others.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espproc.h"
#include "ikeproc/ikeproc.h"
#include "keys/keys.h"
#include "log.h"
#include "monitor.h"
#include "proc/options.h"
#include "proc/process.h"

static const char *const idents[] = {
	[CHILD_KEYS] = "ipsecd-keys", [CHILD_IKE] = "ipsecd-ike",
	[CHILD_ESP] = "ipsecd-esp", [CHILD_FETCH] = "ipsecd-fetch",
	[CHILD_NONE] = "ipsecd",
};

/* The process in the background says on a pipe when it is at work; until then
 * it talks to who started it, from then on to syslog. */
struct background {
	int			 report;	/* -1: in the foreground */
	const struct options	*opt;
};

static void
started(void *arg)
{
	struct background *b = arg;

	log_info("ready");
	if (b->report < 0)
		return;
	if (write(b->report, "", 1) != 1)
		log_warn("whoever started ipsecd did not wait for it");
	close(b->report);
	b->report = -1;
	log_init(idents[CHILD_NONE], true, b->opt->debug);
	process_leave_terminal();
}

/* Until the other process is at work, so that a start that fails fails in the
 * sight of who asked for it. */
static int
wait_for(int report, pid_t pid)
{
	int status;
	char c;

	if (read(report, &c, 1) == 1)
		return 0;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
}

/* In the process that goes on: -1; else the exit status. */
static int
go_into_background(struct background *b)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "ipsecd: cannot go into the background: %s\n",
			strerror(errno));
		return 1;
	}
	if (pid > 0) {
		close(ends[1]);
		return wait_for(ends[0], pid);
	}
	close(ends[0]);
	b->report = ends[1];
	setsid();
	return -1;
}

int
main(int argc, char *argv[])
{
	struct options opt;
	struct background b = { .report = -1, .opt = &opt };
	int status;

	options_parse(&opt, argc, argv);
	process_log(&opt, idents[opt.child]);
	switch (opt.child) {
	case CHILD_KEYS:
		_exit(keys_main(&opt));
	case CHILD_IKE:
		_exit(ikeproc_main(&opt));
	case CHILD_ESP:
		_exit(espproc_main(&opt));
	case CHILD_FETCH:
		log_error("fetch is a program of its own, culvert-fetch");
		_exit(CHILD_FAILED);
	case CHILD_NONE:
		break;
	}
	if (opt.clear) {
		log_init(idents[CHILD_NONE], false, opt.debug);
		return monitor_clear(&opt);
	}
	if (!opt.foreground && (status = go_into_background(&b)) >= 0)
		return status;
	return monitor_run(&opt, argv, started, &b);
}
