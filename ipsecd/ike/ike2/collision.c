#include "handlers.h"

#include "ike/child.h"
#include "nego.h"

/*
 * A request of the peer's that meets one of ours (RFC 7296 2.25).  What decides
 * afterwards which of two rekeyings stands is in create.c and rekey.c (2.8.1,
 * 2.8.2): the one with the lowest of the four nonces goes, closed by its maker.
 *
 * A Delete always gets its answer.  It names our SPI of the pair, unless we are
 * deleting that one ourselves or do not know it (1.4.1); an IKE_SA that we were
 * rekeying or closing is gone with it, and so is our request (2.25.2), but if the
 * peer closes it because its own rekeying is done, its new IKE_SA stands.
 */

/* What we are at. */
enum doing {
	NO_SUCH_CHILD,
	CHILD_CLOSES,		/* the one the request is about */
	CHILD_REPLACED,		/* likewise: another one is there already */
	CHILD_FOLLOWED,		/* likewise: ours is agreed on, and on its way into
				 * the data plane */
	ANY_CHILD,		/* we make, rekey or close one, or install theirs */
	IKE_REKEYS,
	IKE_CLOSES,
};

#define CREATE		(1u << ASKS_CREATE)
#define REKEY_CHILD	(1u << ASKS_REKEY_CHILD)
#define REKEY_IKE	(1u << ASKS_REKEY_IKE)

/* The first row that fits; 0, or none: as usual, and the nonces will tell. */
static const struct {
	uint8_t		asks;
	uint8_t		doing;
	uint16_t	answer;
} rows[] = {
/*	the peer asks to		while			 is told	    */
	{ CREATE | REKEY_CHILD |
	  REKEY_IKE,			IKE_CLOSES,		 N_TEMPORARY_FAILURE },
	{ REKEY_CHILD,			NO_SUCH_CHILD,		 N_CHILD_SA_NOT_FOUND },
	{ REKEY_CHILD,			CHILD_CLOSES,		 N_TEMPORARY_FAILURE },
	{ REKEY_CHILD,			CHILD_REPLACED,		 N_TEMPORARY_FAILURE },
	{ REKEY_CHILD,			CHILD_FOLLOWED,		 N_TEMPORARY_FAILURE },
	{ CREATE | REKEY_CHILD,		IKE_REKEYS,		 N_TEMPORARY_FAILURE },
	{ REKEY_IKE,			ANY_CHILD,		 N_TEMPORARY_FAILURE },
	{ REKEY_CHILD,			ANY_CHILD,		 0 },
	{ REKEY_IKE,			IKE_REKEYS,		 0 },
};

static bool
any_child(const struct ike_sa *sa)
{
	const struct child_sa *c;

	if ((sa->own != NULL && sa->own->kind != NEGO_REKEY_IKE) ||
	    sa->asked == REQ_DELETE_CHILD)
		return true;
	for (c = sa->children; c != NULL; c = c->next)
		if (c->state == CHILD_INSTALLING)
			return true;
	return false;
}

static bool
does(const struct ike_sa *sa, const struct child_sa *about, enum doing what)
{
	switch (what) {
	case NO_SUCH_CHILD:
		return about == NULL;
	case CHILD_CLOSES:
		return about->state == CHILD_DELETING ||
		    (about->want & CHILD_WANT_DELETE) != 0;
	case CHILD_REPLACED:
		return about->state == CHILD_REKEYED;
	case CHILD_FOLLOWED:
		return about->state == CHILD_REKEYING && (sa->own == NULL ||
		    sa->own->old != about->serial);
	case ANY_CHILD:
		return any_child(sa);
	case IKE_REKEYS:
		return sa->own != NULL && sa->own->kind == NEGO_REKEY_IKE;
	case IKE_CLOSES:
		return sa->state != IKE_UP || sa->asked == REQ_DELETE_IKE;
	}
	return false;
}

uint16_t
collision(const struct ike_sa *sa, enum asks asks, const struct child_sa *about)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((rows[i].asks & 1u << asks) != 0 &&
		    does(sa, about, (enum doing)rows[i].doing))
			return rows[i].answer;
	return 0;
}
