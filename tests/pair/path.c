#include "path.h"

#include <string.h>

#include "ike/wire/numbers1.h"
#include "tests/unit.h"

#define AROUND	(20 + 8)

struct path path;

bool
path_is_fragment(const struct flight *f)
{
	return f->len > IKE_HDR_LEN && (f->data[16] == PL_SKF ||
	    f->data[16] == WIRE1_FRAGMENT);
}

/* Before it nobody knows what the other can. */
static bool
is_first(const struct flight *f)
{
	static const uint8_t none[8];

	return memcmp(f->data + 8, none, 8) == 0;
}

bool
path_tap(struct world *world, struct node *from, struct flight *f)
{
	unsigned int len = (unsigned int)f->len + AROUND + (f->encap ? 4 : 0);

	(void)world;
	(void)from;
	path.fragments += path_is_fragment(f);
	if (len > path.longest && !is_first(f))
		path.longest = len;
	return path.limit == 0 || len <= path.limit;
}

void
path_begin(uint64_t seed, uint16_t size)
{
	struct node *n;

	pair_begin(seed);
	for (n = w.node; n < w.node + w.n; n++) {
		n->set.datagram_max = size;
		node_stop(n);
		node_start(n);
	}
	path = (struct path){ 0 };
	w.tap = path_tap;
}

void
path_bad(void (*configure)(void))
{
	uint64_t seed;

	for (seed = 10; seed < 40; seed++) {
		path_begin(seed, 280);
		w.loss = 15;
		w.dup = 20;
		w.reorder = 40;
		configure();
		CHECK_ROW((int)seed, pair_comes_up(900000));
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 300000);
		CHECK_ROW((int)seed, pair_is_tidy());
		pair_end();
	}
}
