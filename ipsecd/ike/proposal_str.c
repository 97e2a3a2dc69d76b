/*
 * Suites, offers and single transforms as people write and read them.
 */
#include "proposal.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* IANA's name of a cipher with the key length where the guide has it: after
 * the letters of the family. */
static const char *
cipher_str(const struct transform *t, char *buf)
{
	const char *name = name_find(ike_encr_names, t->id);
	size_t family;

	if (name == NULL)
		name = "";
	family = strncmp(name, "aes", 3) == 0 ? 3 :
	    strncmp(name, "camellia", 8) == 0 ? 8 : strlen(name);
	if (*name == '\0')
		snprintf(buf, TRANSFORM_STRLEN, "cipher%u-%u", t->id, t->key_bits);
	else if (t->key_bits == 0)
		snprintf(buf, TRANSFORM_STRLEN, "%s", name);
	else
		snprintf(buf, TRANSFORM_STRLEN, "%.*s%u%s", (int)family, name,
		    t->key_bits, name + family);
	return buf;
}

static const char *
plain_str(const struct name *names, const char *kind, const struct transform *t,
	  char *buf)
{
	const char *name = name_find(names, t->id);

	if (name != NULL)
		snprintf(buf, TRANSFORM_STRLEN, "%s", name);
	else
		snprintf(buf, TRANSFORM_STRLEN, "%s%u", kind, t->id);
	return buf;
}

const char *
transform_str(const struct transform *t, char buf[TRANSFORM_STRLEN])
{
	switch (t->type) {
	case T_ENCR:
		return cipher_str(t, buf);
	case T_PRF:
		return plain_str(ike_prf_names, "prf", t, buf);
	case T_INTEG:
		return plain_str(ike_integ_names, "auth", t, buf);
	case T_KE:
		return plain_str(ike_ke_names, "dh", t, buf);
	case T_ESN:
		return plain_str(ike_esn_names, "esn", t, buf);
	default:
		snprintf(buf, TRANSFORM_STRLEN, "type%u:%u", t->type, t->id);
		return buf;
	}
}

const char *
suite_str(const struct suite *s, char buf[SUITE_STRLEN])
{
	struct text x = { buf, SUITE_STRLEN, 0 };
	const struct encr_alg *encr = suite_encr(s);
	const struct integ_alg *integ = suite_integ(s);
	const struct prf_alg *prf = suite_prf(s);
	const struct ke_alg *ke = suite_ke(s);

	text_add(&x, "%s", encr != NULL ? encr->name : "?");
	if (integ != NULL)
		text_add(&x, "-%s", integ->name);
	if (prf != NULL && (integ == NULL || integ->prf_id != prf->id))
		text_add(&x, "-%s", prf->name);
	if (ke != NULL)
		text_add(&x, "-%s", ke->name);
	if (s->esn)
		text_add(&x, "-esn");
	return buf;
}

const char *
suite_show(const struct suite *s, char buf[SUITE_STRLEN])
{
	struct text x = { buf, SUITE_STRLEN, 0 };
	const struct encr_alg *encr = suite_encr(s);
	const struct integ_alg *integ = suite_integ(s);
	const struct prf_alg *prf = suite_prf(s);
	const struct ke_alg *ke = suite_ke(s);

	text_add(&x, "%s", encr != NULL ? encr->show : "?");
	if (integ != NULL)
		text_add(&x, "/%s", integ->show);
	if (prf != NULL)
		text_add(&x, "/%s", prf->show);
	if (ke != NULL)
		text_add(&x, "/%s", ke->show);
	if (s->esn)
		text_add(&x, "/ESN");
	return buf;
}

/* Whether the proposal has the auth that a prf follows from. */
static bool
follows(const struct proposal *p, const struct transform *prf)
{
	const struct integ_alg *integ;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->t[i].type == T_INTEG &&
		    (integ = integ_find(p->t[i].id)) != NULL &&
		    integ->prf_id == prf->id)
			return true;
	return false;
}

static const char *
offer_text(const struct offer *o, bool brief, char buf[OFFER_STRLEN])
{
	struct text x = { buf, OFFER_STRLEN, 0 };
	char name[TRANSFORM_STRLEN];
	const char *sep = "";
	size_t i, j;

	buf[0] = '\0';
	for (i = 0; i < o->n; i++) {
		for (j = 0; j < o->p[i].n; j++) {
			const struct transform *t = &o->p[i].t[j];

			if (t->type == T_ESN || (brief && t->type == T_PRF &&
			    follows(&o->p[i], t)))
				continue;
			text_add(&x, "%s%s", sep, transform_str(t, name));
			sep = "-";
		}
		sep = ", ";
	}
	return buf;
}

const char *
offer_str(const struct offer *o, char buf[OFFER_STRLEN])
{
	return offer_text(o, false, buf);
}

const char *
algs_str(const struct algs *a, enum offer_kind kind, char buf[OFFER_STRLEN])
{
	struct offer o;

	if (algs_is_default(a)) {
		snprintf(buf, OFFER_STRLEN, "the default proposals");
		return buf;
	}
	offer_init(&o, kind, a, false);
	return offer_text(&o, true, buf);
}
