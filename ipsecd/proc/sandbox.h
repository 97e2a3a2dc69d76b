/*
 * sandbox: gives up everything a child of ipsecd does not need.
 *
 * Called by the child itself, as root, when all it will ever open is open.
 * Afterwards: another user without capabilities, an empty folder as root, an
 * empty network namespace (the sockets that are open stay what they are), no
 * new privileges, no core, no other process may look at it, and a list of
 * system calls; any other ends the process at once (SIGSYS), which monitor
 * reports by the child's name.  With the debug subsystem "sandbox" the call is
 * named before.  The process is killed when monitor ends.
 *
 * Built with the sanitizers, which need calls of their own, the list is the
 * other way round: everything but what no child ever does.
 */
#ifndef CULVERT_PROC_SANDBOX_H
#define CULVERT_PROC_SANDBOX_H

#include <stdbool.h>

#include "err.h"

struct sandbox {
	const char	*name;		/* "ike", for messages */
	const char	*user;		/* must exist */
	const char	*folder;	/* empty, owned by root */
	/* Instead of it: the root is the folder that the descriptor own is, which
	 * belongs to the user.  Calls that open, make and rename files may then
	 * be in its list. */
	bool		 own_folder;
	int		 own;
	/* Names of system calls besides those of sandbox.c that memory, time,
	 * logging and an event loop over descriptors need; NULL at the end. */
	const char *const *calls;
	bool		 threads;	/* may still start threads */
	int		 files;		/* descriptors it may have open, at most */
	/* What it has to do is outside: the root folder and the network stay
	 * (folder is ignored), calls that open files and connections may be in
	 * its list, but there is no socket of a local process for it, and with
	 * Landlock, where the kernel has it, it writes to nothing on disk but
	 * what is in the folder that the descriptor writable (-1: none) is. */
	bool		 outside;
	int		 writable;
	unsigned long long memory;	/* octets, at most; 0: no limit */
};

/* A child that cannot lock itself in must not run: exit on -1. */
int	sandbox_enter(const struct sandbox *, struct err *)
		__attribute__((warn_unused_result));
/* The part that needs no root and leaves the user, the root folder and the
 * network what they are: for a program that anybody may start. */
int	sandbox_confine(const struct sandbox *, struct err *)
		__attribute__((warn_unused_result));
/* -1, and a sentence with the remedy, if the user does not exist. */
int	sandbox_check_user(const char *user, struct err *)
		__attribute__((warn_unused_result));

#endif
