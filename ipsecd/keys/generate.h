/*
 * generate: makes a private key and a request for its certificate (PKCS#10, RFC
 * 2986), with the other names of its subject (RFC 5280 4.2.1.6).
 */
#ifndef CULVERT_KEYS_GENERATE_H
#define CULVERT_KEYS_GENERATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/dn.h"
#include "err.h"

#define GENERATE_NAMES_MAX	16

struct evp_pkey_st;

struct generate {
	const struct key_kind	*kind;
	uint8_t			 subject[DN_DER_MAX];
	size_t			 subject_len;
	char			*names[GENERATE_NAMES_MAX];	/* "dns:gw.example.com" */
	size_t			 n_names;
	/* What comes of it. */
	struct evp_pkey_st	*key;
	uint8_t			*request;	/* DER; OpenSSL's memory */
	size_t			 request_len;
};

#define GENERATE_INIT	{ .kind = NULL }

/* As the model has them: rsa-2048 ..., ed25519; a subject as text, NULL: CN=label;
 * names of the form dns:NAME, ip:ADDRESS, email:ADDRESS, uri:URI.  All is checked
 * here. */
int	generate_set_kind(struct generate *, const char *name, struct err *)
		__attribute__((warn_unused_result));
int	generate_set_subject(struct generate *, const char *text, const char *label,
			     struct err *) __attribute__((warn_unused_result));
int	generate_add_name(struct generate *, const char *text, struct err *)
		__attribute__((warn_unused_result));

/* Takes from a moment to many seconds; in a thread.  Leaves off, with an error,
 * soon after *cancelled. */
int	generate_run(struct generate *, const atomic_bool *cancelled, struct err *)
		__attribute__((warn_unused_result));
void	generate_fini(struct generate *);	/* wipes */

/* PEM of a request or certificate; the caller frees.  NULL: out of memory. */
char	*pem_text(const char *name, const uint8_t *der, size_t len);

#endif
