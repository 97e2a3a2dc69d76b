#include "phase1.h"

#include <stdlib.h>

#include "ike/context.h"
#include "ike/sa.h"
#include "quick.h"

bool
phase1_new(struct engine *e, struct ike_sa *sa)
{
	sa->v1 = calloc(1, sizeof(*sa->v1));
	if (sa->v1 == NULL)
		return false;
	sa->v1->begun = e->now;
	return true;
}

void
phase1_free(struct engine *e, struct ike_sa *sa)
{
	if (sa->v1 == NULL)
		return;
	while (sa->v1->quicks != NULL)
		quick_free(e, sa->v1->quicks);
	secret_wipe_mem(sa->v1, sizeof(*sa->v1));
	free(sa->v1);
	sa->v1 = NULL;
}
