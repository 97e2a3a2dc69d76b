/*
 * confd: the one context of the process.
 */
#ifndef CULVERT_CONFD_CONFD_H
#define CULVERT_CONFD_CONFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "audit.h"
#include "schema.h"
#include "store.h"

struct backend;
struct event;
struct event_base;
struct logs;
struct map;
struct owed;
struct session;
struct txn;

#define CONFD_WARNINGS_MAX	16

struct confd {
	struct event_base	*base;
	struct schema		 schema;
	struct store		 store;
	struct access		 access;
	struct audit		 audit;
	struct map		*running;
	struct session		*sessions;
	unsigned int		 n_sessions;
	uint32_t		 session_serial;
	uint32_t		 locked_by;	/* a session's serial, or 0 */
	unsigned int		 batch_serial;	/* edit.h */
	struct backend		**backends;	/* in the order of the schema */
	struct owed		*owed;		/* forward.c */
	struct txn		*txns;		/* the first one is under way */
	uint32_t		 txn_serial;
	struct event		*accept;
	struct event		*tidy;
	struct event		*confirm;	/* confirm.h */
	bool			 reverting;	/* it is being taken back */
	struct logs		*logs;		/* NULL: no memory */
	/* What every session is told: a broken startup file ... */
	char			*warnings[CONFD_WARNINGS_MAX];
	size_t			 n_warnings;
};

/* Loads models and store; the loop is the caller's. */
int	confd_init(struct confd *, struct event_base *, const char *yangdir,
		   const char *statedir, const char *factory, struct err *)
		__attribute__((warn_unused_result));
void	confd_fini(struct confd *);
/* Logs it, and tells every session now. */
void	confd_announce(struct confd *, const char *sentence);

#endif
