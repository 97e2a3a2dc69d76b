#include "offers.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/build1.h"
#include "sample.h"
#include "tests/unit.h"

const uint8_t esp_spi[4] = { 0xc0, 1, 2, 3 };
const uint8_t ike_spi[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

struct message travelled;
static uint8_t wire_buf[4096];

static void
append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len > 0 ? " " : "", name);
}

static void
add_named(struct algs *a, enum transform_type type, char *names)
{
	char *save, *p;

	for (p = strtok_r(names, " ", &save); p != NULL;
	    p = strtok_r(NULL, " ", &save)) {
		a->t = realloc(a->t, (a->n + 1) * sizeof(*a->t));
		CU_ASSERT_FATAL(a->t != NULL);
		a->t[a->n++] = (struct transform){ (uint8_t)type, false,
		    type == T_ENCR ? encr_by_name(p)->id : type == T_INTEG ?
		    integ_by_name(p)->id : type == T_PRF ? prf_by_name(p)->id :
		    ke_by_name(p)->id,
		    type == T_ENCR ? encr_by_name(p)->key_bits : 0 };
	}
}

struct algs
algs_of(unsigned int version, const char *text)
{
	static struct algs made[16];
	static unsigned int n;
	char copy[96], cipher[96] = "", auth[96] = "", prf[96] = "", dh[96] = "";
	struct algs *a = &made[n++ % 16];
	char *save, *p;

	algs_fini(a);
	a->ike1 = version == 1;
	if (strcmp(text, "default") == 0)
		return *a;
	snprintf(copy, sizeof(copy), "%s", text);
	for (p = strtok_r(copy, "-", &save); p != NULL;
	    p = strtok_r(NULL, "-", &save))
		append(encr_by_name(p) != NULL ? cipher : strncmp(p, "prf", 3) ==
		    0 ? prf : integ_by_name(p) != NULL ? auth : dh, 96, p);
	add_named(a, T_ENCR, cipher);
	add_named(a, T_INTEG, auth);
	add_named(a, T_PRF, prf);
	add_named(a, T_KE, dh);
	a->ike1 = version == 1;
	return *a;
}

struct algs
algs(const char *text)
{
	return algs_of(2, text);
}

const struct payload *
travel_as(const struct proposal *p, size_t n)
{
	struct build b;

	build_begin(&b, wire_buf, sizeof(wire_buf), &sample_header);
	build_sa(&b, p, n);
	CU_ASSERT_EQUAL_FATAL(message_parse(&travelled, wire_buf, build_end(&b), NULL), 0);
	return message_find(&travelled, PL_SA);
}

const struct payload *
travel(struct offer *o, const void *spi, size_t spi_len)
{
	offer_spi(o, spi, spi_len);
	return travel_as(o->p, o->n);
}

static const struct ike_header header1 = { .spi_i = 1, .exchange = EXCH1_QUICK };

const struct payload *
travel1(struct offer *o, const struct proposal1 *chosen)
{
	static const struct sa1_terms ike = { .auth = AUTH1_PSK, .life_s = 14400 };
	static const struct sa1_terms esp = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	bool phase1 = o->kind == OFFER_IKE;
	struct build b;

	offer_spi(o, esp_spi, phase1 ? 0 : 4);
	build1_begin(&b, wire_buf, sizeof(wire_buf), &header1);
	if (chosen == NULL)
		build1_sa(&b, o->p, o->n, phase1 ? &ike : &esp);
	else
		build1_chosen(&b, phase1 ? PROTO_IKE : PROTO_ESP, chosen,
		    phase1 ? NULL : esp_spi, phase1 ? 0 : 4);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&travelled, wire_buf, build_end(&b), NULL), 0);
	return message_find(&travelled, PL_SA);
}

bool
offers(const struct offer *o, uint8_t type, uint16_t id, uint16_t key_bits)
{
	size_t i, j;

	for (i = 0; i < o->n; i++)
		for (j = 0; j < o->p[i].n; j++)
			if (o->p[i].t[j].type == type && o->p[i].t[j].id == id &&
			    o->p[i].t[j].key_bits == key_bits)
				return true;
	return false;
}

/* The peer's offer on the wire, and what we chose of it. */
static const struct payload *
travel_offer(struct offer *o, unsigned int version)
{
	if (version == 1)
		return travel1(o, NULL);
	return travel(o, esp_spi, o->kind == OFFER_IKE ? 0 : 4);
}

static const struct payload *
travel_answer(struct offer *theirs, const struct payload *offered,
	      const struct choice *c, unsigned int version)
{
	struct proposal1 chosen;
	struct offer answer;

	if (version == 1) {		/* the transform itself */
		chosen = offered->sa.v1[c->num - 1];
		return travel1(theirs, &chosen);
	}
	offer_chosen(&answer, theirs->kind, c);
	return travel_offer(&answer, version);
}

void
check_select(const struct select_row *r, unsigned int version)
{
	struct algs a = algs_of(version, r->ours), b = algs_of(version, r->theirs);
	char buf[SUITE_STRLEN];
	const struct payload *sa;
	struct offer ours, theirs;
	struct err e = ERR_INIT;
	struct choice c;
	const char *got;
	int ret;

	offer_init(&ours, r->kind, &a, true);
	offer_init(&theirs, r->kind, &b, true);
	if (version == 1 && r->kind == OFFER_CHILD)
		(void)offer_one_ke(&theirs);
	sa = travel_offer(&theirs, version);
	ret = offer_select(&ours, sa, r->ke, &c, &e);
	got = ret == 0 ? suite_str(&c.suite, buf) : e.text;
	CHECK_ROW(r->line, (ret == 0) == r->ok);
	CHECK_ROW(r->line, ret == 0 ? strcmp(got, r->chosen) == 0 :
	    strstr(got, r->chosen) != NULL);
	if (strstr(got, r->chosen) == NULL)
		printf("\n    got: %s\n", got);
	if (ret < 0)
		return;
	CHECK_ROW(r->line, c.wrong_ke == r->wrong_ke);
	/* What we answer, the peer takes. */
	CHECK_ROW(r->line, offer_verify(&theirs, travel_answer(&theirs, sa, &c,
	    version), &c, &e) == 0);
	CHECK_ROW(r->line, strcmp(suite_str(&c.suite, buf), r->chosen) == 0);
}
