/*
 * cert_in: a struct cert from inside, for the files of crypto/ that read
 * certificates, CRLs and OCSP answers.
 */
#ifndef CULVERT_CERT_IN_H
#define CULVERT_CERT_IN_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "internal.h"

struct cert_octets { const uint8_t *p; size_t len; };

struct cert {
	unsigned int	 refs;
	uint8_t		*der;
	size_t		 len;
	X509		*x;
	struct cert_octets subject, issuer;	/* inside x */
	struct cert_octets serial;
	int64_t		 not_before, not_after;
	GENERAL_NAMES	*alt;			/* names point into it */
	struct cert_name *names;
	size_t		 n_names;
	struct cert_url	 crl[CERT_URLS_MAX];	/* url owned */
	struct cert_url	 ocsp[CERT_URLS_MAX];
	size_t		 n_crl, n_ocsp;
	enum cert_key	 key;
	int		 key_bits;
	int		 exponent_bits;		/* of RSA */
	char		 key_str[CERT_KEY_STRLEN];
	uint8_t		 key_hash[CERT_KEY_HASH];
	uint8_t		 sha1[20];
	uint8_t		 sha256[32];
};

/* Any form that OpenSSL takes, as seconds since 1970. */
bool	cert_time(const ASN1_TIME *, int64_t *out);

/* A GeneralName that could be an identity (see cert.h). */
bool	cert_take_general(const GENERAL_NAME *, struct cert_name *out);

/* cert_names.c, cert_urls.c, cert_key.c: false if there is no memory or the
 * extension cannot be read. */
bool	cert_take_alt_names(struct cert *);
void	cert_drop_alt_names(struct cert *);
bool	cert_take_urls(struct cert *);
void	cert_drop_urls(struct cert *);
void	cert_take_key(struct cert *);

/* "RSA with SHA2-256" of the signature algorithm of anything signed. */
const char *cert_sigalg_str(const X509_ALGOR *);
bool	cert_sigalg_weak(const X509_ALGOR *);

#endif
