/*
 * proposal_in: what comparing two lists of proposals (proposal_match.c) and saying why
 * they do not fit (proposal_explain.c) have in common.
 */
#ifndef CULVERT_PROPOSAL_IN_H
#define CULVERT_PROPOSAL_IN_H

#include "proposal.h"

/* Sets of kinds of algorithms, and what else may be wrong with a proposal. */
#define BIT(type)	(1u << (type))
#define BAD_PROTOCOL	BIT(6)
#define BAD_TYPE	BIT(7)
#define BAD_SPI		BIT(8)

/* Which types belong to a proposal of a kind (enum offer_kind). */
extern const unsigned int proposal_types[];
/* In the order in which a person should hear of them: a prf follows from
 * auth. */
#define N_TYPES	5
extern const enum transform_type proposal_order[N_TYPES];

bool	transform_same(const struct transform *, const struct transform *);
/* The transform of that type that both have: the wanted id if possible (-1: none
 * is wanted), else the first of ours. */
bool	proposal_pick(const struct proposal *ours, const struct proposal *theirs,
		      unsigned int type, int wanted, struct transform *);
/* The set of what does not fit; 0 is a match, and *c is filled in. */
unsigned int proposal_match(const struct offer *, const struct proposal *ours,
			    const struct proposal *theirs, uint16_t ke_group,
			    struct choice *c);
void	suite_put(struct suite *, const struct transform *);
const char *transform_type_str(unsigned int type, char buf[16]);

#endif
