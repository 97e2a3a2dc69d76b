/*
 * owner_in: what the files of owner share.  owner has the connections and the table of
 * operations; transactions, actions and streams have a file each.
 */
#ifndef CULVERT_PROC_OWNER_IN_H
#define CULVERT_PROC_OWNER_IN_H

#include <sys/queue.h>

#include "msg.h"
#include "owner.h"

struct subscription;

/* An OP_GET_DATA that waits for the state to be fresh, or an OP_APPLY that waits
 * until it is in force. */
struct question {
	LIST_ENTRY(question)	 next;
	struct owner		*owner;
	struct client		*client;	/* NULL: has gone meanwhile */
	uint16_t		 op;
	uint32_t		 id;
	char			*path;
	char			*fields;
};

struct client {
	LIST_ENTRY(client)	 next;
	struct owner		*owner;
	struct msg_conn		*conn;
	LIST_HEAD(, question)	 questions;
	unsigned int		 n_questions;
	LIST_HEAD(, subscription) streams;
	unsigned int		 n_streams;
};

struct owner {
	const struct owner_ops	*ops;
	void			*ctx;
	const struct ly_ctx	*yang;
	struct event_base	*base;
	struct event		*accept;
	int			 listener;
	uid_t			 confd;
	LIST_HEAD(, client)	 clients;
	unsigned int		 n_clients;
	struct client		*preparing;	/* whose transaction; or NULL */
	uint32_t		 txn;
};

/* NULL: too many at once, or no memory. */
struct question *question_new(struct client *, const struct msg *);
void	question_free(struct question *);
/* The answer to one request; frees nothing but the reply. */
void	owner_respond(struct client *, uint16_t op, uint32_t id, int rc,
		      struct msg *reply, const struct err *);

/* Operations.  -1: the reply becomes an error.  1: the reply comes later. */
typedef int operation(struct client *, const struct msg *, struct msg *reply,
		      struct err *);
operation owner_prepare, owner_apply, owner_abort;
operation owner_action;
operation owner_subscribe, owner_unsubscribe;

/* Of a client that goes. */
void	owner_end_streams(struct client *);

#endif
