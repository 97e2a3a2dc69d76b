#include "sample_check.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/message1.h"
#include "tests/unit.h"

uint8_t *
sample_exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

int
sample_parse(const struct sample *s, struct message *m, const uint8_t *bytes,
	     size_t len, struct err *e)
{
	if (!s->inner)
		return s->v1 ? message1_parse(m, bytes, len, e) :
		    message_parse(m, bytes, len, e);
	/* -1: its length is that of the whole message, which is not here. */
	CU_ASSERT(header_parse(&m->hdr, s->head, sizeof(s->head), NULL) < 0);
	memset(&m->sk, 0, sizeof(m->sk));
	memset(&m->fragment, 0, sizeof(m->fragment));
	m->sk.present = true;
	m->sk.first = s->first;
	return s->v1 ? message1_parse_inner(m, bytes, len, e) :
	    message_parse_chain(m, s->first, bytes, len, e);
}

/* Without the padding, which nobody would miss. */
static size_t
end_of_payloads(const struct sample *s, struct message *m)
{
	CU_ASSERT_EQUAL(sample_parse(s, m, s->bytes, s->len, NULL), 0);
	if (!s->inner || m->n == 0)
		return s->len;
	return (size_t)(m->pl[m->n - 1].body.p - s->bytes) +
	    m->pl[m->n - 1].body.len;
}

/* The header's length says the truth, so that the payloads are looked at. */
static void
check_cut(const struct sample *s, struct message *m, size_t len, uint16_t malformed)
{
	uint8_t *bytes = sample_exact(s->bytes, len);
	struct err e = ERR_INIT;

	if (!s->inner && len >= IKE_HDR_LEN) {
		bytes[26] = (uint8_t)(len >> 8);
		bytes[27] = (uint8_t)len;
	}
	CU_ASSERT(sample_parse(s, m, bytes, len, &e) < 0);
	CU_ASSERT(e.kind == ERR_INVALID && e.text[0] != '\0');
	CU_ASSERT(m->refuse == (s->inner || len >= IKE_HDR_LEN ? malformed : 0));
	free(bytes);
}

void
sample_check_truncated(size_t n, uint16_t malformed)
{
	static struct message m;
	size_t i, len, end;

	for (i = 0; i < n; i++) {
		end = end_of_payloads(&samples[i], &m);
		for (len = 0; len < end; len++)
			check_cut(&samples[i], &m, len, malformed);
	}
}
