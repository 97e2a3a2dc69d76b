/*
 * Main mode of IKEv1 (RFC 2409 5), between two engines and with a peer who spoils
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "tests/unit.h"

#define V1	",\"version\":\"1\",\"mobike\":null"

static void
test_psk(void)
{
	pair_begin(1);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

UNIT_MAIN("main mode of IKEv1",
	{ "a pre-shared key", test_psk })
