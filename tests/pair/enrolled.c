#include "enrolled.h"

#include "tests/unit.h"

struct enrolled enrolled;

struct pki_cert *
enrolled_leaf(const char *subject, const char *san, int64_t days)
{
	return pki_make(&(struct pki_spec){ .issuer = corp.root,
	    .subject = subject, .san = san, .from = WALL - 100 * PKI_DAY,
	    .to = WALL + days * PKI_DAY + PKI_DAY / 2 });
}

void
enrolled_begin(uint64_t seed)
{
	corp_make();
	if (enrolled.alice == NULL) {
		enrolled.alice = enrolled_leaf("CN=alice, O=Example", "DNS:alice",
		    900);
		enrolled.bob = enrolled_leaf("CN=bob, O=Example", "DNS:bob", 900);
	}
	pair_begin(seed);
}

void
enrolled_equip(struct node *n)
{
	corp_equip(n, n == alice ? enrolled.alice : enrolled.bob, NULL, corp.root);
}

void
enrolled_pair(void)
{
	pair_config(BY_SUBJECT("bob"), BY_SUBJECT("alice"));
}

void
enrolled_up(uint64_t seed)
{
	enrolled_begin(seed);
	enrolled_equip(alice);
	enrolled_equip(bob);
	enrolled_pair();
	CU_ASSERT_FATAL(pair_comes_up(1000));
	world_run(&w, 20000);
	node_forget(alice);
	node_forget(bob);
}
