/*
 * owner: the side of lib/proto.h that confd asks: the process that owns a
 * subtree of the configuration.  ike and keys differ in struct owner_ops only.
 *
 * Only root and confd's user get a word in.  One transaction at a time; one
 * whose connection breaks is aborted.
 */
#ifndef CULVERT_PROC_OWNER_H
#define CULVERT_PROC_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct action;
struct event_base;
struct json;
struct ly_ctx;
struct lyd_node;
struct owner;
struct stream;

/* Of an OP_SUBSCRIBE. */
struct stream_wish {
	bool		packets;	/* A_PACKETS */
	uint64_t	since_us;	/* A_TIME */
};

struct owner_ops {
	/* As engine_prepare(): all checks here, nothing changed before apply. */
	int	(*prepare)(void *ctx, const struct lyd_node *tree,
			   const char *const *removed, size_t n, bool replace,
			   void (*warn)(void *, const char *), void *arg,
			   struct err *);
	void	(*apply)(void *ctx);
	/* Called after apply: done(arg) once what it changed is in force, maybe
	 * inside the call; NULL: it is at once. */
	void	(*settle)(void *ctx, void (*done)(void *), void *arg);
	void	(*abort)(void *ctx);
	/* Called before get: done(arg) once the state is fresh, maybe inside
	 * the call; NULL: it always is. */
	void	(*refresh)(void *ctx, const char *path, const char *fields,
			   void (*done)(void *), void *arg);
	/* The data plane in use; NULL: it is not this process's business. */
	const char *(*plane)(void *ctx);
	/* The operational state at a path, as one JSON object; NULL: none. */
	int	(*get)(void *ctx, const char *path, const char *fields,
		       struct json *, struct err *);
	/* An action of the model; NULL: none.  input is its node, with what it
	 * was given and the defaults below it, checked against the model; it is
	 * gone, and wiped, when this returns.  0: it is done; -1: *e says why
	 * not; 1: it calls action_done() later. */
	int	(*action)(void *ctx, const char *path,
			  const struct lyd_node *input, struct action *,
			  struct err *);
	/* An action with cv:stream; NULL: none.  Notifications go to the stream,
	 * which is not freed before unsubscribe. */
	int	(*subscribe)(void *ctx, const char *path,
			     const struct stream_wish *, struct stream *,
			     struct err *);
	void	(*unsubscribe)(void *ctx, struct stream *);
};

/* What the action brings, before it is done: members of its output, in an object
 * that is open: json_str(action_output(a), "request", pem). */
struct json *action_output(struct action *);
/* A sentence for who asked, though it is done. */
void	action_warn(struct action *, const char *);
/* The answer of an action that returned 1, once, not inside that call: e is why
 * it failed, or NULL.  Frees it; whoever asked may have gone. */
void	action_done(struct action *, const struct err *e);

/* Takes the listening socket; the YANG context is borrowed.  Lives as long as
 * the process. */
struct owner *owner_new(struct event_base *, int listener, const struct ly_ctx *,
			uid_t confd, const struct owner_ops *, void *ctx,
			struct err *);

#endif
