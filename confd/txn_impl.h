/*
 * txn_impl: what the files of a transaction share; txn.h is for everybody else.
 *
 *	txn.c		the queue, and the answers
 *	txn_commit.c	what is asked before the owners are: rebase, validation
 *	txn_owners.c	prepare and apply with the owners
 *	txn_disk.c	from the last prepare to the first apply
 *	txn_revert.c	taking back what was not confirmed
 */
#ifndef CULVERT_CONFD_TXN_IMPL_H
#define CULVERT_CONFD_TXN_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "msg.h"
#include "proto.h"
#include "store.h"

struct backend;
struct confd;
struct map;
struct session;

enum txn_kind {
	TXN_COMMIT,
	TXN_VALIDATE,
	TXN_REVERT,
	TXN_SYNC,
};

enum txn_part {
	PART_NONE,		/* nothing of it is this owner's */
	PART_PREPARED,
	PART_REFUSED,		/* and gets all of it afterwards */
};

struct txn {
	struct txn	*next;
	struct confd	*confd;
	enum txn_kind	 kind;
	uint32_t	 serial;	/* A_TXN */
	uint32_t	 session;	/* whose, by its serial */
	uint32_t	 request;
	struct backend	*only;		/* TXN_SYNC: this one */
	struct map	*after;
	size_t		 step;		/* the owner that is asked */
	enum txn_part	*parts;		/* one for each owner */
	uint32_t	 uid;
	uint32_t	 confirm_s;	/* 0: for good */
	bool		 waits;		/* it is to be confirmed */
	struct msg	 notes;		/* A_WARNING* */
	struct commit	 commit;
	struct err	 error;
};

/* --- txn.c --- */

enum proto_op txn_op(const struct txn *);	/* of the answer */
/* An A_WARNING of the answer. */
void	txn_note(struct txn *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* These three free t, and begin the next one.  t->error is the answer; it is
 * logged. */
void	txn_refuse(struct txn *);
/* The answer, good or bad. */
void	txn_finish(struct txn *);
/* It has been answered. */
void	txn_next(struct txn *);

/* --- the steps, each of which goes on to the next one --- */

void	txn_start_commit(struct txn *);
void	txn_start_revert(struct txn *);
void	txn_prepare(struct txn *);
void	txn_persist(struct txn *);
void	txn_apply(struct txn *);

/* --- parts of them --- */

/* Tells the session, or NULL, what it will do, before it does anything. */
int	txn_preview(struct txn *, struct session *)
		__attribute__((warn_unused_result));
/* What waits to be confirmed after this commit, in t->confirm_s seconds. */
int	txn_wait(struct txn *, uint32_t last) __attribute__((warn_unused_result));
/* Nothing of the transaction stays with any owner. */
void	txn_abort(struct txn *);
/* It is on disk; or it is not, and is tried again later. */
void	txn_reverted(struct txn *);
void	txn_not_reverted(struct txn *);

#endif
