/*
 * session: one client, who it is, and its private candidate.
 */
#ifndef CULVERT_CONFD_SESSION_H
#define CULVERT_CONFD_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "access.h"
#include "err.h"

struct confd;
struct feed;
struct map;
struct msg_conn;

#define SESSIONS_MAX		64
#define SESSIONS_PER_USER	16	/* of those who are not administrators */
/* Replies that owners still owe one session; and one of those who are not
 * administrators, for each may be the state of all tunnels. */
#define SESSION_PENDING_MAX	16
#define SESSION_PENDING_OTHERS	4
#define SESSION_FROM_MAX	128

struct session {
	struct session	*next;
	struct confd	*confd;
	struct msg_conn	*conn;
	uint32_t	 serial;
	uid_t		 uid;
	char		 user[64];
	char		 who[160];	/* "root (alice)": who logged in as alice */
	char		*from;		/* as claimed, or NULL */
	enum role	 role;
	uint64_t	 since;		/* seconds since 1970 */
	uint64_t	 active;	/* session_clock() of its last request */
	/* What the candidate was made from, and it; NULL: no changes. */
	struct map	*base;
	struct map	*candidate;
	/* As the candidate was at OP_MARK; marked and NULL: no changes. */
	struct map	*mark;
	bool		 marked;
	bool		 waiting;	/* for a commit or a validation */
	unsigned int	 pending;
	struct feed	*feeds;		/* streams it subscribed to */
};

/* Takes fd, a connected client.  On an error the client was told, and fd is
 * closed. */
int	session_new(struct confd *, int fd, struct err *)
		__attribute__((warn_unused_result));
void	session_free(struct session *);
/* Seconds that only go forward. */
uint64_t session_clock(void);
/* -1 with a sentence if another session holds the lock. */
int	session_locked(struct session *, struct err *)
		__attribute__((warn_unused_result));
struct session *session_by_serial(struct confd *, uint32_t serial);
/* What the session reads as its candidate; borrowed. */
struct map *session_config(struct session *);
/* The candidate, made if there is none; NULL without memory. */
struct map *session_edit(struct session *);
void	session_discard(struct session *);
/* -1 without memory. */
int	session_mark(struct session *) __attribute__((warn_unused_result));
void	session_unmark(struct session *);
/* False if there is no mark. */
bool	session_revert(struct session *);
/* Takes m as the candidate. */
void	session_replace(struct session *, struct map *);

#endif
