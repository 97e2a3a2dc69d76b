/*
 * backend: the connections to the processes that own parts of the model.
 *
 * Each owner named in the model is asked at RUNDIR/OWNER.sock; a connection
 * that breaks is made again, after a pause that grows to a second.
 */
#ifndef CULVERT_CONFD_BACKEND_H
#define CULVERT_CONFD_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct backend;
struct confd;
struct msg;

#define BACKEND_TIMEOUT_S	10
#define BACKEND_ACTION_S	60	/* it may make a key */

/* reply is borrowed for the call; NULL: it failed, and e says why.  Called
 * once. */
typedef void backend_reply_fn(const struct msg *reply, const struct err *e,
			      void *arg);

/* rundir is copied.  fd >= 0 is a connection that is there already, and is not
 * made again. */
struct backend *backend_new(struct confd *, const char *name,
			    const char *rundir, int fd);
/* Calls nobody back. */
void	backend_free(struct backend *);
const char *backend_name(const struct backend *);
struct backend *backend_find(struct confd *, const char *owner);
bool	backend_is_up(const struct backend *);
/* A sentence: it is not running. */
int	backend_down_err(const struct backend *, struct err *);
/* What it said moves the packets; NULL: nothing, or it is not running. */
const char *backend_plane(const struct backend *);
/* The process that opened its door; 0: it is not running. */
pid_t	backend_pid(const struct backend *);
/* Whether it has what running is; it has not after a connect. */
bool	backend_is_synced(const struct backend *);
void	backend_set_synced(struct backend *, bool);
/* Hands it all of running after a while, which is longer each time until it
 * takes it: it could not. */
void	backend_sync_later(struct backend *);
/* Why it does not take what running is; NULL: it does. */
void	backend_set_refusal(struct backend *, const char *);
const char *backend_refusal(const struct backend *);
/* Everything that comes for a stream, the answer to its OP_SUBSCRIBE first;
 * NULL: the backend has gone, e says so, and nothing more comes. */
typedef void backend_stream_fn(const struct msg *m, const struct err *e,
			       void *arg);
struct backend_stream;
/* Sends m, an OP_SUBSCRIBE (frees its contents).  NULL with *e if that cannot
 * be.  The stream is the caller's. */
struct backend_stream *backend_stream_new(struct backend *, struct msg *m,
		backend_stream_fn *, void *arg, struct err *e);
/* Also tells the backend, if end: it has not ended it itself. */
void	backend_stream_free(struct backend_stream *, bool end);
/* Sends m (frees its contents) and calls fn with the answer, also in this call
 * if there is no connection. */
void	backend_request(struct backend *, struct msg *m, backend_reply_fn *,
			void *arg);

#endif
