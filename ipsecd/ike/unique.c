#include "unique.h"

#include <stdio.h>

#include "child.h"
#include "context.h"
#include "machine.h"
#include "reason.h"
#include "tunnel.h"

/*
 * One tunnel, one IKE_SA, one CHILD_SA: what to do with a second one.  (Of IKE_SAs of
 * IKEv1, see ike1/succession.c.)
 *
 *	it came with INITIAL_CONTACT	the old one is unknown to the peer: it goes
 *					without a word (RFC 7296 2.4)
 *	begun from both ends at once	both keep both until the peer has answered
 *					on the one to keep; then the other goes
 *	anything else: a peer or we	the newest is the one that counts; the old
 *	reauthenticate, start anew	one sends no more, and is deleted when what
 *					is on its way has arrived: by who made the
 *					new one, or, if he does not, by the other
 *
 * Who answers does the last when the peer has said something on the new one, and not
 * before: it may take its time to look whether our certificate is revoked, or not
 * have us at all, and needs the old one until then.
 *
 * Which of two crossed ones is kept both ends see alike: the higher SPI of its
 * initiator.  The proof is for peers that see it otherwise and drop one in
 * silence.
 */

#define CROSSING_MS	60000	/* SAs this close may have crossed on the way */
#define SETTLED_MS	10000	/* both ends know of it by then */
#define OVERLAP_MS	5000	/* what is on its way arrives */
#define SOON_MS		1000	/* IKEv1: the peer sends with the newer one */
#define CROSSED_MS	4000	/* IKEv1: both ends have both */
#define PATIENCE_MS	25000	/* IKEv1: it should have deleted the other one, and said
				 * so for ten seconds, which may begin six later */

static bool
crossed(const struct ike_sa *a, const struct ike_sa *b)
{
	uint64_t d = a->authenticated > b->authenticated ?
	    a->authenticated - b->authenticated :
	    b->authenticated - a->authenticated;

	return a->caller != b->caller && d < CROSSING_MS;
}

void
initial_contact(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other, *next;

	for (other = sa->tunnel->sas; other != NULL; other = next) {
		next = other->next;
		/* Ours that was up before the peer began this one is none that
		 * the peer could not know of. */
		if (other == sa || other->state != IKE_UP ||
		    (other->caller && other->authenticated >= sa->setup->begun))
			continue;
		tunnel_event(e, sa->tunnel, EV_REPLACED, "the peer started anew: "
		    "dropped its IKE_SA #%u", other->serial);
		sa_free(e, other);
	}
}

/* It is of no use any more but to receive; in `ms` it is deleted. */
static void
retire(struct engine *e, struct ike_sa *old, bool sends, uint32_t ms)
{
	struct child_sa *c;

	for (c = old->children; c != NULL; c = c->next) {
		if (!child_is_up(c))
			continue;
		child_enter(e, c, CHILD_REKEYED);
		timer_stop(&e->timers, &c->rekey);
		c->want = 0;
		if (!sends)
			child_mute(e, c);
	}
	sa_enter(e, old, IKE_REKEYED);
	old->want = 0;
	timer_stop(&e->timers, &old->probe);
	timer_stop(&e->timers, &old->reauth);
	timer_stop(&e->timers, &old->keepalive);
	timer_set(&e->timers, &old->rekey, e->now + ms);
}

static bool
speaks(const struct ike_sa *sa)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c) && c->out_plane)
			return true;
	return false;
}

/* On its way; nobody heard of it yet. */
static bool
attempt(const struct ike_sa *sa)
{
	return sa->state >= IKE_I_INIT && sa->state <= IKE_I_MAC;
}

/* An exchange may be at work on sa itself: it is not touched here. */
void
unique_sas(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other, *next, *keeper;

	if (sa->v1 != NULL)
		return;
	for (other = sa->tunnel->sas; other != NULL; other = next) {
		next = other->next;
		if (other == sa)
			continue;
		if (attempt(other) && (!other->again ||
		    other->heard <= sa->authenticated)) {
			sa_free(e, other);	/* ours would be one too many */
		} else if (other->state != IKE_UP) {
			continue;
		} else if (!child_any(other) &&
		    e->now - other->authenticated > SETTLED_MS) {
			/* It had its chance: sa is the one that works. */
			retire(e, other, false, sa->caller ? OVERLAP_MS :
			    SA_REPEAT_MS);
		} else if (crossed(sa, other)) {
			keeper = other->spi_i < sa->spi_i ? sa : other;
			keeper->prune = true;
			keeper->want |= WANT_PROBE;
			if (keeper == other)
				other->machine->next(e, other);
		} else if (other->authenticated > sa->authenticated) {
			continue;
		} else if (sa->caller || speaks(sa) || other->heir ||
		    !speaks(other)) {
			retire(e, other, !speaks(sa),
			    sa->caller ? OVERLAP_MS : SA_REPEAT_MS);
		} else {
			sa->heir = true;
		}
	}
}

void
unique_heard(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other;

	if (!sa->heir || sa->tunnel == NULL)
		return;
	sa->heir = false;
	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP &&
		    other->authenticated <= sa->authenticated &&
		    !crossed(sa, other))
			retire(e, other, !speaks(sa), SA_REPEAT_MS);
}

struct ike_sa *
unique_heir(const struct ike_sa *sa)
{
	struct ike_sa *other = sa->tunnel != NULL ? sa->tunnel->sas : NULL;

	for (; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP && other->heir &&
		    other->authenticated >= sa->authenticated)
			return other;
	return NULL;
}

void
unique_proved(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other;

	if (!sa->prune || sa->tunnel == NULL || !child_any(sa))
		return;
	sa->prune = false;
	for (other = sa->tunnel->sas; other != NULL; other = other->next) {
		if (other == sa || other->state != IKE_UP)
			continue;
		tunnel_event(e, sa->tunnel, EV_REPLACED, "both ends began at "
		    "once: IKE_SA #%u stays, #%u goes", sa->serial,
		    other->serial);
		retire(e, other, false, OVERLAP_MS);
	}
}

/* Of two that crossed, as both ends see it: the one with the lowest SPI. */
static struct child_sa *
lower(struct child_sa *a, struct child_sa *b)
{
	uint32_t x = a->spi_in < a->spi_out ? a->spi_in : a->spi_out;
	uint32_t y = b->spi_in < b->spi_out ? b->spi_in : b->spi_out;

	return x < y ? a : b;
}

/* The same for two CHILD_SAs of one IKE_SA that nobody rekeyed: its initiator
 * closes the one that goes, or else we do. */
void
unique_children(struct engine *e, struct child_sa *c)
{
	struct child_sa *other, *loser;

	for (other = c->sa->children; other != NULL; other = other->next) {
		if (other == c || other->state != CHILD_INSTALLED ||
		    other->serial == c->replaces || other->replaces == c->serial)
			continue;
		loser = other->initiator != c->initiator ? lower(c, other) :
		    other->serial < c->serial ? other : c;
		if (loser->initiator) {
			loser->want |= CHILD_WANT_DELETE;
		} else {
			loser->redundant = true;
			timer_set(&e->timers, &loser->rekey,
			    e->now + SETTLED_MS);
		}
	}
}

/* One of them is to be deleted, by who made the one that makes it superfluous; if he
 * does not, by the other.  Both send and receive until then.  The two ends see it
 * differently if the first message of one came when the other was done: who is to
 * delete has said so several times before the other would. */
static void
supersede(struct engine *e, struct child_sa *c, struct child_sa *other)
{
	bool crossed = c->initiator != other->initiator &&
	    c->replaces == other->replaces;
	struct child_sa *loser = crossed ? lower(c, other) : other;
	uint32_t ms = crossed ? (loser->initiator ? CROSSED_MS : PATIENCE_MS) :
	    c->initiator ? SOON_MS : PATIENCE_MS;

	if (loser->redundant && loser->rekey.at <= e->now + ms)
		return;
	if (loser->state == CHILD_REKEYING)
		child_enter(e, loser, CHILD_INSTALLED);
	loser->redundant = true;
	timer_set(&e->timers, &loser->rekey, e->now + ms);
}

void
unique_newest(struct engine *e, struct child_sa *c)
{
	struct child_sa *other;
	struct ike_sa *sa;

	for (sa = c->sa->tunnel != NULL ? c->sa->tunnel->sas : NULL; sa != NULL;
	    sa = sa->next)
		for (other = sa->children; other != NULL; other = other->next)
			if (other != c && (other->late == NULL ||
			    other->serial < c->serial) &&
			    (other->state == CHILD_INSTALLED ||
			    other->state == CHILD_REKEYING))
				supersede(e, c, other);
}

bool
unique_peer(struct engine *e, struct ike_sa *sa, struct tunnel *t,
	    const struct ident *peer, char *why, size_t size)
{
	struct ike_sa *other;
	char a[IDENT_STRLEN], b[IDENT_STRLEN], at[ENDPOINT_STRLEN];
	char set[SETTING_MAX];
	int n;

	/* Authenticated, and up or about to be. */
	for (other = t->sas; other != NULL; other = other->next)
		if (other != sa && other->state <= IKE_UP &&
		    other->peer_id != NULL && !ident_equal(other->peer_id, peer))
			break;
	if (other == NULL)
		return true;
	n = snprintf(why, size, "it is '%.100s', but the tunnel serves one peer at "
	    "a time and is in use by '%.100s' at %s, unless that is dead, which is "
	    "being checked", ident_str(peer, a), ident_str(other->peer_id, b),
	    endpoint_str(&other->remote, at));
	if (n > 0 && (size_t)n < size && reason_id(peer, set) != NULL)
		snprintf(why + n, size - (size_t)n, "\ngive it a tunnel of its own "
		    "here, with: remote-id %s", set);
	if (other->state == IKE_UP && other->asked == 0) {
		other->want |= WANT_PROBE;
		other->machine->next(e, other);
	}
	return false;
}

bool
unique_is_first(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP)
			return false;
	return true;
}
