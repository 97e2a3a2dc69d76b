#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX	40
#define FLYING_MAX	16
#define WALKS_MAX	2000
#define AFRESH		100		/* walks on one pair */

enum { ARRIVES, LOST, LATE, BEGINS };
static const char *const verbs[] = { "arrives", "is lost", "is late", "begins" };

/* What was chosen at each step, out of how many. */
static struct {
	unsigned int	choice[STEPS_MAX], of[STEPS_MAX];
	unsigned int	n;
} path;

static struct {
	struct flight	*flying[FLYING_MAX];
	struct node	*from[FLYING_MAX];
	unsigned int	 n;
	unsigned int	 faults;
	bool		 begun;			/* bob */
	char		 story[STEPS_MAX * 80];
} walk;

static void
say(const char *fmt, const char *who, unsigned int msgid, const char *verb)
{
	size_t at = strlen(walk.story);

	snprintf(walk.story + at, sizeof(walk.story) - at, fmt, who, msgid, verb);
}

static bool
catch(struct world *world, struct node *from, struct flight *f)
{
	struct flight *c;

	(void)world;
	if (walk.n == FLYING_MAX || (f->len == 1 && f->data[0] == 0xff))
		return false;
	c = malloc(sizeof(*c) + f->len);
	memcpy(c, f, sizeof(*c) + f->len);
	walk.from[walk.n] = from;
	walk.flying[walk.n++] = c;
	return false;
}

static struct flight *
take(unsigned int i)
{
	struct flight *f = walk.flying[i];

	walk.n--;
	memmove(walk.flying + i, walk.flying + i + 1,
	    (walk.n - i) * sizeof(walk.flying[0]));
	memmove(walk.from + i, walk.from + i + 1,
	    (walk.n - i) * sizeof(walk.from[0]));
	return f;
}

static void
deliver(unsigned int i)
{
	struct node *to = walk.from[i] == alice ? bob : alice;
	struct flight *f = take(i);

	engine_input(to->engine, w.now, &f->dst, &f->src, f->encap, f->data,
	    f->len);
	world_run(&w, 1);
	free(f);
}

/* Somebody sends something: again, mostly. */
static bool
sent(struct world *world)
{
	static unsigned int before;
	bool more = world->sent != before;

	before = world->sent;
	return more;
}

static unsigned int
choose(unsigned int step, unsigned int of)
{
	if (step >= path.n) {
		path.choice[step] = 0;
		path.n = step + 1;
	}
	path.of[step] = of;
	if (path.choice[step] >= of)	/* time has made a difference */
		path.choice[step] = of - 1;
	return path.choice[step];
}

static void
tell(unsigned int i, int verb)
{
	const struct flight *f = walk.flying[i];

	say(f->data[19] & 0x20 ? "  %s's answer %u %s\n" :
	    "  %s's request %u %s\n", walk.from[i]->name,
	    (unsigned int)f->data[23], verbs[verb]);
}

/* The next step: which of those on their way, and how it fares. */
static void
step(const struct order *o, unsigned int n)
{
	bool begins = o->bob != NULL && !walk.begun, late = false;
	unsigned int fates = walk.faults < o->faults ? 3 : 1;
	unsigned int c = choose(n, walk.n * fates + begins);
	unsigned int i = c / fates;

	if (begins && c == walk.n * fates) {
		walk.begun = true;
		say("  %s%.0u %s\n", "bob", 0, verbs[BEGINS]);
		(void)o->bob();		/* what he wants may be done by now */
		return;
	}
	tell(i, (int)(c % fates));
	switch (c % fates) {
	case ARRIVES:
		deliver(i);
		break;
	case LOST:
		free(take(i));
		walk.faults++;
		break;
	case LATE:
		walk.faults++;
		late = true;
		break;
	}
	if (late) {
		(void)sent(&w);
		(void)world_until(&w, sent, 5000);
	}
}

static const char *
go(const struct order *o)
{
	const char *wrong = NULL;
	const char *more = getenv("STEPS");
	unsigned int n, steps = more != NULL ? (unsigned int)atoi(more) :
	    o->steps;

	if (steps > STEPS_MAX)
		steps = STEPS_MAX;
	walk.n = walk.faults = 0;
	walk.begun = false;
	walk.story[0] = '\0';
	world_run(&w, 1);
	w.tap = catch;
	if (!o->alice())
		return "alice may not begin";
	for (n = 0; n < steps && wrong == NULL; n++) {
		if (walk.n == 0 && (o->bob == NULL || walk.begun)) {
			(void)sent(&w);
			if (!world_until(&w, sent, 8000))
				break;
			continue;
		}
		step(o, n);
		wrong = o->always != NULL ? o->always() : NULL;
	}
	w.tap = NULL;
	while (walk.n > 0)
		deliver(0);
	while (wrong == NULL && n++ < 400) {
		world_run(&w, 1000);
		wrong = o->always != NULL ? o->always() : NULL;
		if (n > 40 && o->finally() == NULL)
			break;
	}
	while (walk.n > 0)
		free(take(0));
	return wrong != NULL ? wrong : o->finally();
}

/* The next path, in the order of an odometer; false: that was the last. */
static bool
next(void)
{
	while (path.n > 0) {
		if (path.of[path.n - 1] > 0 &&
		    ++path.choice[path.n - 1] < path.of[path.n - 1])
			return true;
		path.n--;
	}
	return false;
}

unsigned int
order_all(const struct order *o)
{
	unsigned int walks = 0;
	const char *wrong;

	memset(&path, 0, sizeof(path));
	do {
		memset(path.of, 0, sizeof(path.of));
		if (o->afresh || walks % AFRESH == 0) {
			if (walks != 0)
				pair_end();
			o->begin(walks + 1);
		}
		node_forget(alice);
		node_forget(bob);
		wrong = go(o);
		walks++;
		if (wrong != NULL) {
			printf("\n%s, walk %u: %s\n%salice:\n%sbob:\n%s", o->what,
			    walks, wrong, walk.story,
			    alice->log != NULL ? alice->log : "",
			    bob->log != NULL ? bob->log : "");
			walks = 0;
			break;
		}
	} while (next() && walks < WALKS_MAX);
	pair_end();
	if (getenv("VERBOSE") != NULL)
		printf("\n%s: %u walks\n", o->what, walks);
	return walks;
}
