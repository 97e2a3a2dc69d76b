/*
 * monitor: the privileged process of ipsecd.  It opens what needs root, starts
 * and restarts the others, and carries the data plane's requests and answers.
 * It parses nothing that a peer sent, and from ike only the messages of
 * proc/ipc.h, each checked as if ike were the peer.
 */
#ifndef CULVERT_MONITOR_H
#define CULVERT_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "dataplane/dataplane.h"
#include "err.h"
#include "notify.h"
#include "proc/messages.h"
#include "proc/options.h"
#include "sockets.h"
#include "spawn.h"

struct carried;
struct diary;
struct event;
struct event_base;
struct ipc;
struct localaddr;
struct relay;
struct tap;

struct monitor;
struct rbuf;

/* One place for a child, with or without a living one in it. */
struct seat {
	struct monitor	*monitor;
	enum child_kind	 kind;
	bool		 used;		/* esp: only with its data plane; fetch:
					 * if it is installed */
	pid_t		 pid;		/* 0: none */
	struct ipc	*ipc;		/* NULL: none; esp has none at all */
	int		 listener;	/* confd's door; -1: none */
	struct backoff	 backoff;
	struct event	*again;		/* timer of the next start */
	bool		 ready;		/* since its last start */
	unsigned int	 silent;	/* questions whether it lives, in a row */
};

enum monitor_phase {
	STARTING,	/* a child that ends now ends us */
	RUNNING,
	STOPPING_IKE,	/* it tells its peers */
	STOPPING_REST,
};

struct monitor {
	const struct options		*opt;
	char				**argv;
	struct event_base		*base;
	const struct dataplane_ops	*dp_ops;
	struct dataplane		*dp;
	struct dp_caps			 caps;
	bool				 others_cleared;
	struct sockets			 sockets;
	struct localaddr		*addresses;
	struct relay			*relay;		/* of the present ike */
	struct carried			*carried;
	struct diary			*diary;
	struct tap			*tap;		/* while ike wants it */
	struct seat			 seats[CHILD_KINDS];
	int				 esp_ike[2];	/* esp's end, ike's end */
	int				 cache;		/* fetch's folder; -1: none */
	char				 no_fetch[IPC_NO_FETCH_MAX];	/* "": used */
	enum monitor_phase		 phase;
	struct event			*deadline;
	struct event			*watch;		/* the children */
	struct notify			 notify;
	int				 status;
	void				(*started)(void *);	/* all are ready */
	void				*arg;
};

/* Opens everything and runs until told to stop; the exit status.  started() is
 * called once when all children are at work. */
int	monitor_run(const struct options *, char *argv[], void (*started)(void *),
		    void *arg);

/* ipsecd --clear: nothing is protected, and nothing blocked, from then on. */
int	monitor_clear(const struct options *);

/* --- children.c --- */
int	children_start(struct monitor *, struct err *)
		__attribute__((warn_unused_result));
/* Asks those that have a pipe of messages whether their loops still turn, and
 * kills one that has been silent for long: it is started again. */
void	children_watch(struct monitor *);
/* SIGCHLD. */
void	children_reap(struct monitor *);
/* The orderly end, and at its deadline the other one. */
void	children_stop(struct monitor *);
void	children_kill(struct monitor *);
void	children_free(struct monitor *);
/* To ike, if it lives: an address of this machine came or went. */
void	children_tell_address(const struct addr *, bool present, void *monitor);

/* --- fetchproc.c --- */
/* Whether there is a process fetch; says why not, and that is no error: without
 * it no CRL comes, and the rest works. */
void	fetch_open(struct monitor *);

/* --- keysproc.c --- */
/* FD_STORE and FD_DEVICE, of which one or both may stay -1: it says why. */
void	keys_open(struct monitor *, struct spawn_fds *);
void	keys_close(struct spawn_fds *);

/* --- dp.c --- */
/* Chooses and opens the data plane. */
int	dp_open(struct monitor *, struct err *) __attribute__((warn_unused_result));
/* What matches a policy is still not sent in clear. */
void	dp_close(struct monitor *);
/* What all data planes have left on this machine goes. */
void	dp_clear(const struct options *);
/* A new ike: answers to the one before are thrown away. */
int	dp_begin(struct monitor *, struct err *) __attribute__((warn_unused_result));
void	dp_end(struct monitor *);
/* A request of ike's; false: not one it may make. */
bool	dp_request(struct monitor *, struct rbuf *body);

#endif
