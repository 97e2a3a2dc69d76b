/*
 * crl_in: the inside of a CRL: crl.c reads all but the entries and judges it,
 * crl_entries.c finds in these.
 */
#ifndef CULVERT_CRL_IN_H
#define CULVERT_CRL_IN_H

#include <openssl/x509v3.h>

#include "cert.h"
#include "crl.h"

#define CRL_NUMBER_MAX	20		/* octets of cRLNumber */

struct crl {
	uint8_t		*der;
	size_t		 len;
	X509_CRL	*head;		/* all of it but the entries */
	const uint8_t	*tbs;		/* what is signed, in der */
	size_t		 tbs_len;
	const uint8_t	*issuer;	/* a Name, in der */
	size_t		 issuer_len;
	const uint8_t	*list;		/* the entries, in der */
	size_t		 list_len;
	uint32_t	*slot;		/* by hash: 1 + where in list; 0: empty */
	uint32_t	 mask;
	uint64_t	 seed;
	size_t		 n;
	int64_t		 this_update, next_update;
	ISSUING_DIST_POINT *idp;	/* NULL: none */
	ASN1_INTEGER	*number;	/* likewise */
	char		 number_str[2 + 2 * CRL_NUMBER_MAX + 1];
	char		 issuer_str[CERT_NAME_STRLEN];
};

/* Walks list and makes the table of it.  Refuses entries that need more than this
 * list to be understood. */
int	crl_read_entries(struct crypto *, struct crl *, struct err *)
		__attribute__((warn_unused_result));
int64_t	crl_seconds(const ASN1_TIME *);		/* since 1970; 0: cannot be read */
int	crl_malformed(struct err *);		/* "is no CRL ..."; -1 */

#endif
