/* esp/split, esp/merge: cut and joined packets are the packets there were. */
#include "esp/merge.h"
#include "esp/split.h"

#include <stdlib.h>

#include "tests/dataplane/packets.h"
#include "tests/unit.h"

#define MANY	200
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16, CWR = 128 };

/* What merge wrote, one after the other. */
static struct piece {
	struct virtio_net_hdr v;
	uint8_t		pkt[70000];
	size_t		len;
} out[MANY];
static size_t n_out;

static uint8_t in_pkt[MANY][2048];
static size_t in_len[MANY];

static void
collect(void *arg, const struct iovec *iov, size_t n)
{
	struct piece *p = &out[n_out++];
	size_t i;

	(void)arg;
	memcpy(&p->v, iov[0].iov_base, sizeof(p->v));
	p->len = 0;
	for (i = 1; i < n; i++) {
		memcpy(p->pkt + p->len, iov[i].iov_base, iov[i].iov_len);
		p->len += iov[i].iov_len;
	}
}

static void
merge_all(size_t n, bool tcp, bool udp)
{
	static struct merge m;
	static uint8_t copy[MANY][2048];
	struct inner in;
	size_t i;

	n_out = 0;
	merge_init(&m, tcp, udp, collect, NULL);
	memcpy(copy, in_pkt, sizeof(copy));
	for (i = 0; i < n; i++) {
		CU_ASSERT(inner_parse(&in, copy[i], in_len[i]));
		merge_add(&m, copy[i], &in);
	}
	merge_flush(&m);
}

/* Splits everything merge wrote: the packets of in_pkt again, in order, but for
 * identification and with right checksums. */
static bool
split_gives_back(size_t n)
{
	static uint8_t pkt[70000];
	struct split s;
	size_t i, got = 0;

	for (i = 0; i < n_out; i++) {
		if (!split_init(&s, &out[i].v, out[i].pkt, out[i].len))
			return false;
		for (; split_len(&s); got++) {
			size_t len = split_len(&s);

			split_next(&s, pkt);
			if (got >= n || len != in_len[got] || !packet_right(pkt, len))
				return false;
			if (pkt[0] >> 4 == 4) {
				memcpy(pkt + 4, in_pkt[got] + 4, 2);
				memcpy(pkt + 10, in_pkt[got] + 10, 2);
			}
			if (memcmp(pkt, in_pkt[got], len) != 0)
				return false;
		}
	}
	return got == n;
}

/* n packets of mss and one of last octets, with PSH. */
static size_t
stream(struct packet_spec s, size_t n, size_t mss, size_t last)
{
	size_t i;

	for (i = 0; i <= n; i++) {
		s.payload = i < n ? mss : last;
		s.flags = i < n ? ACK : ACK | PSH;
		if (s.payload == 0)
			break;
		in_len[i] = packet_make(in_pkt[i], &s);
		s.seq += (uint32_t)s.payload;
		s.id++;
	}
	return i;
}

static const struct {
	int		line;
	struct packet_spec spec;
	size_t		n, mss, last;
	size_t		want;		/* writes */
} streams[] = {
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP, .seq = 7 },
	  40, 1340, 100, 1 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP, .options = 12 },
	  45, 1328, 1328, 1 },
	{ __LINE__, { .family = AF_INET6, .proto = IPPROTO_TCP, .options = 12 },
	  40, 1308, 1, 1 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP,
	  .seq = 0xffffff00 }, 10, 1340, 3, 1 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP }, 130, 100, 100, 3 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP, .tos = 0xb8 },
	  60, 1340, 9, 2 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_UDP }, 30, 1200, 700, 1 },
	{ __LINE__, { .family = AF_INET6, .proto = IPPROTO_UDP }, 30, 1201, 0, 1 },
	{ __LINE__, { .family = AF_INET, .proto = IPPROTO_TCP }, 1, 1340, 0, 1 },
};

static void
test_streams(void)
{
	size_t i, n;

	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		n = stream(streams[i].spec, streams[i].n, streams[i].mss,
		    streams[i].last);
		merge_all(n, true, true);
		CHECK_ROW(streams[i].line, n_out == streams[i].want);
		CHECK_ROW(streams[i].line, split_gives_back(n));
		merge_all(n, false, false);
		CHECK_ROW(streams[i].line, n_out == n);
		CHECK_ROW(streams[i].line, split_gives_back(n));
	}
}

/* --- what must stay apart --- */

static void
change_gap(uint8_t *p)
{
	p[27]++;
}

static void
change_ack(uint8_t *p)
{
	p[31]++;
}

static void
change_window(uint8_t *p)
{
	p[35]++;
}

static void
change_tos(uint8_t *p)
{
	p[1] = 3;
}

static void
change_ttl(uint8_t *p)
{
	p[8]--;
}

static void
change_fin(uint8_t *p)
{
	p[33] |= FIN;
}

static void
change_urgent(uint8_t *p)
{
	p[33] |= 0x20;
}

static void
change_df(uint8_t *p)
{
	p[6] = 0;
}

static void
change_fragment(uint8_t *p)
{
	p[6] = 0x20;
}

static void
change_port(uint8_t *p)
{
	p[21]++;
}

static void
fix_sums(uint8_t *p, size_t len)
{
	w16(p + 10, 0);
	w16(p + 10, (uint16_t)~sum16(0, p, 20));
	w16(p + 36, 0);
	w16(p + 36, (uint16_t)~l4_sum(p, len));
}

static const struct {
	int		line;
	void		(*change)(uint8_t *);
} changes[] = {
	{ __LINE__, change_gap }, { __LINE__, change_ack },
	{ __LINE__, change_window }, { __LINE__, change_tos },
	{ __LINE__, change_ttl }, { __LINE__, change_fin },
	{ __LINE__, change_urgent }, { __LINE__, change_df },
	{ __LINE__, change_fragment }, { __LINE__, change_port },
};

static void
test_apart(void)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_TCP };
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		stream(s, 2, 1000, 0);
		changes[i].change(in_pkt[1]);
		fix_sums(in_pkt[1], in_len[1]);
		merge_all(2, true, true);
		CHECK_ROW(changes[i].line, n_out == 2);
	}
	stream(s, 2, 1000, 0);
	merge_all(2, true, true);
	CU_ASSERT_EQUAL(n_out, 1);
}

/* A checksum that was wrong must reach the inner host wrong. */
static void
test_checksums(void)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_TCP };
	size_t bad, i;

	for (bad = 0; bad < 4; bad++) {
		stream(s, 4, 1000, 0);
		in_pkt[bad][500] ^= 1;
		merge_all(4, true, true);
		for (i = 0; i < n_out; i++) {
			if (out[i].v.gso_type != VIRTIO_NET_HDR_GSO_NONE)
				continue;
			CU_ASSERT(!(out[i].v.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM));
		}
		CU_ASSERT(n_out > 1);
		for (i = 0; i < n_out; i++)
			if (out[i].v.gso_type != VIRTIO_NET_HDR_GSO_NONE)
				CU_ASSERT(memmem(out[i].pkt, out[i].len,
				    in_pkt[bad] + 480, 40) == NULL);
	}
}

/* Order within a connection, whatever is mixed into it. */
static void
test_order(void)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_TCP };
	uint32_t seq[4] = { 0 }, next[4] = { 0 };
	size_t i, flow;

	srand(1);
	for (i = 0; i < MANY; i++) {
		flow = (size_t)rand() % 4;
		s.sport = (uint16_t)(1000 + flow);
		s.seq = seq[flow];
		s.payload = rand() % 3 ? 1000 : (size_t)rand() % 1000;
		s.flags = rand() % 5 ? ACK : rand() % 2 ? ACK | PSH : ACK | FIN;
		in_len[i] = packet_make(in_pkt[i], &s);
		seq[flow] += (uint32_t)s.payload;
	}
	merge_all(MANY, true, true);
	CU_ASSERT(n_out < MANY);
	for (i = 0; i < n_out; i++) {
		const uint8_t *t = out[i].pkt + 20;

		flow = (size_t)(t[0] << 8 | t[1]) - 1000;
		CU_ASSERT_FATAL(flow < 4);
		CU_ASSERT_EQUAL(next[flow], ((uint32_t)t[4] << 24 | t[5] << 16 |
		    t[6] << 8 | t[7]));
		next[flow] += (uint32_t)(out[i].len - 40);
	}
	for (flow = 0; flow < 4; flow++)
		CU_ASSERT_EQUAL(next[flow], seq[flow]);
}

/* --- split alone: flags, and headers that lie --- */

static void
super(struct virtio_net_hdr *v, uint8_t *pkt, size_t *len, uint8_t flags)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_TCP,
	    .flags = flags, .payload = 3000 };

	*len = packet_make(pkt, &s);
	/* The device gets the sum of the pseudo header in the field. */
	w16(pkt + 36, sum16((uint32_t)(*len - 20) + 6, pkt + 12, 8));
	*v = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .hdr_len = 40,
	    .gso_size = 1300, .csum_start = 20, .csum_offset = 16 };
}

static void
test_flags(void)
{
	static const uint8_t want[] = { ACK | CWR, ACK, ACK | PSH | FIN };
	uint8_t pkt[4000], piece[4000];
	struct virtio_net_hdr v;
	struct split s;
	size_t len, i;

	super(&v, pkt, &len, ACK | PSH | FIN | CWR);
	v.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	CU_ASSERT(split_init(&s, &v, pkt, len));
	for (i = 0; i < 3; i++) {
		len = split_len(&s);
		CU_ASSERT_EQUAL(len, i < 2 ? 1340 : 440);
		split_next(&s, piece);
		CU_ASSERT_EQUAL(piece[33], want[i]);
		CU_ASSERT_EQUAL(piece[5], i);
		CU_ASSERT(packet_right(piece, len));
	}
	CU_ASSERT_EQUAL(split_len(&s), 0);
}

/* RFC 768: a UDP checksum that comes out as 0 is sent as 0xffff. */
static void
test_udp_zero(void)
{
	struct packet_spec spec = { .family = AF_INET, .proto = IPPROTO_UDP };
	struct virtio_net_hdr v = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    .csum_start = 20, .csum_offset = 6 };
	uint8_t pkt[100], out_pkt[100];
	struct split s;
	size_t len;

	/* The port that brings the sum of everything else to 0xffff. */
	len = packet_make(pkt, &spec);
	w16(pkt + 26, 0);
	w16(pkt + 20, 0xffff - l4_sum(pkt, len));
	w16(pkt + 26, sum16((uint32_t)(len - 20) + IPPROTO_UDP, pkt + 12, 8));
	CU_ASSERT(split_init(&s, &v, pkt, len));
	split_next(&s, out_pkt);
	CU_ASSERT(out_pkt[26] == 0xff && out_pkt[27] == 0xff);
	CU_ASSERT(packet_right(out_pkt, len));
}

static void
test_lies(void)
{
	uint8_t pkt[4000];
	struct virtio_net_hdr good, v;
	struct split s;
	size_t len;

	super(&good, pkt, &len, ACK);
	CU_ASSERT(split_init(&s, &good, pkt, len));
	CU_ASSERT(!split_init(&s, &good, pkt, len - 1));
	CU_ASSERT(!split_init(&s, &good, pkt, 0));
	v = good;
	v.gso_size = 0;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.csum_start = 3039;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.csum_start = 0xffff;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.csum_offset = 0xffff;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.csum_start = 8;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.flags = 0;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	v.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	v = good;
	pkt[32] = 0x10;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
	pkt[32] = 0xf0;
	CU_ASSERT(split_init(&s, &v, pkt, len));
	pkt[0] = 0x55;
	CU_ASSERT(!split_init(&s, &v, pkt, len));
}

/* --- anything at all: nothing is read or written out of bounds --- */

static struct virtio_net_hdr
device_header(const struct packet_spec *s)
{
	bool v6 = s->family == AF_INET6, tcp = s->proto == IPPROTO_TCP;

	return (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    .gso_type = !tcp ? VIRTIO_NET_HDR_GSO_UDP_L4 : v6 ?
		VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
	    .gso_size = (uint16_t)(1 + rand() % 300), .csum_start = v6 ? 40 : 20,
	    .csum_offset = tcp ? 16 : 6 };
}

static void
test_noise(void)
{
	static uint8_t pkt[2048], piece[70000];
	static struct merge m;
	struct virtio_net_hdr v;
	struct inner in;
	struct split s;
	size_t len, total = 0;
	int round;

	srand(2);
	merge_init(&m, true, true, collect, NULL);
	for (round = 0; round < 20000; round++) {
		struct packet_spec spec = {
			.family = rand() % 2 ? AF_INET : AF_INET6,
			.proto = rand() % 2 ? IPPROTO_TCP : IPPROTO_UDP,
			.payload = (size_t)rand() % 400, .flags = ACK,
		};

		len = packet_make(pkt, &spec);
		v = device_header(&spec);
		if (rand() % 2)
			pkt[rand() % 60] = (uint8_t)rand();
		if (rand() % 2)
			((uint8_t *)&v)[rand() % (int)sizeof(v)] = (uint8_t)rand();
		len = rand() % 4 ? len : (size_t)rand() % (len + 1);
		if (split_init(&s, &v, pkt, len)) {
			while (split_len(&s)) {
				CU_ASSERT_FATAL(split_len(&s) <= len);
				split_next(&s, piece);
				total++;
			}
		}
		if (inner_parse(&in, pkt, len)) {
			n_out = 0;
			merge_add(&m, pkt, &in);
			merge_add(&m, pkt, &in);
			merge_flush(&m);
			CU_ASSERT(n_out == 1 || n_out == 2);
		}
	}
	CU_ASSERT(total > 20000);
}

UNIT_MAIN("esp/split and esp/merge",
	{ "split(merge(x)) is x", test_streams },
	{ "what differs stays apart", test_apart },
	{ "wrong checksums stay wrong", test_checksums },
	{ "order within a connection", test_order },
	{ "flags of the pieces", test_flags },
	{ "a UDP checksum of 0", test_udp_zero },
	{ "headers that lie", test_lies },
	{ "noise", test_noise },
)
