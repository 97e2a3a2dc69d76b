/*
 * msg: framed requests and replies on Unix stream sockets, both ends, over
 * libevent.  What the operations mean is lib/proto.h's business.
 *
 *	 0		 4	 6	 8		 12
 *	+---------------+-------+-------+---------------+-----------------
 *	| length	| op	| flags	| id		| attributes ...
 *	+---------------+-------+-------+---------------+-----------------
 *	attribute: type (2), reserved (2), length (4), bytes; not padded
 *
 * length counts the whole frame.  A reply carries the id and the op of its
 * request and MSG_REPLY; ids are chosen by the asking side.  Frames longer than
 * MSG_MAX, broken attributes or unknown flags close the connection with a log
 * line: the other end is hostile or another version.
 */
#ifndef CULVERT_MSG_H
#define CULVERT_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

#define MSG_MAX		(64u << 20)
#define MSG_HDR_LEN	12

enum msg_flags {
	MSG_REPLY	= 1 << 0,
	MSG_ERROR	= 1 << 1,	/* a reply that says no: A_ERR_* inside */
};

/* A message being built, or one received.  Attributes keep their order. */
struct msg {
	uint16_t	 op;
	uint16_t	 flags;
	uint32_t	 id;
	uint8_t		*data;		/* the attributes */
	size_t		 len;
	size_t		 size;
	bool		 bad;		/* out of memory while building */
};

void	msg_init(struct msg *, uint16_t op, uint16_t flags, uint32_t id);
void	msg_fini(struct msg *);		/* wipes: it may have held a secret */
void	msg_add(struct msg *, uint16_t type, const void *, size_t);
void	msg_add_str(struct msg *, uint16_t type, const char *);	/* NULL: nothing */
void	msg_add_u32(struct msg *, uint16_t type, uint32_t);
void	msg_add_u64(struct msg *, uint16_t type, uint64_t);
void	msg_add_err(struct msg *, const struct err *);

/* The attributes in order: start with *pos = 0; false at the end.  Strings are
 * not NUL-terminated in the frame; msg_str() below copies. */
struct msg_attr {
	uint16_t	 type;
	const uint8_t	*p;
	size_t		 len;
};
bool	msg_next(const struct msg *, size_t *pos, struct msg_attr *);
/* The first attribute of that type, or false. */
bool	msg_find(const struct msg *, uint16_t type, struct msg_attr *);
/* A copy that ends in NUL and the caller frees; NULL if absent, with a NUL
 * inside, or not UTF-8. */
char	*msg_str(const struct msg *, uint16_t type);
/* For what others will see of somebody's text: control characters (C0, DEL, C1)
 * become blanks, and what is no UTF-8, as the half of a character, becomes a
 * question mark. */
void	 msg_tame(char *);
char	*msg_attr_str(const struct msg_attr *);
/* A u32 or u64; 0 if it is neither. */
uint64_t msg_attr_number(const struct msg_attr *);
bool	msg_u32(const struct msg *, uint16_t type, uint32_t *);
bool	msg_u64(const struct msg *, uint16_t type, uint64_t *);
/* What an MSG_ERROR reply says; a sentence also if it says nothing. */
void	msg_get_err(const struct msg *, struct err *);

/* --- a connection in an event loop --- */

struct event_base;
struct msg_conn;

struct msg_peer {			/* SO_PEERCRED */
	pid_t		pid;
	uid_t		uid;
	gid_t		gid;
};

struct msg_ops {
	/* A whole, well-formed frame; m is borrowed for the call. */
	void	(*received)(struct msg_conn *, struct msg *m, void *arg);
	/* The other end has gone, or misbehaved (e says).  The connection is
	 * freed by the library after this returns. */
	void	(*closed)(struct msg_conn *, const struct err *e, void *arg);
};

/* Takes fd.  NULL when out of memory (fd closed). */
struct msg_conn *msg_conn_new(struct event_base *, int fd,
			      const struct msg_ops *, void *arg);
/* Closes without calling closed(). */
void	msg_conn_free(struct msg_conn *);
/* Queues and frees the contents of m (msg_fini).  Never blocks. */
void	msg_conn_send(struct msg_conn *, struct msg *m);
/* Bytes that the other end has not taken yet. */
size_t	msg_conn_queued(const struct msg_conn *);
const struct msg_peer *msg_conn_peer(const struct msg_conn *);
uint32_t msg_conn_next_id(struct msg_conn *);
/* For peers who are not trusted: no frame longer than frame_max, and none read
 * while more than queue_max bytes wait to be sent.  (Not between two daemons
 * that both ask: each would wait for the other to read.) */
void	msg_conn_limit(struct msg_conn *, size_t frame_max, size_t queue_max);

/* --- without an event loop: who is turned away, connecting, tests --- */

/* A blocking connection; -1 with a sentence that names the path and, if nobody
 * listens there, what to start. */
int	msg_connect(const char *path, struct err *) __attribute__((warn_unused_result));
/* mode is the socket's; gid -1 leaves the group.  An existing socket that
 * nobody serves any more is replaced; one that is served for two seconds more, which
 * this takes, is an error. */
int	msg_listen(const char *path, mode_t mode, gid_t gid, struct err *)
		__attribute__((warn_unused_result));
int	msg_write(int fd, struct msg *, struct err *)	/* frees m's contents */
		__attribute__((warn_unused_result));
int	msg_read(int fd, struct msg *, struct err *)	/* inits m on success */
		__attribute__((warn_unused_result));

#endif
