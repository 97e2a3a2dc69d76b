/*
 * process: what keys, ike and fetch have in common around their event loops: the start
 * as root, the sandbox, the pipe to monitor and the end.
 *
 * A child ends when monitor asks (IPC_STOP) or has gone.  It leaves with
 * _exit(): there is nothing to tidy up that the kernel does not.
 */
#ifndef CULVERT_PROC_PROCESS_H
#define CULVERT_PROC_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "options.h"

struct event_base;
struct ipc;
struct ly_ctx;
struct rbuf;
struct sandbox;

/* Exit statuses of a child, for monitor. */
enum child_exit {
	CHILD_DONE	= 0,	/* asked to stop */
	CHILD_FAILED	= 1,	/* logged why; start it again, not too often */
	CHILD_AGAIN	= 75,	/* start it again at once */
};

struct process {
	const struct options	*opt;
	struct event_base	*base;
	struct ipc		*monitor;
	struct ly_ctx		*yang;
	uid_t			 confd;		/* (uid_t)-1: no such user */
	/* Messages but IPC_STOP and IPC_ALIVE, as ipc_ops.received(). */
	bool			(*received)(uint16_t type, struct rbuf *, int fd,
					    void *arg);
	/* IPC_STOP, and the end of monitor: by default the loop ends. */
	void			(*stop)(void *arg);
	void			*arg;
	enum child_exit		 status;
};

/* Where its log goes, first of all: a child's to monitor, too. */
void	process_log(const struct options *, const char *ident);
/* Who started us may wait for the end of his pipes. */
void	process_leave_terminal(void);
/* The event loop, confd's user; received, stop and arg are set by the caller
 * before.  Reads no message yet. */
int	process_init(struct process *, const struct options *, struct err *)
		__attribute__((warn_unused_result));
/* For those that confd talks to; before the sandbox. */
int	process_load_models(struct process *, struct err *)
		__attribute__((warn_unused_result));
/* The sandbox; then messages are read. */
int	process_enter(struct process *, const char *const *calls, int files,
		    struct err *) __attribute__((warn_unused_result));
/* The same with a box that the caller has filled but for name, user, folder. */
int	process_enter_box(struct process *, struct sandbox *, struct err *)
		__attribute__((warn_unused_result));
/* The loop; returns the status. */
int	process_run(struct process *);
/* Ends the loop. */
void	process_leave(struct process *, enum child_exit);

/* The folder that is every child's root. */
void	process_folder(char *out, size_t size, const struct options *);

#endif
