/*
 * corp: certificates for the pair, in a world's time: a root and a CA below it that
 * signs, and the root of others.
 */
#ifndef CULVERT_TESTS_CORP_H
#define CULVERT_TESTS_CORP_H

#include "tests/pki/pki.h"
#include "world.h"

/* Leaves of a tunnel that has them, as equipped by corp_equip(). */
#define CORP ",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""

extern struct corp {
	struct pki_cert *root, *inter, *other;
} corp;

/* Makes them once, and sets the time. */
void	corp_make(void);
/* "CN=name, O=Example", DNS:name, by corp.inter. */
struct pki_cert *corp_leaf(const char *key, const char *name);
/* What a node shows (above: the CA below the root, or NULL), and whom it trusts. */
void	corp_equip(struct node *, const struct pki_cert *own,
		   const struct pki_cert *above, const struct pki_cert *ca);

#endif
