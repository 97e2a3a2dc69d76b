/*
 * bench_wire: nanoseconds of CPU time for decoding, checking and encoding the
 * messages of a set-up, and for negotiating.  Build without sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ike/proposal.h"
#include "ike/wire/build.h"
#include "ike/wire/message.h"
#include "tests/ike/sample.h"

#define ROUNDS	200000

static struct message m;
static uint8_t buf[4096];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
die(const char *what)
{
	fprintf(stderr, "bench_wire: %s\n", what);
	exit(1);
}

static int
decode(const struct sample *s)
{
	if (!s->inner)
		return message_parse(&m, s->bytes, s->len, NULL);
	memset(&m.sk, 0, sizeof(m.sk));
	m.hdr.exchange = s->head[18];
	m.hdr.flags = s->head[19];
	return message_parse_chain(&m, s->first, s->bytes, s->len, NULL);
}

static void
bench_decode(const struct sample *s)
{
	char line[MESSAGE_STRLEN];
	double t0, t1, t2;
	int i;

	t0 = now();
	for (i = 0; i < ROUNDS; i++)
		if (decode(s) < 0)
			die(s->want);
	t1 = now();
	for (i = 0; i < ROUNDS; i++)
		if (message_check(&m, NULL) < 0)
			die(s->want);
	t2 = now();
	printf("%-40.40s %5zu octets: decode %5.0f ns, check %3.0f ns\n",
	    message_str(&m, line), s->len, (t1 - t0) / ROUNDS, (t2 - t1) / ROUNDS);
}

static size_t
encode(enum offer_kind kind)
{
	static const uint8_t bytes[64] = { 1 };
	struct offer o;
	struct algs s = { 0 };
	struct build b;

	offer_init(&o, kind, &s, true);
	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_sa(&b, o.p, o.n);
	build_ke(&b, 31, bytes, 32);
	build_nonce(&b, bytes, 32);
	build_notify(&b, 0, N_NAT_DETECTION_SOURCE_IP, NULL, 0, bytes, 20);
	build_notify(&b, 0, N_NAT_DETECTION_DESTINATION_IP, NULL, 0, bytes, 20);
	return build_end(&b);
}

static void
bench_encode(void)
{
	size_t len = 0;
	double t0, t1;
	int i;

	t0 = now();
	for (i = 0; i < ROUNDS; i++)
		len = encode(OFFER_IKE);
	t1 = now();
	if (len == 0)
		die("no room");
	printf("%-40s %5zu octets: encode %5.0f ns\n", "our IKE_SA_INIT request", len,
	    (t1 - t0) / ROUNDS);
}

static void
bench_select(const char *whose, const uint8_t *bytes, size_t len)
{
	const struct payload *sa;
	struct offer o;
	struct algs s = { 0 };
	struct choice c;
	double t0, t1;
	int i;

	if (message_parse(&m, bytes, len, NULL) < 0)
		die(whose);
	sa = message_find(&m, PL_SA);
	t0 = now();
	for (i = 0; i < ROUNDS; i++) {
		offer_init(&o, OFFER_IKE, &s, true);
		if (offer_select(&o, sa, 31, &c, NULL) < 0)
			die(whose);
	}
	t1 = now();
	printf("choose from %-47s: %5.0f ns\n", whose, (t1 - t0) / ROUNDS);
}

int
main(void)
{
	size_t i, n = sample_load("ikev2-messages.txt"), len;

	if (n == 0)
		die("no messages (set top_srcdir)");
	for (i = 0; i < n; i++)
		if (samples[i].len > 100)
			bench_decode(&samples[i]);
	bench_encode();
	len = encode(OFFER_IKE);
	bench_select("our own default offer", buf, len);
	bench_select("strongSwan's default offer", samples[0].bytes, samples[0].len);
	printf("struct message: %zu octets\n", sizeof(struct message));
	return 0;
}
