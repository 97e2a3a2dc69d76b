/*
 * download: what is under way from the web or from the disk cache (engine_ops.
 * fetch): one download for all who want the same, with the engine's own limit to
 * the wait.
 */
#ifndef CULVERT_DOWNLOAD_H
#define CULVERT_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"

struct source;
struct timer;

#define DOWNLOAD_MS	10000		/* S1-094 */
#define DOWNLOAD_DISK_MS 2000		/* of what is on this machine */

/* For FETCH_GET, FETCH_CACHED and FETCH_POST, which alone has a body and is not
 * shared.  source_loaded() is told, never inside the call.  False: no memory. */
bool	download_begin(struct engine *, struct source *, enum fetch_kind,
		       const char *url, size_t most, const void *body, size_t len)
		__attribute__((warn_unused_result));
/* The source goes: nobody tells it any more. */
void	download_leave(struct engine *, struct source *);

/* Answers that came while the engine was busy. */
void	download_drain(struct engine *);
void	download_expired(struct engine *, struct timer *);
void	download_fini(struct engine *);

#endif
