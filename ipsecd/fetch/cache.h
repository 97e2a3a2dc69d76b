/*
 * cache: what ike asked to keep of the web, by URL, in a folder of its own that
 * outlives the process.
 *
 * A file is named by the SHA-256 of its URL, begins with three lines (format; until
 * when, and how long; the URL) and is written whole or not at all.  There are never
 * more than CACHE_FILES of them, with CACHE_OCTETS: the oldest make room.  All of it
 * happens in a thread, in the order asked for: a slow disk keeps nobody waiting.
 */
#ifndef CULVERT_FETCH_CACHE_H
#define CULVERT_FETCH_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define CACHE_FILES	256
#define CACHE_OCTETS	(64u << 20)

struct cache;
struct cache_look;
struct event_base;

/* Takes the folder; what is in it and none of ours goes. */
struct cache *cache_new(struct event_base *, int folder, struct err *);

/* Keeps the octets of fd, which is taken, until then (seconds since 1970). */
void	cache_keep(struct cache *, const char *url, int fd, size_t len,
		   uint64_t until);
void	cache_drop(struct cache *, const char *url);
/* fn gets them sealed, and owns fd; -1: there is nothing, or more than most.  It is
 * not called inside; NULL: out of memory. */
struct cache_look *cache_look(struct cache *, const char *url, size_t most,
			      void (*fn)(void *arg, int fd, size_t len), void *arg);
/* fn is not called any more. */
void	cache_look_cancel(struct cache_look *);

#endif
