/*
 * An engine and a peer that says whatever comes: in clear, under keys of a key
 * exchange (as anybody can), or authenticated.
 *
 * input: a byte for the stage, then messages: exchange, flags, first payload,
 * message id, length (2), body.  They are sealed with the peer's keys, so that
 * nothing stops at the integrity check.  With flag 0x10 the body begins with the
 * numbers of a fragment (RFC 7383): which, of how many.
 */
#include <stdint.h>

#include "alice.h"
#include "buf.h"
#include "tests/pair/puppet.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum stage { CLEAR, STRANGER, PEER, STAGES };

#define MESSAGES_MAX	16

static struct puppet p;

/* RFC 7296 3.14, by hand: the body is not made of proper payloads. */
static void
say(enum stage stage, uint8_t exchange, uint8_t flags, uint8_t first, uint32_t msgid,
    const uint8_t *body, size_t len)
{
	bool response = (flags & FLAG_RESPONSE) != 0;

	if (stage == CLEAR) {
		puppet_clear(&p, exchange, flags, msgid);
		wbuf_bytes(&p.b.w, body, len);
		p.len = build_end(&p.b);
		p.buf[16] = first;
	} else {
		/* The id that is due, mostly: else hardly any would be read. */
		if (msgid < 128)
			msgid = response ? 0 : p.msgid++;
		puppet_begin(&p, exchange, response, msgid);
		wbuf_bytes(&p.b.w, body, len);
		p.buf[IKE_HDR_LEN] = first;
		puppet_seal(&p);
	}
	puppet_send(&p);
}

/* All fragments of a message have one id, of which the last is the end. */
static void
say_part(uint8_t exchange, uint8_t flags, uint8_t first, uint32_t msgid,
	 const uint8_t *body, size_t len)
{
	struct parts part = { .exchange = exchange, .first = first,
	    .response = (flags & FLAG_RESPONSE) != 0, .msgid = msgid };
	uint16_t number = body[0], total = body[1];

	if (msgid < 128)
		part.msgid = part.response ? 0 : p.msgid;
	if (number == total && !part.response)
		p.msgid++;
	puppet_begin_part(&p, &part, number, total);
	wbuf_bytes(&p.b.w, body + 2, len - 2);
	puppet_seal(&p);
	puppet_send(&p);
}

static void
talk(enum stage stage, struct rbuf *r)
{
	static const uint8_t exchanges[] = { EXCH_IKE_SA_INIT, EXCH_IKE_AUTH,
	    EXCH_CREATE_CHILD_SA, EXCH_INFORMATIONAL };
	struct err refused = ERR_INIT;
	int i;

	for (i = 0; i < MESSAGES_MAX && rbuf_left(r) > 6; i++) {
		uint8_t exchange = rbuf_u8(r), flags = rbuf_u8(r);
		uint8_t first = rbuf_u8(r), id = rbuf_u8(r);
		size_t len = rbuf_u16(r);
		const uint8_t *body;

		if (len > rbuf_left(r))
			len = rbuf_left(r);
		if (len > 2048)
			len = 2048;
		body = rbuf_bytes(r, len);
		if (exchange < 200)
			exchange = exchanges[exchange % 4];
		if (flags & 0x40)
			world_run(&w, 5000);
		/* So that it waits for an answer; refused if it is down. */
		if (stage == PEER && flags & 0x80 && engine_command(
		    alice->engine, w.now, flags & 1 ? ENGINE_REKEY_CHILD :
		    ENGINE_REKEY_IKE, 1, &refused) < 0)
			must(refused.text[0] != '\0');
		if (stage != CLEAR && flags & 0x10 && len > 2)
			say_part(exchange, flags, first, id, body, len);
		else
			say(stage, exchange, flags, first, id, body, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum stage stage;
	struct rbuf r;

	if (size < 2 || size > 8192)
		return 0;
	rbuf_init(&r, data, size);
	stage = (enum stage)(rbuf_u8(&r) % STAGES);
	alice_start();
	node_config(alice, TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", ""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	p.fragments = true;
	if (stage != CLEAR)
		must(puppet_meet(&p));
	if (stage == PEER)
		must(puppet_authenticate(&p, "bob", "correct horse"));
	talk(stage, &r);
	alice_judge(stage != PEER);
	puppet_fini(&p);
	alice_stop();
	return 0;
}
