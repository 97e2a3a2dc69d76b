/*
 * item: what one file of the store holds: certificates that anybody may see, and
 * a private key that is sealed until it is needed.
 *
 *	"CULVERT1" kind(1) label length(1) label time(8)
 *	certificates(2) { length(4) DER }  request length(4) PKCS#10
 *	sealed length(4) sealed private key (PKCS#8)
 *
 * Everything before the last line is sealed along, so that nothing of it can be
 * exchanged without the device key.  What is there of a file that does not open
 * is kept and shown, and never used.
 */
#ifndef CULVERT_KEYS_ITEM_H
#define CULVERT_KEYS_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cert.h"
#include "err.h"
#include "proc/messages.h"

#define ITEM_REQUEST_MAX	16384	/* octets of PKCS#10 */
#define ITEM_KEY_MAX		8192	/* of a private key */
#define ITEM_FILE_MAX		(IPC_CERT_MAX + ITEM_REQUEST_MAX + ITEM_KEY_MAX + 256)

struct crypto;
struct evp_pkey_st;
struct seal;

/* What a file is made of; all is borrowed. */
struct item_parts {
	enum cert_kind		 kind;
	const char		*label;
	uint64_t		 made;		/* seconds since 1970 */
	struct {
		const uint8_t	*der;
		size_t		 len;
	}			 certs[IPC_CERTS_MAX];
	size_t			 n;
	const uint8_t		*request;
	size_t			 request_len;
	const uint8_t		*sealed;
	size_t			 sealed_len;
};

struct item {
	enum cert_kind		 kind;
	uint64_t		 made;
	struct cert		*certs[IPC_CERTS_MAX];	/* ours, or the CA, first */
	size_t			 n;
	/* Of a request: */
	struct evp_pkey_st	*public;
	char			 subject[CERT_NAME_STRLEN];
	uint8_t			*file;		/* the octets of the file */
	size_t			 file_len;
	struct item_parts	 parts;		/* point into them */
	size_t			 head_len;	/* what is sealed along */
	bool			 usable;	/* it opened */
	char			 why[ERR_TEXT_MAX];	/* it did not */
	/* The private key, while it is in use. */
	struct evp_pkey_st	*key;
	uint64_t		 used;		/* when, for who is put away first */
};

/* The octets of a file: kind, label, time, certificates and request of parts, and
 * the key (NULL: none) sealed.  The caller frees.  NULL: an error. */
uint8_t	*item_build(const struct item_parts *, const struct evp_pkey_st *key,
		    const struct seal *, size_t *len, struct err *);
/* Takes octets that malloc() gave, also on failure.  The label must be the one
 * expected.  seal is NULL if there is no device key.  An item that is not usable
 * is no failure. */
struct item *item_new(struct crypto *, uint8_t *octets, size_t len,
		      const char *label, const struct seal *, struct err *);
void	item_free(struct item *);		/* NULL is fine */

/* The private key, opened if it is not yet; NULL: there is none, or it does not
 * open.  The item's. */
struct evp_pkey_st *item_key(struct item *, const struct seal *);
/* Out of memory with it. */
void	item_put_away(struct item *);
/* The private key belongs to that certificate. */
bool	item_fits(const struct item *, const struct cert *);

#endif
