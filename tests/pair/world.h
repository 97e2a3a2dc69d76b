/*
 * world: engines in memory on a simulated network with virtual time.
 *
 * Everything that happens follows from the seed.  Between the nodes messages
 * are delayed, lost, doubled and reordered as told; keys and the data plane of
 * each node are fakes that compute real MACs and remember what they were given.
 */
#ifndef CULVERT_TESTS_WORLD_H
#define CULVERT_TESTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/engine.h"

#define NODES_MAX	4
#define WALL		1700000000	/* seconds since 1970 when a world begins */

struct evp_pkey_st;
struct ly_ctx;
struct world;

/* A datagram on its way. */
struct flight {
	struct flight	*next;
	uint64_t	 at;
	struct node	*from;		/* NULL: a test put it there */
	struct endpoint	 src, dst;
	bool		 encap;
	bool		 esp;		/* w->packet() gets it */
	bool		 corrupt;	/* is not what was sent */
	size_t		 len;
	uint8_t		 data[];
};

/* What becomes of one, for those who watch. */
enum fate { FATE_SENT, FATE_LOST, FATE_CUT, FATE_CORRUPT, FATE_DOUBLED,
	    FATE_ARRIVED, FATE_NOWHERE };

/* Something that a test wants to happen at a certain time. */
struct happening {
	struct happening *next;
	uint64_t	 at;
	void		(*fn)(struct world *, void *);
	void		*arg;
};

/* One SA as the data plane was given it. */
struct plane_sa {
	struct plane_sa	*next;
	struct dp_sa	 sa;
};
struct plane_policy {
	struct plane_policy	*next;
	struct dp_policy	 policy;
};

/* A page of the web, which all nodes see.  What is not there answers 404. */
struct page {
	struct page	*next;
	char		*url;
	uint8_t		*data;
	size_t		 len;
	uint64_t	 delay;		/* ms */
	bool		 hangs;
	const char	*fails;		/* why; borrowed; NULL: it does not */
	unsigned int	 asked;
};
/* What a node has of it on disk, which outlives its engine. */
struct kept {
	struct kept	*next;
	char		*url;
	uint8_t		*data;
	size_t		 len;
	uint64_t	 until;
};

struct answer {			/* of keys or the data plane, delayed */
	struct answer	*next;
	uint64_t	 at;
	bool		 dp;
	struct dp_reply	 dpr;
	struct keys_reply kr;
};

struct node {
	struct world	*world;
	const char	*name;
	struct addr	 addr;
	struct addr	 more[3];	/* other addresses of it; unset: none */
	struct addr	 nat;		/* what the others see; unset: addr */
	uint16_t	 nat_port;	/* added to its ports */
	struct engine	*engine;
	uint64_t	 wake;
	struct crypto	*crypto;
	char		 psk[64];	/* of all tunnels; "" none */
	char		 ppk[64];	/* likewise */
	struct evp_pkey_st *key;	/* of the certificate of all tunnels; NULL
					 * none */
	unsigned int	 signed_n;	/* signatures made */
	uint8_t		 scheme;	/* of the last one */
	struct engine_settings set;
	uint64_t	 random;

	struct plane_sa	*sas;
	struct plane_policy *policies;
	unsigned int	 policy_changes, adds, dels, syncs, counters_asked;
	uint32_t	 idle_ms;	/* what counters say */
	bool		 dp_refuses;	/* SAs */
	unsigned int	 dp_fails_at;	/* this call of it, from now; 0: none */
	bool		 dp_forgot;	/* them: counters of nothing */
	const struct dp_counters *counts;	/* in and out, or NULL */
	uint64_t	 latency;	/* of keys and data plane; 0: inside */
	struct answer	*answers;
	struct load	*loads;		/* from the web, under way */
	struct kept	*disk;
	unsigned int	 web_asked, disk_asked;

	/* engine_ops.message: how many, and of them */
	struct { unsigned int in, out, again, dropped, read, ours; } seen;
	char		*log;		/* events, one in a line */
	size_t		 log_len;
	bool		 down;		/* loses whatever comes */
	int		 send_error;	/* errno of whatever it sends; 0: none */
	bool		 cut_off[NODES_MAX];	/* from what it sends to that one */
	bool		 absent;	/* its address is not there just now */
	bool		 frozen;	/* its process does not run */
	uint64_t	 behind;	/* its monotonic clock: was suspended */
	int64_t		 wall_off;	/* seconds its wall clock is wrong */
	double		 cpu;		/* seconds in its engine, for benchmarks */
};

struct world {
	uint64_t	 now;
	uint64_t	 random;
	struct ly_ctx	*ly;
	struct node	 node[NODES_MAX];
	size_t		 n;
	struct flight	*flights;
	struct happening *happenings;
	struct page	*pages;
	unsigned int	 loss, dup, reorder;	/* percent */
	unsigned int	 corrupt;		/* of 1000 */
	/* Sees each datagram before it leaves; false: lost. */
	bool		(*tap)(struct world *, struct node *from, struct flight *);
	/* Instead of the fakes here; answers are the hook's business. */
	void		(*dataplane)(struct node *, const struct dp_request *);
	void		(*keys)(struct node *, const struct keys_request *);
	/* Gets flights that are ESP. */
	void		(*packet)(struct node *to, const struct flight *);
	void		(*watch)(struct world *, enum fate, struct node *to,
				 const struct flight *);
	/* After each datagram, timer or answer that an engine was given; NULL:
	 * after a happening. */
	void		(*after)(struct world *, struct node *);
	/* What an engine has to say; instead of the log. */
	void		(*event)(struct node *, uint32_t tunnel, const char *);
	bool		 over;			/* stops world_run() */
	void		*arg;
	unsigned int	 sent;
	bool		 verbose;
	bool		 quiet;		/* benchmarks: no log, no record */
};

/* An engine is at work: for tests that let its allocations fail. */
extern bool world_in_engine;

void	world_init(struct world *, uint64_t seed);
void	world_fini(struct world *);
/* With address 192.0.2.(n+1), or as given. */
struct node *world_add(struct world *, const char *name, const char *addr);
/* An engine for it; again after node_stop(): a restart. */
void	node_start(struct node *);
void	node_stop(struct node *);	/* as if killed */

/* Its monotonic clock, which stands still while it is suspended. */
static inline uint64_t node_now(const struct node *n)
	{ return n->world->now - n->behind; }

/* The MAC that keys would make. */
void	node_mac(struct node *, const struct keys_request *, struct keys_reply *);
/* Sends anything from it, through loss and NAT. */
void	node_send(struct node *, const struct endpoint *src,
		  const struct endpoint *dst, bool encap, bool esp,
		  const void *data, size_t len);
/* Calls fn then; nothing takes it back. */
void	world_at(struct world *, uint64_t at, void (*fn)(struct world *, void *),
		 void *arg);

/* json: the contents of the list, "{...},{...}"; replaces everything. */
void	node_config(struct node *, const char *json);
/* As a commit would: changed entries and removed ids (0 ends). */
int	node_commit(struct node *, const char *json, const uint32_t *removed,
		    bool replace, struct err *, char *warnings, size_t size);

void	world_run(struct world *, uint64_t ms);		/* from now */
/* Until done(w) or the time is over; false: over. */
bool	world_until(struct world *, bool (*done)(struct world *), uint64_t ms);

/* Puts something there, or something else. */
struct page *web_put(struct world *, const char *url, const void *, size_t);
struct page *web_find(struct world *, const char *url);
struct kept *disk_find(struct node *, const char *url);

/* --- looking --- */
/* The state of a tunnel as JSON, in a static buffer. */
const char *node_state(struct node *, uint32_t id);
bool	node_is(struct node *, uint32_t id, const char *status);
bool	node_up(struct node *, uint32_t id);
/* Whether an event has that text in it. */
bool	node_said(const struct node *, const char *text);
void	node_forget(struct node *);		/* its log */
struct plane_sa *node_sa(struct node *, uint32_t tunnel, bool inbound);
size_t	node_count(struct node *, uint32_t tunnel, bool inbound);
/* The newest pair of SAs fits: what one sends the other can read. */
bool	planes_agree(struct node *, struct node *, uint32_t ta, uint32_t tb);

/* Repeats the same numbers for the same seed. */
uint64_t random_next(uint64_t *);

#endif
