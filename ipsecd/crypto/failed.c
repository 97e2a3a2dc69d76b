/*
 * crypto_failed() alone: the simulator has cryptography of its own, and takes from
 * here what reads certificates.
 */
#include <openssl/err.h>

#include "internal.h"
#include "log.h"

bool
crypto_failed(const char *what)
{
	char reason[160] = "no reason given";
	unsigned long code = ERR_peek_last_error();

	if (code != 0)
		ERR_error_string_n(code, reason, sizeof(reason));
	ERR_clear_error();
	log_error("OpenSSL: %s failed: %s", what, reason);
	return false;
}
