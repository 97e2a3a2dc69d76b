/*
 * What somebody imports into the certificate store, and the files of the store.
 * The first octet says which: a file to import without or with a password, or a
 * file of the store.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keys/bundle.h"
#include "keys/item.h"
#include "keys/seal.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
import(const uint8_t *data, size_t len, const char *password)
{
	struct bundle b = BUNDLE_INIT;
	struct err e = ERR_INIT;
	int rc = bundle_add(&b, data, len, password, &e);

	if (b.n > BUNDLE_CERTS_MAX || (rc < 0) != (e.text[0] != '\0'))
		abort();
	if (rc == 0)
		(void)!bundle_check_key(&b, &e);
	bundle_fini(&b);
}

static void
stored(const uint8_t *data, size_t len)
{
	static const uint8_t key[SEAL_KEY_LEN] = "the same for all";
	static struct crypto *crypto;
	static struct seal *seal;
	struct err e = ERR_INIT;
	uint8_t *octets = malloc(len + 1);
	struct item *it;

	if (crypto == NULL && crypto_new(&crypto, &e) < 0)
		abort();
	if (seal == NULL)
		seal = seal_new(key);
	if (octets == NULL)
		return;
	memcpy(octets, data, len);
	it = item_new(crypto, octets, len, "gw", seal, &e);
	if (it == NULL && e.text[0] == '\0')
		abort();
	if (it != NULL)
		(void)item_key(it, seal);
	item_free(it);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return 0;
	if (data[0] % 3 == 2)
		stored(data + 1, len - 1);
	else
		import(data + 1, len - 1, data[0] % 3 == 1 ? "culvert" : NULL);
	return 0;
}
