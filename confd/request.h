/*
 * request: what clients ask, as a table of operations.
 */
#ifndef CULVERT_CONFD_REQUEST_H
#define CULVERT_CONFD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "proto.h"

struct confd;
struct msg;
struct session;

/* One frame of a client; it is answered now or later. */
void	request_handle(struct session *, const struct msg *);

/* What a handler has done: filled in the reply, left it for later, or said in
 * *e why not. */
enum verdict {
	ANSWER,
	LATER,
	REFUSED,
};

typedef enum verdict handler(struct session *, const struct msg *,
			     struct msg *reply, struct err *);

/* A string of the request, if it is there; -1 if it is not fit to print. */
int	request_text(const struct msg *, uint16_t type, size_t max,
		     const char *what, char **out, struct err *)
		__attribute__((warn_unused_result));

/* request_get.c */
handler	request_get, request_compare, request_history, request_audit;
/* A datastore's map, with a reference of the caller's; or NULL. */
struct map;
struct map *request_datastore(struct session *, uint32_t ds, struct err *);

/* request_edit.c */
handler	request_edit;
/* request_mark.c */
handler	request_mark, request_revert, request_release;
/* -1 while a commit of the session is under way. */
int	request_idle(struct session *, struct err *)
		__attribute__((warn_unused_result));

/* request_session.c */
handler	request_sessions, request_lock, request_unlock, request_rebase;

/* forward.c: asks an owner and hands its answer on. */
/* What is owed when the owners' connections are gone; confd ends. */
void	forward_free_all(struct confd *);
int	forward_get(struct session *, const struct msg *, struct err *)
		__attribute__((warn_unused_result));
/* Asks the owner what the session asked, about n paths; what: the audit log is
 * told if that fails. */
struct path;
int	forward_ask(struct session *, const struct msg *, const char *owner,
		    const struct path *, size_t n, const char *what,
		    struct err *) __attribute__((warn_unused_result));

/* action.c */
handler	action_request;
/* The path of an action that may be asked for. */
int	action_path(struct session *, const struct msg *, struct path *,
		    struct err *) __attribute__((warn_unused_result));

/* feed.c: the streams of a session. */
handler	feed_subscribe;
handler	feed_unsubscribe;
void	feed_free_all(struct session *);
/* To every stream of the session that follows the log. */
struct log_entry;
struct stream;
void	feed_each_log(struct session *,
		      void (*)(struct stream *, const struct log_entry *, bool),
		      const struct log_entry *);

#endif
