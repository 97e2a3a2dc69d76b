#include "pki.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/cert.h"

struct cert *
pki_parse(struct crypto *c, const struct pki_cert *p)
{
	struct err e = ERR_INIT;
	struct cert *cert;

	if (cert_parse(c, p->der, p->len, &cert, &e) < 0) {
		fprintf(stderr, "pki: %s\n", e.text);
		exit(1);
	}
	return cert;
}
