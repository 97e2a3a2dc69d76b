/*
 * ikeproc: the process ike: sockets, pipes, timers and confd's door around the
 * engine, which does no I/O itself.
 */
#ifndef CULVERT_IKEPROC_H
#define CULVERT_IKEPROC_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/engine.h"
#include "proc/messages.h"
#include "proc/process.h"
#include "proc/options.h"

struct action;
struct event;
struct json;
struct net;
struct owner;
struct ipc;
struct asked;
struct rbuf;
struct settling;
struct stream;
struct stream_wish;
struct watch;
struct wish;

struct ikeproc {
	struct process	 process;
	struct engine	*engine;	/* from IPC_START on */
	char		 plane[sizeof(((struct dp_caps *)0)->name)];
	struct crypto	*crypto;
	struct net	*net;
	struct owner	*owner;
	struct ipc	*keys;		/* NULL while there is none */
	struct asked	*asked;		/* of keys, not answered */
	struct ipc	*fetch;		/* NULL while there is none */
	char		 no_fetch[IPC_NO_FETCH_MAX];	/* why there never is; "" */
	struct wish	*wishes;	/* asked of fetch, not answered */
	unsigned int	 n_wishes;
	struct settling	*settling;	/* applied, not in force yet; oldest first */
	struct watch	*watch;		/* NULL: nobody has watched yet */
	struct event	*wake;
	struct event	*leaving;	/* while deletes are under way */
	unsigned int	 leaving_ticks;
	enum child_exit	 exit_status;
};

/* Returns the exit status. */
int	ikeproc_main(const struct options *);

uint64_t ikeproc_now(void);
/* Deletes all SAs in good order, then ends. */
void	ikeproc_leave(struct ikeproc *, enum child_exit);

/* --- keys.c: the pipe to keys --- */
/* Takes fd, the new pipe; what keys has not answered is asked again. */
void	keys_attach(struct ikeproc *, int fd);
/* There is an engine: from now on it hears what keys tells. */
void	keys_start(struct ikeproc *);
void	keys_ask(struct ikeproc *, const struct keys_request *);

/* --- fetch.c: the pipe to fetch --- */
/* Takes fd, the new pipe; what fetch has not answered is asked again. */
void	fetch_attach(struct ikeproc *, int fd);
/* Of the engine; may answer inside the call. */
void	fetch_ask(struct ikeproc *, const struct fetch_request *);

/* --- watch.c: what passes, for those who watch --- */
/* As struct owner_ops. */
int	watch_subscribe(void *ikeproc, const char *path,
			const struct stream_wish *, struct stream *,
			struct err *);
void	watch_unsubscribe(void *ikeproc, struct stream *);
void	watch_message(struct ikeproc *, const struct engine_message *);
/* IPC_LOG, IPC_TAP and IPC_PACKET from monitor; false: nonsense. */
bool	watch_log(struct ikeproc *, struct rbuf *body);
bool	watch_tap(struct ikeproc *, struct rbuf *body);
bool	watch_packet(struct ikeproc *, struct rbuf *body);

/* --- crls.c: revocation, as confd asks for it --- */
bool	crls_path(const char *path);	/* is about it */
/* As struct owner_ops; the engine is there. */
int	crls_get(struct ikeproc *, struct json *);
int	crls_action(struct ikeproc *, const char *path, struct action *,
		    struct err *);

/* --- config.c: the owner of the configuration --- */
extern const struct owner_ops ikeproc_owner_ops;
/* IPC_REACHED came back; false: nobody waited for it. */
bool	config_reached(struct ikeproc *);

#endif
