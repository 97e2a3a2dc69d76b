#include "alice.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "shown.h"

#define STEPS_MAX	40

struct world w;
struct node *alice;

static void
said(struct node *n, uint32_t tunnel, const char *line)
{
	(void)n;
	(void)tunnel;
	must(may_be_shown(line));
	if (w.verbose)
		printf("%9.3f %s\n", (double)w.now / 1000, line);
}

void
alice_start(void)
{
	if (alice == NULL) {		/* the models are read once */
		setenv("CULVERT_YANGDIR", "yang", 0);
		world_init(&w, 11);
		w.event = said;
		alice = world_add(&w, "alice", "192.0.2.1");
	}
	if (alice->engine == NULL)
		node_start(alice);
	alice->latency = 0;
	alice->dp_refuses = false;
}

void
alice_stop(void)
{
	node_stop(alice);
}

void
alice_lives(const uint8_t *data, size_t size, void (*step)(struct rbuf *))
{
	struct rbuf r;
	int i;

	rbuf_init(&r, data, size);
	for (i = 0; i < STEPS_MAX && rbuf_left(&r) > 0; i++)
		step(&r);
}

void
alice_command(uint8_t arg)
{
	static const enum engine_command commands[] = { ENGINE_INITIATE,
	    ENGINE_TERMINATE, ENGINE_REKEY_CHILD, ENGINE_REKEY_IKE, ENGINE_RESTART,
	    ENGINE_REAUTH };
	struct err e = ERR_INIT;

	if (engine_command(alice->engine, w.now, commands[arg % 6], 1 + (arg >> 7),
	    &e) < 0)
		must(e.text[0] != '\0');
	world_run(&w, 1);
}

void
alice_plane_event(uint8_t arg, const struct endpoint *peer)
{
	struct dp_event ev = { .kind = (enum dp_event_kind)(arg % 3),
	    .tunnel = 1 + (arg >> 7), .peer = *peer };
	struct plane_sa *s = node_sa(alice, ev.tunnel, true);

	ev.spi = s != NULL ? s->sa.spi : 0;
	ev.peer.port = (uint16_t)(arg & 0x10 ? 4500 : 500 + arg);
	engine_dp_event(alice->engine, w.now, &ev);
	world_run(&w, 1);
}

void
alice_waits(uint8_t arg)
{
	static const uint32_t ms[] = { 10, 1000, 5000, 31000, 170000, 3600000 };

	world_run(&w, ms[arg % 6]);
}

void
alice_plane_refuses(void)
{
	alice->dp_refuses = !alice->dp_refuses;
}

void
alice_judge(bool stranger)
{
	must(node_state(alice, 1) != NULL);
	if (stranger)
		must(!node_up(alice, 1) && node_count(alice, 1, true) == 0 &&
		    strstr(node_state(alice, 1), "ESTABLISHED") == NULL);
	world_run(&w, 300000);
}

void
alice_left_alone(void)
{
	struct engine_stats s;

	must(node_state(alice, 0) != NULL);
	engine_get_stats(alice->engine, &s);
	must(s.ike_sas < 200 && s.child_sas < 200);
	alice->latency = 0;
	alice->dp_refuses = false;
	world_run(&w, 500000);
	engine_get_stats(alice->engine, &s);
	must(s.ike_sas <= 4 && s.half_open == 0);
}
