#include "quick.h"

#include <stdlib.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/tunnel.h"
#include "phase1.h"

struct quick *
quick_new(struct engine *e, struct ike_sa *sa, bool initiator, uint32_t msgid)
{
	struct quick *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if (!timer_init(&e->timers, &q->sent.timer, TIMER_QUICK)) {
		free(q);
		return NULL;
	}
	q->sa = sa;
	q->initiator = initiator;
	q->msgid = msgid;
	q->begun = e->now;
	q->next = sa->v1->quicks;
	sa->v1->quicks = q;
	return q;
}

void
quick_free(struct engine *e, struct quick *q)
{
	struct quick **p = &q->sa->v1->quicks;
	struct child_sa *c = child_of(q->sa, q->child);
	struct child_sa *old = q->child != 0 ? quick_old(q) : NULL;

	while (*p != q)
		p = &(*p)->next;
	*p = q->next;
	if (old != NULL && old->state == CHILD_REKEYING)
		child_reinstate(e, old);
	if (c != NULL && !child_is_up(c))
		child_free(e, c);
	ke_free(q->ke);
	child_plan_fini(&q->plan);
	resend_end(e, &q->sent);
	timer_fini(&e->timers, &q->sent.timer);
	secret_wipe_mem(q, sizeof(*q));
	free(q);
}

struct quick *
quick_find(struct ike_sa *sa, uint32_t msgid)
{
	struct quick *q;

	for (q = sa->v1->quicks; q != NULL; q = q->next)
		if (q->msgid == msgid)
			return q;
	return NULL;
}

struct quick *
quick_of(const struct tunnel *t, uint32_t child)
{
	const struct ike_sa *sa;
	struct quick *q;

	for (sa = t->sas; sa != NULL && child != 0; sa = sa->next)
		for (q = sa->v1 != NULL ? sa->v1->quicks : NULL; q != NULL;
		    q = q->next)
			if (q->child == child || q->old == child)
				return q;
	return NULL;
}

struct child_sa *
quick_old(const struct quick *q)
{
	return q->sa->tunnel != NULL ? tunnel_child_of(q->sa->tunnel, q->old) : NULL;
}
