/*
 * sim: engines that live for simulated years.
 *
 * A life follows from its seed alone: who is there (one hub, spokes, NATs,
 * tunnels and their settings), what happens to them and when.  The invariants
 * (look.c, watch.c, traffic.c) are checked all the time; the first one broken
 * ends the life.  main.c says how to replay one.
 */
#ifndef CULVERT_TESTS_SIM_H
#define CULVERT_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pair/world.h"

#define TUNS_MAX	6
#define SECOND		1000ull
#define HOUR		(3600 * SECOND)
#define DAY		(24 * HOUR)
#define CONFIG_MAX	1400

struct sim;
struct pki_cert;

/* --- one end of a tunnel --- */
struct end {
	struct node	*node;
	uint32_t	 id;		/* of the tunnel there */
	bool		 initiator;
	bool		 calls;		/* it has an address to call */
	bool		 present;	/* is configured and enabled */
	bool		 loaded;	/* and the engine has heard so */
	bool		 dynamic;	/* no policy before the peer is known */
	bool		 dpd;
	uint32_t	 dpd_delay, rekey_time;	/* in force */
	uint32_t	 reauth_time;
	uint32_t	 dpd_timeout;	/* IKEv1 */
	char		 more[200];	/* leaves that a commit may change */
	char		 base[CONFIG_MAX];
	uint32_t	 acquired_s;	/* when traffic last asked for it */
	uint64_t	 gone_since;	/* its peer; 0: it is there */
	uint32_t	 seq;
};

struct tun {
	struct sim	*sim;
	struct end	 end[2];	/* 0: the hub's */
	bool		 traffic;
	uint32_t	 pulse_ms;
	bool		 differ;	/* the two ends are configured apart */
	bool		 strict;	/* one of them, about revocation */
	bool		 revoked;	/* the certificate of one is */
	bool		 ike1;		/* is one of IKEv1 */
	uint64_t	 calm;		/* since the last trouble */
	uint64_t	 good;		/* when both ends last were up and agreed */
	bool		 settled;	/* from here on no packet may be lost */
	uint32_t	 era;		/* counts the troubles */
};

/* --- the data plane of a node --- */
struct psa {
	struct psa	*next;		/* newest first */
	struct dp_sa	 sa;
	uint64_t	 print;		/* of its keys */
	uint64_t	 last;		/* packet; 0: none yet */
	uint64_t	 packets;
	uint32_t	 top;		/* replay window */
	uint64_t	 window;
	bool		 live;		/* the request was carried out */
	bool		 refused;
	bool		 going;
	bool		 stale;		/* of an engine that is gone */
};
struct ppolicy {
	struct ppolicy	*next;
	struct dp_policy policy;
	bool		 stale;
};
struct job {
	struct job	*next;
	uint64_t	 at;
	bool		 keys;
	struct dp_request rq;
	struct keys_reply kr;
};
struct plane {
	struct sim	*sim;
	struct node	*node;
	struct psa	*sas;
	struct ppolicy	*policies;
	struct job	*jobs, **last_job;
	uint32_t	 dp_ms, keys_ms;	/* how slow; 0: inside the call */
	uint32_t	 dp_fails, keys_fail;	/* percent */
	uint32_t	 changes;
	uint32_t	 life;			/* of its engine; counts */
	uint32_t	 waiting;		/* answers the engine waits for */
	bool		 steady[128];	/* tunnels that have no reason to fall */
	bool		 synced;
	bool		 reload;	/* a commit waits for the engine */
	bool		 off;		/* the machine is */
	uint64_t	 heard[1024];		/* hashes of messages; look.c */
};

/* --- the certificate of a node --- */
struct card {
	struct pki_cert	*own;
	struct pki_cert	*bad;		/* it is revoked; NULL: it is not */
	uint64_t	 published;	/* since when a CRL says so; 0: none */
	uint8_t		 sha256[32];	/* of bad */
};

struct sim_options {
	double		 days;		/* tunnel-days; 0: a short life */
	unsigned int	 loss;
	bool		 ike1;		/* all tunnels of all lives are */
	bool		 ladder;	/* tell the story */
};

#define STORE	16
struct stored { struct endpoint src, dst; bool encap; size_t len; uint8_t b[2048]; };

struct sim {
	struct world	 w;		/* first: w.arg is the sim as well */
	uint64_t	 seed, r;	/* r: of what happens */
	struct sim_options opt;
	struct tun	 tun[TUNS_MAX];
	size_t		 n;
	struct plane	 plane[NODES_MAX];
	bool		 certs;		/* tunnels authenticate by certificate */
	bool		 ike1;		/* of IKEv1 */
	struct card	 card[NODES_MAX];
	bool		 idle_ca;	/* publishes no CRLs just now */
	uint64_t	 web_since;	/* the web is well; 0: it is not */
	uint64_t	 end;		/* of the troubles */
	uint64_t	 mean;		/* time between them */
	uint64_t	 clear;		/* since when the network loses nothing; 0:
					 * it does */
	const struct tun *asked;	/* whether it is tidy */
	bool		 failed;
	char		 why[600];
	struct stored	*store;		/* for who replays messages */
	size_t		 stored;
	/* statistics */
	uint64_t	 steps, packets, lost, troubles, rekeys;
	uint64_t	 print_before;
	uint64_t	 input_hash;
	bool		 input_seen;
};

/* --- life.c --- */
bool	sim_life(struct sim *, uint64_t seed, const struct sim_options *);
void	sim_fini(struct sim *);
/* Breaks the life off. */
void	sim_fail(struct sim *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
uint64_t sim_random(struct sim *, uint64_t below);
bool	sim_chance(struct sim *, unsigned int percent);
static inline struct sim *sim_of(struct world *w) { return w->arg; }
/* An engine for a node, its configuration and the first sync. */
void	sim_start(struct sim *, struct node *);
/* Whether its address is there. */
void	sim_tell_address(struct node *);
void	sim_kill(struct sim *, struct node *, bool keep_plane);
bool	node_runs(const struct node *);
bool	path_works(const struct tun *);		/* both ways */
bool	path_dead(const struct tun *, int side);	/* nothing comes to it */
/* "3d 04:05:06.789" */
const char *sim_time(uint64_t ms, char buf[32]);

/* --- toy.c: a life has the same numbers whatever lived before --- */
void	toy_begin(uint64_t seed);

/* --- topology.c --- */
void	topology_make(struct sim *);
/* All tunnels of a node, as confd sends them. */
void	node_reload(struct sim *, struct node *);
void	end_commit(struct sim *, struct tun *, int side);
void	end_remove(struct sim *, struct tun *, int side);

/* --- plane.c --- */
void	plane_init(struct sim *, struct node *);
void	plane_begin(struct plane *);		/* a new engine */
void	plane_ended(struct plane *, bool keep);	/* the engine is gone */
void	plane_fini(struct plane *);
struct plane *plane_of(struct node *);
struct psa *plane_out(struct plane *, uint32_t tunnel);	/* in use */
struct psa *plane_in(struct plane *, uint32_t spi);
bool	plane_is_well(const struct node *);
bool	plane_has_policy(const struct plane *, uint32_t tunnel);

/* --- web.c: certificates, and CRLs on a web --- */
void	web_begin(struct sim *);
void	web_equip(struct sim *, struct node *);	/* its new engine */
void	web_ill(struct sim *);
void	web_well(struct sim *);
void	web_revoke(struct sim *);
void	web_renew(struct sim *, struct node *);	/* nothing if it is good */
void	web_look(struct sim *, struct node *);

/* --- traffic.c --- */
void	traffic_send(struct sim *, struct tun *, int side);
void	traffic_arrive(struct node *, const struct flight *);
/* What one end sends the other can read, both ways. */
bool	traffic_agrees(struct tun *);

/* --- watch.c --- */
void	watch_init(struct sim *);
/* Something happened to this tunnel; NULL: to all. */
void	watch_trouble(struct sim *, struct tun *);
void	watch_trouble_at(struct sim *, struct node *);	/* to all of a node */
void	watch_weather(struct sim *);
/* An exchange got no answer at all: rare, with loss, but no fault. */
void	watch_dead(struct sim *, struct node *, uint32_t tunnel);
/* It got a message that somebody kept: what was lost the first time is news, and
 * a sign of life. */
void	watch_replayed(struct sim *, struct node *);
void	watch_step(struct sim *, struct node *);
/* Both ends of all tunnels are up and agree. */
bool	watch_good(struct sim *);
/* How long a tunnel may be down after trouble, at most. */
uint64_t watch_bound(const struct tun *);

/* --- look.c: inside the engines --- */
void	look_arrived(struct sim *, struct node *, const struct flight *);
void	look_after(struct sim *, struct node *);
void	look_world(struct world *, struct node *);	/* world.after */
bool	look_up(const struct end *);
bool	look_held(const struct end *);
/* One IKE_SA and one CHILD_SA at each end. */
bool	look_tidy(struct sim *, const struct tun *, bool complain);
/* Nothing is left of any tunnel. */
bool	look_empty(struct sim *, struct node *);
/* A message in words, opened with the sender's keys. */
const char *look_message(const struct node *from, const struct flight *);

/* --- trouble.c --- */
void	trouble_begin(struct sim *);
void	trouble_peace(struct sim *);

/* --- ladder.c --- */
void	ladder_init(struct sim *);
void	ladder_note(struct sim *, const struct node *, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));

#endif
