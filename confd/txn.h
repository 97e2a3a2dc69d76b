/*
 * txn: transactions with the owners, one at a time, in the order they came.
 *
 * A commit: validate, prepare everywhere (nested owners first), write to disk,
 * apply.  Any refusal before the disk leaves everything as it was.  A
 * validation is the same up to the end of prepare.  A sync hands one owner all
 * that is its.  Taking back what was not confirmed is a commit that no owner can
 * refuse: one that does gets all of it afterwards.
 */
#ifndef CULVERT_CONFD_TXN_H
#define CULVERT_CONFD_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct backend;
struct confd;
struct session;

/* Queues it; the answer goes to the session, if it is still there. */
int	txn_commit(struct session *, uint32_t request, const char *comment,
		   uint32_t confirm_s, struct err *)
		__attribute__((warn_unused_result));
int	txn_validate(struct session *, uint32_t request, struct err *)
		__attribute__((warn_unused_result));
/* Takes back what waits to be confirmed; for a session, or because the time is
 * over. */
int	txn_cancel(struct session *, uint32_t request, struct err *)
		__attribute__((warn_unused_result));
void	txn_revert(struct confd *);
void	txn_sync(struct confd *, struct backend *);
/* Drops all of them. */
void	txn_free_all(struct confd *);

#endif
