/*
 * seal: the device key, and private keys encrypted under it (AES-256-GCM).
 *
 * The device key is 32 random octets that monitor makes once for this machine
 * and hands over as a descriptor.  A store that is copied without it is of no
 * use to anybody.
 */
#ifndef CULVERT_KEYS_SEAL_H
#define CULVERT_KEYS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define SEAL_KEY_LEN	32
#define SEAL_OVERHEAD	(12 + 16)	/* nonce before, tag behind */

struct seal;

/* In OpenSSL's secure heap, if there is one. */
struct seal *seal_new(const uint8_t key[SEAL_KEY_LEN]);	/* NULL: out of memory */
/* Reads the key from a descriptor, which is closed.  NULL: an error that says
 * what is wrong with it. */
struct seal *seal_read(int fd, struct err *);
void	seal_free(struct seal *);	/* wipes; NULL is fine */

/* len octets become len + SEAL_OVERHEAD; head is not encrypted, but nothing opens
 * with another one. */
bool	seal_close(const struct seal *, const void *head, size_t head_len,
		   const uint8_t *in, size_t len, uint8_t *out)
		__attribute__((warn_unused_result));
/* len octets become len - SEAL_OVERHEAD.  False: another key or another head, or
 * they were changed. */
bool	seal_open(const struct seal *, const void *head, size_t head_len,
		  const uint8_t *in, size_t len, uint8_t *out)
		__attribute__((warn_unused_result));

#endif
