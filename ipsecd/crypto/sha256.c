#include "sha256.h"

#include <openssl/evp.h>

bool
sha256(const void *octets, size_t len, uint8_t out[SHA256_LEN])
{
	return EVP_Digest(octets, len, out, NULL, EVP_sha256(), NULL) == 1;
}
