/*
 * store: what confd keeps on disk, in one folder that only it can read.
 *
 *	startup.json	loaded at boot; written by copy running startup
 *	running		running as it was at some commit, and of which boot
 *	commits/N	one for each commit: who, when, and its units before
 *			and after
 *	unconfirmed	there while commits wait to be confirmed
 *	trouble		startup.json was found broken at a boot: what was used
 *			instead.  Gone when it is repaired
 *	lock		held by the confd that works here
 *
 * A commit is made when its file is renamed into place: running after a crash
 * is `running` with the commits since, so the old or the new, whole.  After
 * another boot it is startup.json.
 */
#ifndef CULVERT_CONFD_STORE_H
#define CULVERT_CONFD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "err.h"
#include "unconfirmed.h"

#define STORE_HISTORY	50

struct map;
struct schema;

struct commit {
	uint32_t	 number;
	uint64_t	 time;		/* seconds since 1970 */
	char		*user;
	char		*from;		/* or NULL */
	char		*comment;	/* or NULL */
};

struct store {
	const struct schema	*schema;
	char			*factory_path;
	int			 dir;
	int			 commits;	/* the folder */
	int			 lock;
	char			 boot[64];
	uint32_t		 base;		/* the commit of `running` */
	size_t			 base_bytes;
	size_t			 replay_bytes;
	struct commit		*history;	/* oldest first */
	size_t			 n_history;
	uint32_t		 last;		/* 0: none yet */
	struct map		*startup;	/* once it was needed */
	struct unconfirmed	 unconfirmed;
	/* Configurations of commits asked for last; they never change. */
	struct store_at {
		uint32_t	 commit;
		struct map	*map;
	}			 at[2];
	char			*trouble;	/* store_trouble() */
	char			*instead;	/* what was used then */
	struct stat		 broken;	/* the file that it is about */
	bool			 cut;		/* older commits do not fit */
	/* The disk would not take what the start made of running; it must
	 * have that before anything is committed on top of it. */
	bool			 behind;
	struct map		*before_boot;	/* no commit tells from it yet */
};

typedef void store_warn_fn(const char *sentence, void *arg);

/* Both paths are copied; the folder must be there. */
int	store_open(struct store *, const struct schema *, const char *dir,
		   const char *factory, struct err *)
		__attribute__((warn_unused_result));
void	store_close(struct store *);
/* What running is now.  Fails only without memory; whatever else is wrong goes
 * to warn, and the best that is left is used. */
int	store_load(struct store *, struct map **running, store_warn_fn *,
		   void *arg, struct err *) __attribute__((warn_unused_result));

/* Before every store_commit(): what could not be written at the start is, or -1.
 * May itself make a commit. */
int	store_catch_up(struct store *, const struct map *running, struct err *)
		__attribute__((warn_unused_result));
/* Makes `after` running for good; info->number is set.  Nothing is changed on
 * failure. */
int	store_commit(struct store *, const struct map *before,
		     const struct map *after, struct commit *info, struct err *)
		__attribute__((warn_unused_result));
/* Work that can wait until after the reply: shortens what a restart reads, and
 * forgets commits too old. */
int	store_tidy(struct store *, const struct map *running, struct err *)
		__attribute__((warn_unused_result));

/* What is wrong with the startup configuration since the last boot, for all who
 * log in; NULL as soon as the file is repaired. */
const char *store_trouble(struct store *);

/* Borrowed until the next call. */
int	store_startup(struct store *, const struct map **, struct err *)
		__attribute__((warn_unused_result));
int	store_save_startup(struct store *, struct map *, struct err *)
		__attribute__((warn_unused_result));
/* Whether the next start will use what running is. */
bool	store_is_saved(struct store *, const struct map *running);
/* A new map; without a file, an empty one. */
int	store_factory(struct store *, struct map **, struct err *)
		__attribute__((warn_unused_result));
/* Running as it was after that commit; a new map. */
int	store_at(struct store *, const struct map *running, uint32_t commit,
		 struct map **, struct err *) __attribute__((warn_unused_result));

#endif
