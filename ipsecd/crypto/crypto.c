#include "crypto.h"

#include <stdlib.h>

#include <openssl/rand.h>

#include "internal.h"

int
crypto_new(struct crypto **out, struct err *e)
{
	struct crypto *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (!prf_init(c) || !cipher_init(c) || !ke_init(c)) {
		crypto_free(c);
		return err_set(e, ERR_REALITY, "OpenSSL does not offer an "
		    "algorithm that Culvert needs (the log names it); is its "
		    "default provider switched off in openssl.cnf?");
	}
	*out = c;
	return 0;
}

void
crypto_free(struct crypto *c)
{
	if (c == NULL)
		return;
	ke_fini(c);
	cipher_fini(c);
	prf_fini(c);
	free(c);
}

bool
crypto_random(struct crypto *c, void *p, size_t len)
{
	(void)c;
	while (len > INT32_MAX) {
		if (RAND_bytes(p, INT32_MAX) != 1)
			return crypto_failed("random numbers");
		p = (uint8_t *)p + INT32_MAX;
		len -= INT32_MAX;
	}
	if (RAND_bytes(p, (int)len) != 1)
		return crypto_failed("random numbers");
	return true;
}
