#include "fragments.h"

#include <stdlib.h>

#include "buf.h"
#include "context.h"
#include "half.h"
#include "machine.h"
#include "sa.h"
#include "tunnel.h"

#define DATAGRAM_MAX	1280		/* as the field does */
#define MESSAGE_MAX	32768		/* octets of a whole */
#define STRANGERS_MAX	(16u << 20)	/* of all before authentication */
#define KEEP_MS		30000		/* an incomplete message */
#define SMALLER_AT	2		/* one loss is no proof */

bool
fragments_same(const struct fragments *f, const struct fragment_key *k)
{
	return f != NULL && f->key.id == k->id && f->key.response == k->response &&
	    f->key.exchange == k->exchange;
}

static struct fragments *
begin(struct engine *e, struct ike_sa *sa, const struct fragment_key *k,
      uint16_t total, bool stranger)
{
	uint16_t room = total != 0 ? total : FRAGMENTS_MAX;
	struct fragments *f = calloc(1, sizeof(*f) + room * sizeof(f->part[0]));

	if (f == NULL)
		return NULL;
	if (!timer_init(&e->timers, &f->expiry, TIMER_FRAGMENTS)) {
		free(f);
		return NULL;
	}
	f->sa = sa;
	f->key = *k;
	f->total = total;
	f->room = room;
	f->stranger = stranger;
	timer_set(&e->timers, &f->expiry, e->now + KEEP_MS);
	return sa->fragments = f;
}

/* Of so many, as far as that is known; none that is there is beyond. */
static bool
fits(struct fragments *f, uint16_t total)
{
	uint16_t i;

	if (total == 0 || total == f->total)
		return true;
	if (f->total != 0 || total > f->room)
		return false;
	for (i = total; i < f->room; i++)
		if (f->part[i] != NULL)
			return false;
	f->total = total;
	return true;
}

struct fragments *
fragments_add(struct engine *e, struct ike_sa *sa, const struct fragment_key *k,
	      uint16_t number, uint16_t total, bool stranger, const uint8_t *data,
	      size_t len)
{
	struct fragments *f = sa->fragments;
	struct packet *p = NULL;

	/* Of another message, or cut anew into smaller ones (RFC 7383 2.6). */
	if (!fragments_same(f, k) || !fits(f, total)) {
		fragments_free(e, sa);
		f = begin(e, sa, k, total, stranger);
	}
	if (f != NULL && number <= f->room && f->part[number - 1] == NULL &&
	    (f->total == 0 || number <= f->total) &&
	    f->len + len <= MESSAGE_MAX &&
	    (!f->stranger || (e->fragments + len <= STRANGERS_MAX &&
	    half_has_room(sa, len))))
		p = packet_new(data, len);
	if (p == NULL) {
		engine_drop(e, &sa->remote, "no room for a fragment");
		return NULL;
	}
	f->part[number - 1] = p;
	f->len += len;
	if (f->stranger) {
		e->fragments += len;
		half_keeps(sa, len);
	}
	f->got++;
	return f;
}

bool
fragments_join(struct engine *e, struct fragments *f, size_t *len)
{
	struct wbuf w;
	uint16_t i;

	wbuf_init(&w, e->in, sizeof(e->in));
	for (i = 0; i < f->total; i++)
		wbuf_bytes(&w, f->part[i]->data, f->part[i]->len);
	*len = w.len;
	fragments_free(e, f->sa);
	return wbuf_ok(&w);
}

void
fragments_free(struct engine *e, struct ike_sa *sa)
{
	struct fragments *f = sa->fragments;
	uint16_t i;

	if (f == NULL)
		return;
	if (f->stranger) {
		e->fragments -= f->len;
		half_forgets(sa, f->len);
	}
	for (i = 0; i < f->room; i++)
		packet_free(f->part[i]);
	timer_fini(&e->timers, &f->expiry);
	sa->fragments = NULL;
	free(f);
}

void
fragments_expired(struct engine *e, struct timer *t)
{
	struct fragments *f = table_entry(t, struct fragments, expiry);

	if (f->total != 0)
		engine_drop(e, &f->sa->remote, "%u of %u fragments of a message "
		    "came", f->got, f->total);
	else
		engine_drop(e, &f->sa->remote, "%u fragments of a message came, "
		    "and not the last", f->got);
	fragments_free(e, f->sa);
}

/* --- out --- */

void
fragments_agree(const struct engine *e, struct ike_sa *sa)
{
	sa->datagram_max = e->set.datagram_max != 0 ?
	    e->set.datagram_max : DATAGRAM_MAX;
}

size_t
fragments_room(const struct ike_sa *sa)
{
	size_t around = (sa->remote.addr.family == AF_INET6 ? 40 : 20) + 8 +
	    (sa->encap ? 4 : 0);

	return sa->datagram_max - around;
}

bool
fragments_needed(const struct ike_sa *sa, size_t len)
{
	return sa->datagram_max != 0 && len > fragments_room(sa);
}

struct packet *
fragments_cut(size_t len, size_t each, fragment_make *make, void *arg)
{
	size_t total = each != 0 ? (len + each - 1) / each : 0, at;
	struct packet *all = NULL, **next = &all;
	uint16_t i = 1;

	if (total > FRAGMENTS_MAX)
		return NULL;
	for (at = 0; i <= total; at += each, i++) {
		*next = make(arg, i, (uint16_t)total, at,
		    len - at < each ? len - at : each);
		if (*next == NULL) {
			packet_free(all);
			return NULL;
		}
		next = &(*next)->next;
	}
	return all;
}

/* Whether smaller ones are worth a try; sets them for all of the SA's. */
static bool
shrink(struct ike_sa *sa, const struct packet *kept)
{
	uint16_t before = sa->datagram_max;

	if (before <= DATAGRAM_SMALL || sa->remote.addr.family != AF_INET)
		return false;
	sa->datagram_max = DATAGRAM_SMALL;
	if (kept->next != NULL || kept->len > fragments_room(sa))
		return true;
	sa->datagram_max = before;	/* nothing learnt */
	return false;
}

void
fragments_again(struct engine *e, struct ike_sa *sa, struct packet **kept,
		unsigned int times)
{
	struct packet *smaller;
	size_t len = 0;

	if (times != SMALLER_AT || !shrink(sa, *kept))
		return;
	smaller = sa->machine->recut(e, sa, *kept, &len);
	if (smaller == NULL)
		return;
	packet_free(*kept);
	*kept = smaller;
	if (sa->tunnel != NULL)
		tunnel_event(e, sa->tunnel, EV_INFO, "no answer to a message of %zu "
		    "octets: sent again in datagrams of %u, in case longer ones "
		    "get lost on the way", len, DATAGRAM_SMALL);
}
