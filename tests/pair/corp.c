#include "corp.h"

#include <stdio.h>

#include "store.h"

struct corp corp;

void
corp_make(void)
{
	pki_set_now(WALL);
	if (corp.root != NULL)
		return;
	corp.root = pki_make(&(struct pki_spec){ .kind = PKI_CA,
	    .subject = "CN=Root, O=Example", .from = WALL - 30 * PKI_DAY,
	    .to = WALL + 3650 * PKI_DAY });
	corp.inter = pki_inter(corp.root, "CN=Sub CA, O=Example");
	corp.other = pki_root("CN=Other, O=Elsewhere");
}

struct pki_cert *
corp_leaf(const char *key, const char *name)
{
	char san[64], subject[64];

	snprintf(san, sizeof(san), "DNS:%s", name);
	snprintf(subject, sizeof(subject), "CN=%s, O=Example", name);
	return pki_make(&(struct pki_spec){ .issuer = corp.inter, .key = key,
	    .subject = subject, .san = san });
}

void
corp_equip(struct node *n, const struct pki_cert *own, const struct pki_cert *above,
	   const struct pki_cert *ca)
{
	store_own(n, "own", own, above, NULL);
	store_ca(n, "corp", ca);
	store_known(n);
}
