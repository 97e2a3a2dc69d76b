/*
 * proto: the operations and attributes of Culvert's sockets.
 *
 * One protocol, two sides of confd:
 *	front-ends (the shell) ask confd on RUNDIR/confd.sock;
 *	confd asks the owners of subtrees on RUNDIR/OWNER.sock, where OWNER is
 *	the argument of the nearest cv:owner in the model.
 * HELLO's reply may bring A_WARNING*: what every session should know.
 * A reply with op 0 and an error is to the connection: there is no room.
 * Names and meanings follow NETCONF (RFC 6241, RFC 8526); data is RFC 7951 JSON.
 */
#ifndef CULVERT_PROTO_H
#define CULVERT_PROTO_H

#define PROTO_VERSION	1

/* Columns: who asks; attributes of the request; attributes of the reply.
 * "*" repeated, "?" optional. */
enum proto_op {
	/* both: A_VERSION, front-end: A_FROM?; reply: A_VERSION,
	 * from confd: A_USER A_ROLE A_HOSTNAME? A_BANNER? A_IDLE_MAX?,
	 * from an owner: A_PLANE? */
	OP_HELLO	= 1,

	/* A_DATASTORE|A_COMMIT A_PATH* A_FIELDS? A_DEFAULTS?; A_DATA (absent: nothing).
	 * DS_OPERATIONAL is forwarded to the owner of the path. */
	OP_GET_DATA	= 2,

	/* Ordered edits of my candidate: (A_EDIT A_PATH A_VALUE?|A_DATA?)*,
	 * each begun by its A_EDIT.  A_VALUE of a leaf-list that is, or is in,
	 * one line (cv:one-line): all its values, with blanks between.  A_DATA:
	 * the members of the container or entry,
	 * {"cipher":["aes128"],"dh":["x25519"]}.  All or nothing; on an error
	 * A_INDEX is the number of the first edit that failed, from 0.
	 * Reply: A_COUNT (edits that changed something), A_WARNING* */
	OP_EDIT_DATA	= 3,

	/* Refused because of the configuration, both say all that is wrong:
	 * (A_ERR_KIND A_ERR_TEXT A_ERR_PATH?)*, in the order of the tree. */
	OP_VALIDATE	= 4,	/* commit up to and with prepare; A_WARNING* */
	OP_COMMIT	= 5,	/* A_COMMENT? A_CONFIRM? ; A_COMMIT? A_CONFIRM?
				 * A_WARNING* (no A_COMMIT: there was nothing
				 * to commit) */
	OP_DISCARD	= 6,

	/* A_DATASTORE (from) A_DATASTORE (to) */
	OP_COPY		= 7,

	/* What turns the first into the second, in order:
	 * A_DATASTORE|A_COMMIT, then A_DATASTORE|A_COMMIT;
	 * (A_EDIT A_PATH A_VALUE? A_OLD_VALUE?)*, EDIT_MERGE or EDIT_DELETE */
	OP_COMPARE	= 8,

	/* ; (A_COMMIT A_TIME A_USER A_FROM? A_COMMENT? A_CONFIRM?)*, newest
	 * first; A_CONFIRM: it waits to be confirmed */
	OP_HISTORY	= 9,
	OP_ROLLBACK	= 10,	/* A_COUNT (0: running, 1: the one before ...):
				 * into my candidate */

	/* A_PATH of the action, A_DATA? (the members of its input: {"label":"a"});
	 * A_DATA? (those of its output), A_WARNING*.  An error at the path of a
	 * leaf with cv:prompt asks for it. */
	OP_ACTION	= 11,

	/* confd to owners.  A_TXN A_REPLACE? A_DATA? A_PATH*: every touched
	 * unit (a cv:unit list entry, else a top-level container) whole in one
	 * tree, removed units by path.  A_REPLACE: what is not in the tree is
	 * removed (sent after a connect).  Reply: A_WARNING*, or an error that
	 * names the node; then nothing is kept of the transaction. */
	OP_PREPARE	= 12,
	OP_APPLY	= 13,	/* A_TXN; cannot fail */
	OP_ABORT	= 14,	/* A_TXN */

	/* What a configuration file brings is one edit, in however many requests
	 * it comes: MARK remembers the candidate, REVERT brings it back, RELEASE
	 * forgets the mark: A_COUNT (units that differ from it).  A commit, a
	 * discard and another MARK forget it, too. */
	OP_MARK		= 20,
	OP_REVERT	= 21,
	OP_RELEASE	= 22,

	/* confd to front-ends, not asked for and not answered: while a commit
	 * or validation of that session is under way, when all is valid and
	 * nothing has happened yet: what it does to the units touched.
	 * (A_IMPACT A_NAME A_LAST? A_COUNT A_WHY?)* A_UNTOUCHED; A_LAST: from
	 * A_NAME to that one, A_COUNT in all. */
	OP_IMPACT	= 25,
	/* The same way, to every session: A_WARNING, something has happened. */
	OP_NOTICE	= 26,

	/* What OP_COMMIT with A_CONFIRM did, of this or another session, stays
	 * (OP_CONFIRM), or is taken back now (OP_CANCEL), as it is when the
	 * time is over.  A_COMMIT?: its number, which other users must know;
	 * reply: A_COMMIT (of what stays; of the commit that takes back). */
	OP_CONFIRM	= 27,
	OP_CANCEL	= 28,

	/* Who is there: (A_SESSION A_USER A_ROLE A_FROM? A_TIME A_IDLE A_SELF?
	 * A_EDITING? A_LOCKED?)*; A_UNSAVED?, if asked with it: running is not
	 * what the next start will use. */
	OP_SESSIONS	= 29,
	/* Nobody else commits until it is unlocked, or the session ends. */
	OP_LOCK		= 30,
	OP_UNLOCK	= 31,	/* A_FORCE?: also another session's */
	/* My changes on top of what running is now.  A_REBASE?: what becomes of
	 * nodes that somebody else has changed, too; without it they are
	 * conflicts, and named.  A_COUNT: nodes that were in conflict. */
	OP_REBASE	= 32,

	/* A_COUNT?; (A_TIME A_USER A_ROLE A_FROM A_AUDIT)*, oldest first: the
	 * last lines of the audit log */
	OP_AUDIT	= 35,

	/* both: begins a stream (RFC 8639).  A_PATH of an action with cv:stream,
	 * A_PACKETS? A_COUNT? A_FOLLOW?; A_WARNING*.  From then on, with the id
	 * of this request and MSG_REPLY, until one of the two ends it:
	 *	OP_NOTIFICATION	A_DATA? A_PACKET*, A_LOST?: so many before it were
	 *			left out, because the reader is slow
	 *	OP_STREAM_END	there is no more of it; with MSG_ERROR: why
	 * The log of an owner (cv:log) is asked for by confd alone, with A_TIME
	 * (only what is newer), and its notifications are A_TIME A_COMMENT, a
	 * line each; both times in microseconds. */
	OP_SUBSCRIBE	= 40,
	/* A_STREAM; A_LOST?; nothing of the stream follows the reply */
	OP_UNSUBSCRIBE	= 41,
	OP_NOTIFICATION	= 42,
	OP_STREAM_END	= 43,
};

enum proto_attr {
	A_VERSION	= 1,	/* u32 */
	A_USER		= 2,	/* string */
	A_ROLE		= 3,	/* string: administrator, operator, guest */
	A_FROM		= 4,	/* string: terminal or address, as claimed */
	A_DATASTORE	= 5,	/* u32, enum proto_ds */
	A_PATH		= 6,	/* string: instance path, module-qualified */
	A_FIELDS	= 7,	/* string: leaf names wanted, by blanks */
	A_DEFAULTS	= 8,	/* present: with default values */
	A_DATA		= 9,	/* string: JSON */
	A_EDIT		= 10,	/* u32, enum proto_edit */
	A_VALUE		= 11,	/* string: a leaf's value */
	A_INDEX		= 12,	/* u32 */
	A_COUNT		= 13,	/* u32 */
	A_WARNING	= 14,	/* string: a sentence */
	A_COMMENT	= 15,	/* string */
	A_CONFIRM	= 16,	/* u32: seconds until it is taken back */
	A_COMMIT	= 17,	/* u32: number of a commit */
	A_TIME		= 18,	/* u64: seconds since 1970; of the log: us */
	A_TXN		= 19,	/* u32 */
	A_REPLACE	= 20,	/* present */
	A_ERR_KIND	= 21,	/* u32, enum err_kind */
	A_ERR_TEXT	= 22,	/* string */
	A_ERR_PATH	= 23,	/* string */
	A_OLD_VALUE	= 24,	/* string: in comparisons, what was there */

	A_IMPACT	= 50,	/* u32, enum proto_impact */
	A_NAME		= 51,	/* string: "ipsec-3" */
	A_LAST		= 52,	/* string: the same */
	A_WHY		= 53,	/* string: the settings that do it, by blanks */
	A_UNTOUCHED	= 54,	/* u32: entries that are not */
	A_SESSION	= 55,	/* u32 */
	A_IDLE		= 56,	/* u32: seconds since it asked for something */
	A_SELF		= 57,	/* present: it is the one that asks */
	A_EDITING	= 58,	/* present: it has changes not committed */
	A_LOCKED	= 59,	/* present: it holds the lock */
	A_UNSAVED	= 60,	/* present */
	A_FORCE		= 61,	/* present */
	A_REBASE	= 62,	/* u32, enum proto_rebase */

	A_AUDIT		= 75,	/* string: what was done */

	A_STREAM	= 80,	/* u32: id of the OP_SUBSCRIBE */
	A_LOST		= 81,	/* u64 */
	A_PACKETS	= 82,	/* present: the packets themselves are wanted */
	A_PACKET	= 83,	/* u64 microseconds since 1970, u32 its length on
				 * the wire, then it, from the IP header on, maybe
				 * cut short */
	A_PLANE		= 84,	/* string: what moves the packets: xfrm ... */
	A_FOLLOW	= 85,	/* present: with A_COUNT, not only the last so
				 * many, but what comes from now on, too */

	A_HOSTNAME	= 100,	/* string: for the prompt */
	A_BANNER	= 101,	/* string: to greet with */
	A_IDLE_MAX	= 102,	/* u32: seconds until a silent terminal is logged
				 * out, 0: never */
};

enum proto_rebase {
	REBASE_MINE	= 1,	/* as I changed them */
	REBASE_THEIRS	= 2,	/* as they did */
};

/* cv:impact; the greater one counts. */
enum proto_impact {
	IMPACT_NONE	= 1,	/* no interruption */
	IMPACT_CHANGE	= 2,	/* the model does not say */
	IMPACT_REKEY	= 3,
	IMPACT_REAUTH	= 4,
	IMPACT_RESTART	= 5,
	IMPACT_START	= 6,
	IMPACT_STOP	= 7,
};

enum proto_ds {
	DS_RUNNING	= 1,
	DS_CANDIDATE	= 2,
	DS_STARTUP	= 3,
	DS_FACTORY	= 4,
	DS_OPERATIONAL	= 5,
};

/* RFC 6241 7.2 */
enum proto_edit {
	EDIT_MERGE	= 1,	/* create, or set a leaf */
	EDIT_REPLACE	= 2,
	EDIT_CREATE	= 3,	/* error if it exists */
	EDIT_DELETE	= 4,	/* error if it does not */
	EDIT_REMOVE	= 5,	/* no error either way */
};

#endif
