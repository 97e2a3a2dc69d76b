#include "protect.h"

#include <string.h>

#include "fragment1.h"
#include "ike/context.h"
#include "ike/resend.h"
#include "ike/trace.h"
#include "phase1.h"
#include "ike/sa.h"

void
protect_begin(struct engine *e, const struct ike_sa *sa, struct build *b,
	      uint8_t exchange, uint32_t msgid)
{
	const struct ike_header h = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
		.exchange = exchange, .msgid = msgid,
	};

	build1_begin(b, e->out, sizeof(e->out), &h);
	build1_encrypted(b);
}

struct packet *
protect_end(struct engine *e, const struct ike_sa *sa, struct build *b, uint8_t iv[])
{
	const struct keys1 *k = &sa->v1->keys;
	uint8_t *text;
	size_t text_len, len = build1_seal(b, k->encr->block, &text, &text_len);

	if (len == 0)
		return NULL;
	trace_sealed(e, sa, e->out, len, text, text_len);
	if (!cbc_encrypt(e->crypto, k->encr, &k->key, iv, text, text_len))
		return NULL;
	return fragment1_split(e, sa, e->out, len);
}

bool
protect_open(struct engine *e, const struct ike_sa *sa, struct message *m,
	     uint8_t iv[], struct err *why)
{
	const struct keys1 *k = &sa->v1->keys;
	uint8_t next[CBC_IV];
	uint8_t *text = e->in + m->sk.aad_len;
	size_t len = m->sk.body.len;

	memcpy(next, iv, CBC_IV);
	if (!cbc_decrypt(e->crypto, k->encr, &k->key, next, text, len)) {
		err_set(why, ERR_INVALID, "%zu encrypted octets are not whole blocks "
		    "of %s", len, k->encr->name);
		return false;
	}
	if (message1_parse_inner(m, text, len, why) < 0 ||
	    message_check(m, why) < 0)
		return false;
	memcpy(iv, next, CBC_IV);
	return true;
}
