/*
 * Timers, tables, events: the engine's small parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/event.h"
#include "ike/table.h"
#include "ike/timer.h"
#include "tests/unit.h"

#define N	2000

static uint64_t
next(uint64_t *s)
{
	*s = *s * 6364136223846793005ULL + 1442695040888963407ULL;
	return *s >> 33;
}

/* Against a plain array: set, moved and stopped in any order. */
static void
test_heap(void)
{
	static struct timer t[N];
	struct timers ts;
	struct timer *due;
	uint64_t seed = 1, now, least;
	size_t i, step, armed;

	timers_init(&ts);
	CU_ASSERT(timers_next(&ts) == UINT64_MAX);
	for (i = 0; i < N; i++)
		CU_ASSERT(timer_init(&ts, &t[i], (uint16_t)(i % 8)));
	for (step = 0; step < 50000; step++) {
		i = next(&seed) % N;
		if (next(&seed) % 4 == 0)
			timer_stop(&ts, &t[i]);
		else
			timer_set(&ts, &t[i], next(&seed) % 100000);
		CU_ASSERT_FATAL(timer_armed(&t[i]) == (t[i].pos != 0));
	}
	armed = 0;
	least = UINT64_MAX;
	for (i = 0; i < N; i++)
		if (timer_armed(&t[i])) {
			armed++;
			if (t[i].at < least)
				least = t[i].at;
		}
	CU_ASSERT(timers_next(&ts) == least);
	CU_ASSERT(least == 0 || timers_due(&ts, least - 1) == NULL);
	for (now = 0; (due = timers_due(&ts, UINT64_MAX)) != NULL; armed--) {
		CU_ASSERT_FATAL(due->at >= now && !timer_armed(due));
		now = due->at;
	}
	CU_ASSERT(armed == 0);
	for (i = 0; i < N; i++)
		timer_fini(&ts, &t[i]);
	CU_ASSERT(ts.reserved == 0);
	timers_fini(&ts);
}

struct thing {
	struct link	link;
	uint32_t	key;
};

static void
test_table(void)
{
	static struct thing x[N];
	struct table t;
	struct link *l = NULL;
	uint32_t bucket = 0;
	size_t i, n = 0;

	CU_ASSERT_FATAL(table_init(&t));
	for (i = 0; i < N; i++) {
		x[i].key = (uint32_t)i / 2;	/* two of each hash */
		table_add(&t, &x[i].link, hash_u64(x[i].key, 7));
	}
	while ((l = table_walk(&t, &bucket, l)) != NULL)
		n++;
	CU_ASSERT(n == N && t.n == N && t.mask >= N / 2);
	for (i = 0; i < N; i++) {
		for (n = 0, l = table_find(&t, hash_u64(i / 2, 7)); l != NULL;
		    l = table_again(l))
			n += table_entry(l, struct thing, link)->key == i / 2;
		CU_ASSERT_FATAL(n == 2 - i % 2);
		if (i % 2 == 0)
			table_del(&t, &x[i].link);
		table_del(&t, &x[i & ~(size_t)1].link);	/* twice: nothing */
		if (i % 2 == 1)
			table_del(&t, &x[i].link);
	}
	CU_ASSERT(t.n == 0);
	table_fini(&t);
}

static void
test_events(void)
{
	struct events es;
	const struct event *ev;
	char text[32];
	uint32_t i;

	memset(&es, 0, sizeof(es));
	CU_ASSERT(events_get(&es, 0) == NULL);
	for (i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "event %u", i);
		events_add(&es, 1000 + i, EV_UP, text);
	}
	for (i = 0; i < EVENTS_MAX; i++) {
		ev = events_get(&es, i);
		CU_ASSERT_FATAL(ev != NULL);
		CU_ASSERT(ev->serial == 60 - EVENTS_MAX + i + 1);
		CU_ASSERT(ev->time == 1000 + ev->serial - 1);
	}
	CU_ASSERT(events_get(&es, EVENTS_MAX) == NULL);
	events_fini(&es);
}

/* An initiator that tries for ever fills no log. */
static void
test_repeated_events(void)
{
	struct events es;
	const struct event *ev;
	uint32_t i;

	memset(&es, 0, sizeof(es));
	events_add(&es, 10, EV_UP, "up");
	for (i = 0; i < 100; i++) {
		events_add(&es, 100 + i, EV_CONNECTING, "connecting");
		events_add(&es, 100 + i, EV_NO_ANSWER, "no answer");
	}
	ev = events_get(&es, 0);
	CU_ASSERT_FATAL(ev != NULL && ev->code == EV_UP && ev->count == 1);
	ev = events_get(&es, 2);
	CU_ASSERT_FATAL(ev != NULL && ev->code == EV_NO_ANSWER);
	CU_ASSERT(ev->count == 100 && ev->first == 100 && ev->time == 199);
	CU_ASSERT(events_get(&es, 3) == NULL);
	events_add(&es, 300, EV_NO_ANSWER, "no answer from another");
	ev = events_get(&es, 3);
	CU_ASSERT_FATAL(ev != NULL && ev->count == 1 && ev->first == 300);
	events_fini(&es);
}

static void
test_event_text(void)
{
	static const char text[] = "it differs" EVENT_HERE "dh a"
	    EVENT_HERE "auth b" EVENT_PEER "dh c";
	char buf[80];
	size_t at = 0;

	CU_ASSERT_STRING_EQUAL(event_line(text, buf, sizeof(buf)), "it differs; "
	    "here, set: dh a, auth b; at the peer, set: dh c");
	CU_ASSERT(strlen(event_line(text, buf, 20)) == 19);
	CU_ASSERT(event_setting(text, EVENT_HERE, &at, buf, sizeof(buf)));
	CU_ASSERT_STRING_EQUAL(buf, "dh a");
	CU_ASSERT(event_setting(text, EVENT_HERE, &at, buf, sizeof(buf)));
	CU_ASSERT_STRING_EQUAL(buf, "auth b");
	CU_ASSERT(!event_setting(text, EVENT_HERE, &at, buf, sizeof(buf)));
	CU_ASSERT(event_setting(text, EVENT_PEER, &at, buf, sizeof(buf)));
	CU_ASSERT_STRING_EQUAL(buf, "dh c");
	for (enum event_code code = 0; code < EV_CODES; code++)
		CU_ASSERT(event_code_str(code) != NULL);
}

UNIT_MAIN("parts",
	{ "timers", test_heap },
	{ "tables", test_table },
	{ "events", test_events },
	{ "repeated events", test_repeated_events },
	{ "texts of events", test_event_text })
