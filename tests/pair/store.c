#include "store.h"

static void
tell(struct node *n, enum cert_kind kind, const char *label,
     const struct pki_cert *const *certs, size_t count)
{
	struct der_octets der[3] = { { NULL, 0 } };
	size_t i;

	for (i = 0; i < count; i++) {
		der[i].der = certs[i]->der;
		der[i].len = certs[i]->len;
	}
	engine_certificate(n->engine, node_now(n), kind, label, der, count);
}

void
store_own(struct node *n, const char *label, const struct pki_cert *leaf,
	  const struct pki_cert *above, const struct pki_cert *top)
{
	const struct pki_cert *certs[3] = { leaf, above, top };

	n->key = leaf->key;
	tell(n, CERT_LOCAL, label, certs, above == NULL ? 1 : top == NULL ? 2 : 3);
}

void
store_ca(struct node *n, const char *label, const struct pki_cert *ca)
{
	tell(n, CERT_CA, label, &ca, 1);
}

void
store_gone(struct node *n, const char *label)
{
	tell(n, CERT_LOCAL, label, NULL, 0);
}

void
store_known(struct node *n)
{
	engine_certificates_known(n->engine, node_now(n));
}
