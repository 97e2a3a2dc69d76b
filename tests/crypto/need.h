/* A struct crypto for all tests of a program; without one the program ends. */
#ifndef CULVERT_TESTS_NEED_H
#define CULVERT_TESTS_NEED_H

#include <stdio.h>
#include <stdlib.h>

#include "crypto/crypto.h"

static inline void
need_crypto(struct crypto **c)
{
	struct err e = ERR_INIT;

	if (*c == NULL && crypto_new(c, &e) < 0) {
		printf("%s\n", e.text);
		exit(1);
	}
}

#endif
