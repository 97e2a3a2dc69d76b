#include "ident_cert.h"

#include <stdio.h>
#include <string.h>

#include "crypto/cert.h"

static uint8_t
type_of(const struct cert_name *n)
{
	switch (n->kind) {
	case CERT_NAME_DNS:
		return ID_FQDN;
	case CERT_NAME_EMAIL:
		return ID_RFC822_ADDR;
	case CERT_NAME_IP:
		return n->len == 4 ? ID_IPV4_ADDR : ID_IPV6_ADDR;
	case CERT_NAME_DN:
		return ID_DER_ASN1_DN;
	default:
		return ID_ANY;		/* no identity of IKE */
	}
}

struct ident *
ident_from_subject(const struct cert *c)
{
	const uint8_t *der;
	size_t len;

	if (!cert_has_subject(c))
		return NULL;
	der = cert_subject(c, &len);
	return ident_new(ID_DER_ASN1_DN, der, len);
}

struct ident *
ident_of_cert(const struct cert *c, size_t i)
{
	const struct cert_name *n;
	size_t k;

	if (cert_has_subject(c) && i-- == 0)
		return ident_from_subject(c);
	for (k = 0; k < cert_n_names(c); k++) {
		n = cert_name(c, k);
		if (type_of(n) != ID_ANY && i-- == 0)
			return ident_new(type_of(n), n->p, n->len);
	}
	return NULL;
}

const char *
ident_cert_str(const struct cert *c, char buf[IDENT_CERT_STRLEN])
{
	char text[IDENT_STRLEN];
	struct ident *id;
	size_t i, at = 0;
	int n;

	snprintf(buf, IDENT_CERT_STRLEN, "no identity at all");
	for (i = 0; (id = ident_of_cert(c, i)) != NULL; i++) {
		n = snprintf(buf + at, IDENT_CERT_STRLEN - at, "%s%.*s (%s)",
		    i > 0 ? ", " : "", 150, ident_str(id, text),
		    ident_type_str(id));
		ident_free(id);
		if (n < 0 || (size_t)n >= IDENT_CERT_STRLEN - at - 6) {
			snprintf(buf + at, IDENT_CERT_STRLEN - at, ", ...");
			break;
		}
		at += (size_t)n;
	}
	return buf;
}

static bool
has(const struct cert *c, const struct ident *id)
{
	const struct cert_name *n;
	size_t i;

	if (id->type == ID_DER_ASN1_DN)
		return cert_has_dn(c, id->value, id->len);
	for (i = 0; i < cert_n_names(c); i++) {
		n = cert_name(c, i);
		if (type_of(n) != id->type || n->len != id->len)
			continue;
		if (id->type == ID_FQDN || id->type == ID_RFC822_ADDR ?
		    strncasecmp((const char *)n->p, (const char *)id->value,
		    n->len) == 0 : memcmp(n->p, id->value, n->len) == 0)
			return true;
	}
	return false;
}

int
ident_in_cert(const struct ident *id, const struct cert *c, struct err *e)
{
	char text[IDENT_STRLEN], all[IDENT_CERT_STRLEN];

	switch (id->type) {
	case ID_FQDN:
	case ID_RFC822_ADDR:
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
	case ID_DER_ASN1_DN:
		if (has(c, id))
			return 0;
		break;
	default:
		return err_set(e, ERR_INVALID, "the identity '%.150s' is a key "
		    "identifier, which no certificate can hold",
		    ident_str(id, text));
	}
	return err_set(e, ERR_INVALID, "the identity '%.150s' (%s) is neither the "
	    "subject nor a subjectAltName of the certificate, which holds %s",
	    ident_str(id, text), ident_type_str(id), ident_cert_str(c, all));
}
