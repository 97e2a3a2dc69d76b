/*
 * Setting up: two engines find each other, or say why not.
 */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define RESPONDER \
	"{\"id\":1,\"local-address\":\"192.0.2.1\",\"peer\":\"192.0.2.2\"," \
	"\"local-id\":{\"value\":\"alice\"},\"remote-id\":{\"value\":\"bob\"}," \
	"\"local-subnet\":\"10.0.1.0/24\",\"remote-subnet\":\"10.0.2.0/24\"%s}"
#define INITIATOR \
	"{\"id\":1,\"initiator\":true,\"local-address\":\"192.0.2.2\"," \
	"\"peer\":\"192.0.2.1\",\"local-id\":{\"value\":\"bob\"}," \
	"\"remote-id\":{\"value\":\"alice\"}," \
	"\"local-subnet\":\"10.0.2.0/24\",\"remote-subnet\":\"10.0.1.0/24\"%s}"

static struct world w;
static struct node *alice, *bob;

static void
begin(uint64_t seed)
{
	world_init(&w, seed);
	alice = world_add(&w, "alice", NULL);
	bob = world_add(&w, "bob", NULL);
}

static void
config(const char *ra, const char *rb)
{
	char text[2048];

	snprintf(text, sizeof(text), RESPONDER, ra);
	node_config(alice, text);
	snprintf(text, sizeof(text), INITIATOR, rb);
	node_config(bob, text);
}

static bool
both_up(struct world *world)
{
	return node_up(&world->node[0], 1) && node_up(&world->node[1], 1);
}

static void
test_default(void)
{
	begin(1);
	config("", "");
	CU_ASSERT(world_until(&w, both_up, 2000));
	CU_ASSERT(planes_agree(alice, bob, 1, 1));
	CU_ASSERT(alice->policies != NULL && bob->policies != NULL);
	CU_ASSERT(alice->syncs == 1);
	if (!both_up(&w))
		printf("\n%s\n%s\n", node_state(alice, 1), bob->log);
	world_fini(&w);
}

int
main(void)
{
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("setup", NULL, NULL);
	CU_add_test(s, "default proposals", test_default);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() == 0 ? 0 : 1;
}
