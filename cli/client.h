/*
 * client: the connection to confd.
 *
 * A call runs the event loop until its answer is there, so that Ctrl-C is heard
 * meanwhile. Nothing else runs in between: there is one call at a time.
 */
#ifndef CULVERT_CLI_CLIENT_H
#define CULVERT_CLI_CLIENT_H

#include <stdbool.h>

#include "err.h"

struct client;
struct event_base;
struct msg;

struct client *client_new(struct event_base *, const char *path);
void	client_free(struct client *);

/* Connects and says hello. *hello, always to be freed with msg_fini, is what
 * confd says to it: what every session should know is in its warnings. */
int	client_open(struct client *, struct msg *hello, struct err *)
		__attribute__((warn_unused_result));
/* What confd says without being asked goes there, from inside the event loop;
 * m is borrowed for the call. */
typedef void client_event_fn(const struct msg *m, void *arg);
void	client_on_event(struct client *, client_event_fn *, void *arg);
bool	client_is_open(const struct client *);
const char *client_user(const struct client *);		/* "" before */
const char *client_role(const struct client *);

/* Sends req (whose contents are freed) and waits. *reply is always to be freed
 * with msg_fini, and holds what came also when the answer is no (-1). */
int	client_call(struct client *, struct msg *req, struct msg *reply,
		    struct err *) __attribute__((warn_unused_result));
/* Sends req, an OP_SUBSCRIBE (whose contents are freed), waits for the answer as
 * client_call, and hands what comes to note() until confd ends the stream, note()
 * says false, or client_interrupt(): the last two are no errors. */
int	client_stream(struct client *, struct msg *req, struct msg *reply,
		      bool (*note)(const struct msg *, void *arg), void *arg,
		      struct err *) __attribute__((warn_unused_result));
/* Ends a waiting call with an error; for Ctrl-C. True if there was one. */
bool	client_interrupt(struct client *);
bool	client_was_interrupted(const struct client *);	/* the last call */

#endif
