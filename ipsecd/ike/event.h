/*
 * event: what happened to one tunnel, from a fixed catalogue, kept for `show`:
 * the newest lines, repetitions counted.
 *
 * A text is a sentence about what happened, with the peer's values.  Further
 * lines of it say what to do: EVENT_HERE or EVENT_PEER and one setting of the
 * tunnel each, or a sentence.  Nothing of a peer's has a line end in it, so that
 * no peer can put a command into our mouth.
 */
#ifndef CULVERT_EVENT_H
#define CULVERT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_MAX	24
#define EVENT_TEXT_MAX	768

#define EVENT_HERE	"\nhere, set: "
#define EVENT_PEER	"\nat the peer, set: "
#define EVENT_RUN	"\nhere, run: "		/* a whole line for the shell */

enum event_code {
	EV_ERROR,		/* what fits nowhere else; the number is the level */
	EV_WARNING,
	EV_INFO,

	/* the course of things */
	EV_CONNECTING,
	EV_ESTABLISHED,		/* the IKE_SA */
	EV_UP,			/* the CHILD_SA */
	EV_REKEYED,
	EV_IKE_REKEYED,
	EV_NARROWED,		/* fewer addresses than one side has */
	EV_NAT,
	EV_MOVED,		/* the peer's address or port */
	EV_COMMAND,		/* somebody asked for it */
	EV_REPLACED,		/* an SA that the peer knows nothing of any more */
	EV_PEER_BACK,

	/* it was up, and ends or is in danger */
	EV_PEER_SILENT,
	EV_PEER_DEAD,
	EV_PEER_CLOSED,
	EV_EXPIRED,
	EV_REKEY_FAILED,
	EV_PFS,
	EV_REAUTH,
	EV_MALFORMED,
	EV_SA_LOST,		/* the data plane has it no more */
	EV_DATA_PLANE,		/* it refuses */

	/* it does not come up */
	EV_NO_ANSWER,
	EV_PROPOSAL,
	EV_AUTH,
	EV_IDENTITY,
	EV_NO_SECRET,
	EV_CERTIFICATE,		/* ours or the peer's: missing, ends, not trusted */
	EV_PPK,			/* RFC 8784: one side has it, or another */
	EV_REVOKED,		/* a certificate of the peer's chain is */
	EV_UNCHECKED,		/* nobody knows whether one is */
	EV_SELECTORS,
	EV_REFUSED,		/* by the peer, with another notify */
	EV_VERSION,		/* the peer speaks another version of IKE */
	EV_AGGRESSIVE,		/* it tries IKEv1's aggressive mode */
	EV_NO_ADDRESS,		/* our own is not there */
	EV_NOT_SENT,		/* this machine does not let it out */
	EV_UNUSED,		/* cannot be, or is not enabled */
	EV_RESOURCES,
	EV_CODES
};

/* The name in the model: "proposal-mismatch". */
const char *event_code_str(enum event_code);
int	event_level(enum event_code);		/* enum log_level */
const char *event_level_str(enum event_code);	/* "error", "warning", "info" */

struct event {
	uint64_t	time;		/* the last time; seconds since 1970 */
	uint64_t	first;
	uint32_t	serial;
	uint32_t	count;
	uint8_t		code;		/* enum event_code */
	char		text[];
};

/* The oldest first; the array and the events are heap blocks of its own. */
struct events {
	struct event	**slot;
	uint32_t	 serial;	/* of the newest */
	uint8_t		 n, size;
};

void	events_fini(struct events *);
/* The same once more, or routine of the same kind, counts and moves to the end.
 * Without memory the event is forgotten, but has had its number. */
void	events_add(struct events *, uint64_t time, enum event_code,
		   const char *text);
/* The oldest is number 0; NULL behind the newest. */
const struct event *events_get(const struct events *, uint32_t i);

/* A text in one line: "no common proposal: ...; here, set: A, B". */
const char *event_line(const char *text, char *buf, size_t size);
/* The next line of a text after *at (start with 0) that begins with the prefix
 * (EVENT_HERE or EVENT_PEER), without it, in buf; false if there is none. */
bool	event_setting(const char *text, const char *prefix, size_t *at, char *buf,
		      size_t size);

#endif
