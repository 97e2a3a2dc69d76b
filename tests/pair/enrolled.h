/*
 * enrolled: the pair with certificates whose age is known and whose subjects are their
 * identities.
 */
#ifndef CULVERT_TESTS_ENROLLED_H
#define CULVERT_TESTS_ENROLLED_H

#include "corp.h"
#include "pair.h"
#include "seen.h"
#include "store.h"

#define DN(cn)	"{\"value\":\"CN=" cn ", O=Example\"}"
/* Leaves of a tunnel; ours is automatic. */
#define BY_SUBJECT(peer) ",\"local-id\":null,\"remote-id\":" DN(peer) CORP

extern struct enrolled {
	struct pki_cert *alice, *bob;	/* for 900 days */
} enrolled;

/* By corp.root, for so many days and a half. */
struct pki_cert *enrolled_leaf(const char *subject, const char *san, int64_t days);
void	enrolled_begin(uint64_t seed);
/* It has its own, and keys has told all. */
void	enrolled_equip(struct node *);
/* A tunnel between them. */
void	enrolled_pair(void);
/* All of it; it has been up for a while, and the logs are empty. */
void	enrolled_up(uint64_t seed);

#endif
