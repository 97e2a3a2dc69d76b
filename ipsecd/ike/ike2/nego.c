#include "nego.h"

#include <stdlib.h>

#include "ike/context.h"
#include "ike/wire/build.h"

struct nego *
nego_new(enum nego_kind kind)
{
	struct nego *n = calloc(1, sizeof(*n));

	if (n != NULL)
		n->kind = (uint8_t)kind;
	return n;
}

void
nego_free(struct engine *e, struct nego *n)
{
	struct ike_sa *rival;

	if (n == NULL)
		return;
	if (n->ike != 0)
		sa_free(e, sa_find(e, n->ike));
	rival = n->kind == NEGO_REKEY_IKE && n->crossed ?
	    sa_find(e, n->rival) : NULL;
	if (rival != NULL && rival->tunnel == NULL && rival->state == IKE_UP)
		timer_set(&e->timers, &rival->rekey, e->now + NEGO_OLD_MS);
	ke_free(n->ke);
	child_plan_fini(&n->plan);
	secret_wipe_mem(n, sizeof(*n));
	free(n);
}

bool
nego_set_group(struct engine *e, struct nego *n, uint16_t group)
{
	const struct ke_alg *a = ke_find(group);

	ke_free(n->ke);
	n->ke = NULL;
	n->group = group;
	if (group == 0)
		return true;
	n->ke = a != NULL ? ke_new(e->crypto, a) : NULL;
	return n->ke != NULL;
}

bool
nego_put_ke(struct build *b, const struct nego *n)
{
	uint8_t public[KE_PUBLIC_MAX];

	if (n->ke == NULL)
		return true;
	if (!ke_public(n->ke, public))
		return false;
	build_ke(b, ke_alg(n->ke)->id, public, ke_alg(n->ke)->public_len);
	return true;
}
