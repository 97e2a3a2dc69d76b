/*
 * ident_cert: identities in certificates (S1-101, S1-113; RFC 4945 3.1): an
 * identity is the subject or one of the subjectAltNames, type by type:
 *
 *	name	dNSName, regardless of case
 *	email	rfc822Name, likewise
 *	inet	iPAddress, all octets
 *	dn	the subject or a directoryName, as dn_equal() has it
 *
 * and nothing else: no CN that looks like a name, no wildcard of the certificate's.
 */
#ifndef CULVERT_IDENT_CERT_H
#define CULVERT_IDENT_CERT_H

#include <stdbool.h>
#include <stddef.h>

#include "ident.h"

struct cert;

/* -1: it is not, and the error says so with what is in there: "the identity 'bob'
 * (name) is neither subject nor subjectAltName of its certificate, which holds
 * CN=gw, gw-b.example.com (name)". */
int	ident_in_cert(const struct ident *, const struct cert *leaf, struct err *)
		__attribute__((warn_unused_result));
/* The subject.  NULL: it is empty, too long for an identity, or no memory. */
struct ident *ident_from_subject(const struct cert *);
/* The i-th of the identities a certificate gives, the subject first; NULL behind
 * the last, or no memory. */
struct ident *ident_of_cert(const struct cert *, size_t i);
#define IDENT_CERT_STRLEN	400
/* All of them as a sentence has them; "no identity at all". */
const char *ident_cert_str(const struct cert *, char buf[IDENT_CERT_STRLEN]);

#endif
