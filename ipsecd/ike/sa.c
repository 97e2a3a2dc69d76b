#include "sa.h"

#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "peer_cert.h"
#include "shown.h"
#include "ike1/main.h"
#include "ike1/phase1.h"
#include "ike2/auth.h"
#include "fragments.h"
#include "ike2/mobike.h"
#include "ike2/nego.h"
#include "ike2/ppk.h"
#include "log.h"
#include "names.h"
#include "natt.h"
#include "tunnel.h"

static const struct name states[] = {
	{ IKE_NEW,	 "NEW" },
	{ IKE_I_INIT,	 "CONNECTING" },
	{ IKE_I_PPK,	 "CONNECTING" },
	{ IKE_I_PLAIN,	 "CONNECTING" },
	{ IKE_I_MAC,	 "CONNECTING" },
	{ IKE_I_AUTH,	 "CONNECTING" },
	{ IKE_I_CHECK,	 "CONNECTING" },
	{ IKE_I_REVOCATION, "CONNECTING" },
	{ IKE_R_INIT,	 "CONNECTING" },
	{ IKE_R_PPK,	 "CONNECTING" },
	{ IKE_R_CHECK,	 "CONNECTING" },
	{ IKE_R_BLAME,	 "CONNECTING" },
	{ IKE_R_REVOCATION, "CONNECTING" },
	{ IKE_R_MAC,	 "CONNECTING" },
	{ IKE_R_INSTALL, "CONNECTING" },
	{ IKE1_I_SA,	 "CONNECTING" },
	{ IKE1_I_KE,	 "CONNECTING" },
	{ IKE1_I_SKEYID, "CONNECTING" },
	{ IKE1_I_SIGN,	 "CONNECTING" },
	{ IKE1_I_AUTH,	 "CONNECTING" },
	{ IKE1_I_REVOCATION, "CONNECTING" },
	{ IKE1_R_SA,	 "CONNECTING" },
	{ IKE1_R_SKEYID, "CONNECTING" },
	{ IKE1_R_KE,	 "CONNECTING" },
	{ IKE1_R_REVOCATION, "CONNECTING" },
	{ IKE1_R_SIGN,	 "CONNECTING" },
	{ IKE_UP,	 "ESTABLISHED" },
	{ IKE_REKEYED,	 "REKEYED" },
	{ IKE_DELETING,	 "DELETING" },
	{ IKE_REFUSED,	 "REFUSED" },
	{ 0, NULL },
};

const char *
ike_state_str(enum ike_state state)
{
	return name_find(states, state);
}

void
child_plan_fini(struct child_plan *p)
{
	free(p->why);
	free(p->subnets);
	free(p->narrowed);
	memset(p, 0, sizeof(*p));
}

/* --- SPIs --- */

/* The top octet says which worker serves it. */
static bool
fresh_spi(struct engine *e, uint64_t *spi)
{
	do {
		if (!e->ops->random(e->ctx, spi, sizeof(*spi)))
			return false;
		*spi = (*spi >> 8) | (uint64_t)e->set.worker << 56;
	} while (*spi == 0 || sa_find(e, *spi) != NULL);
	return true;
}

struct ike_sa *
sa_find(struct engine *e, uint64_t spi)
{
	struct link *l;
	struct ike_sa *sa;

	for (l = table_find(&e->sas, hash_u64(spi, e->seed)); l != NULL;
	    l = table_again(l)) {
		sa = table_entry(l, struct ike_sa, by_spi);
		if (sa_spi(sa) == spi)
			return sa;
	}
	return NULL;
}

static uint32_t
half_hash(struct engine *e, uint64_t spi_i, const struct endpoint *ep)
{
	return hash_u64(spi_i ^ addr_hash(&ep->addr, (uint32_t)e->seed) ^ ep->port,
	    e->seed);
}

struct ike_sa *
sa_find_half(struct engine *e, uint64_t spi_i, const struct endpoint *remote,
	     const uint8_t *msg, size_t len)
{
	struct link *l = table_find(&e->halves, half_hash(e, spi_i, remote));
	struct setup *s;

	for (; l != NULL; l = table_again(l)) {
		s = table_entry(l, struct setup, by_peer);
		if (s->init_request != NULL && s->init_request->len == len &&
		    memcmp(s->init_request->data, msg, len) == 0)
			return s->sa;
	}
	return NULL;
}

bool
sa_add_half(struct engine *e, struct ike_sa *sa, bool cookie)
{
	if (!half_add(e, sa, cookie))
		return false;
	table_add(&e->halves, &sa->setup->by_peer,
	    half_hash(e, sa->spi_i, &sa->remote));
	return true;
}

/* --- life --- */

static struct ike_sa **
owner(struct engine *e, struct tunnel *t)
{
	return t != NULL ? &t->sas : &e->orphans;
}

static void
adopt(struct engine *e, struct ike_sa *sa, struct tunnel *t)
{
	struct ike_sa **head = owner(e, t);

	sa->tunnel = t;
	sa->next = *head;
	sa->prev = head;
	if (sa->next != NULL)
		sa->next->prev = &sa->next;
	*head = sa;
}

static void
disown(struct ike_sa *sa)
{
	*sa->prev = sa->next;
	if (sa->next != NULL)
		sa->next->prev = sa->prev;
	sa->next = NULL;
}

void
sa_move(struct engine *e, struct ike_sa *sa, struct tunnel *t)
{
	if (sa->tunnel == t)
		return;
	disown(sa);
	adopt(e, sa, t);
}

struct ike_sa *
sa_new(struct engine *e, struct tunnel *t, bool initiator,
       const struct ike_machine *machine)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));
	uint64_t spi;

	if (sa == NULL)
		return NULL;
	if (!fresh_spi(e, &spi) ||
	    !timer_init(&e->timers, &sa->sent.timer, TIMER_SA) ||
	    !timer_init(&e->timers, &sa->rekey, TIMER_SA_REKEY) ||
	    !timer_init(&e->timers, &sa->probe, TIMER_SA_PROBE) ||
	    !timer_init(&e->timers, &sa->keepalive, TIMER_SA_KEEPALIVE) ||
	    !timer_init(&e->timers, &sa->reauth, TIMER_SA_REAUTH)) {
		timer_fini(&e->timers, &sa->sent.timer);
		timer_fini(&e->timers, &sa->rekey);
		timer_fini(&e->timers, &sa->probe);
		timer_fini(&e->timers, &sa->keepalive);
		free(sa);
		return NULL;
	}
	sa->machine = machine;
	sa->initiator = initiator;
	*(initiator ? &sa->spi_i : &sa->spi_r) = spi;
	sa->serial = ++e->next_ike;
	sa->heard = e->now;
	table_add(&e->sas, &sa->by_spi, hash_u64(spi, e->seed));
	adopt(e, sa, t);
	e->stats.ike_sas++;
	return sa;
}

void
sa_end_setup(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;

	if (s == NULL)
		return;
	table_del(&e->halves, &s->by_peer);
	ke_free(s->ke);
	ppk_free(s->ppk);
	main_free(s->main);
	packet_free(s->init_request);
	packet_free(s->init_response);
	proof_free(s->auth);
	proof_free(s->own);
	shown_forget(s);
	ident_free(s->peer_id);
	child_plan_fini(&s->plan);
	secret_wipe_mem(s, sizeof(*s));
	free(s);
	sa->setup = NULL;
}

void
sa_end_request(struct engine *e, struct ike_sa *sa)
{
	resend_end(e, &sa->sent);
	sa->asked = 0;
	sa->asked_child = 0;
}

void
sa_free(struct engine *e, struct ike_sa *sa)
{
	if (sa == NULL)
		return;
	while (sa->children != NULL)
		child_free(e, sa->children);
	phase1_free(e, sa);
	nego_free(e, sa->own);
	nego_free(e, sa->theirs);
	sa_end_setup(e, sa);
	half_end(e, sa);
	sa_end_request(e, sa);
	timer_fini(&e->timers, &sa->sent.timer);
	timer_fini(&e->timers, &sa->rekey);
	timer_fini(&e->timers, &sa->probe);
	timer_fini(&e->timers, &sa->keepalive);
	timer_fini(&e->timers, &sa->reauth);
	table_del(&e->sas, &sa->by_spi);
	disown(sa);
	fragments_free(e, sa);
	mobike_free(sa);
	packet_free(sa->response);
	ident_free(sa->peer_id);
	peer_cert_free(sa->peer_cert);
	e->stats.ike_sas--;
	e->stats.ended -= sa->state == IKE_REFUSED;
	secret_wipe_mem(sa, sizeof(*sa));
	free(sa);
}

void
sa_enter(struct engine *e, struct ike_sa *sa, enum ike_state state)
{
	if (sa->state == state)
		return;
	if (log_debugging("sa"))
		log_debug("sa", "ike #%u: %s(%u) -> %s(%u)", sa->serial,
		    ike_state_str(sa->state), sa->state, ike_state_str(state),
		    state);
	e->stats.ended += (state == IKE_REFUSED) - (sa->state == IKE_REFUSED);
	sa->state = (uint8_t)state;
	if (state == IKE_UP)
		sa->established = e->now;
	if (sa->tunnel != NULL)
		tunnel_update(e, sa->tunnel);
}

void
sa_orphan(struct engine *e, struct ike_sa *sa)
{
	while (sa->children != NULL)
		child_free(e, sa->children);
	sa_end_setup(e, sa);
	sa_enter(e, sa, IKE_DELETING);
	sa_move(e, sa, NULL);
	timer_stop(&e->timers, &sa->rekey);
	timer_stop(&e->timers, &sa->probe);
	timer_stop(&e->timers, &sa->keepalive);
	timer_stop(&e->timers, &sa->reauth);
}

void
sa_expired(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	bool ours = sa->initiator && sa->state < IKE_UP;

	if (sa->half != NULL)
		engine_drop(e, &sa->remote, "half-open IKE_SA expired");
	sa_free(e, sa);
	if (t != NULL && ours)
		tunnel_lost(e, t, LOST_ATTEMPT, EV_RESOURCES, "the process that "
		    "holds the secrets does not answer");
	else if (t != NULL)
		tunnel_idle(e, t);
}

/* --- timers of an established one --- */

uint64_t
sa_rekey_after(struct engine *e, uint32_t seconds)
{
	return (uint64_t)seconds * 1000 - engine_jitter(e, seconds * 100);
}

uint32_t
sa_life(struct engine *e, const struct ike_sa *sa)
{
	uint32_t agreed = sa->v1 != NULL ? sa->v1->life_s : 0;

	/* Until a tenth before the end that both know. */
	agreed -= agreed / 11;
	if (agreed == 0 || (agreed > IKE_REKEY_TIME && (sa->tunnel == NULL ||
	    tunnel_may_call(e, sa->tunnel))))
		return IKE_REKEY_TIME;
	return agreed < IKE_LIFE_MIN ? IKE_LIFE_MIN :
	    agreed > IKE_LIFE_MAX ? IKE_LIFE_MAX : agreed;
}

void
sa_arm(struct engine *e, struct ike_sa *sa)
{
	const struct conf *c = sa->tunnel != NULL ? sa->tunnel->conf : NULL;

	timer_set(&e->timers, &sa->rekey,
	    e->now + sa_rekey_after(e, sa_life(e, sa)));
	if (c != NULL && c->dpd_action != DPD_DISABLED)
		timer_set(&e->timers, &sa->probe,
		    e->now + (uint64_t)c->dpd_delay * 1000);
	else
		timer_stop(&e->timers, &sa->probe);
	sa_arm_keepalive(e, sa);
}

void
sa_arm_keepalive(struct engine *e, struct ike_sa *sa)
{
	if (!sa->nat_local || !sa->encap)
		timer_stop(&e->timers, &sa->keepalive);
	else if (!timer_armed(&sa->keepalive))
		timer_set(&e->timers, &sa->keepalive,
		    e->now + NATT_KEEPALIVE_MS);
}
