/*
 * store: what keys would tell the engine of a node about certificates, and the key
 * that it signs with, from tests/pki.
 */
#ifndef CULVERT_TESTS_STORE_H
#define CULVERT_TESTS_STORE_H

#include "tests/pki/pki.h"
#include "world.h"

/* The label is a certificate of its own with those above it (up to the first NULL),
 * whose key signs from now on; or a CA. */
void	store_own(struct node *, const char *label, const struct pki_cert *,
		  const struct pki_cert *, const struct pki_cert *);
void	store_ca(struct node *, const char *label, const struct pki_cert *);
/* The label is gone. */
void	store_gone(struct node *, const char *label);
/* keys has told all labels. */
void	store_known(struct node *);

#endif
