#include "merge.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "csum.h"

enum { TCP_PSH = 0x08, TCP_ACK = 0x10 };

#define PAYLOAD_MAX	65535

void
merge_init(struct merge *m, bool tcp, bool udp,
	   void (*write)(void *, const struct iovec *, size_t), void *arg)
{
	memset(m, 0, sizeof(*m));
	m->tcp = tcp;
	m->udp = udp;
	m->write = write;
	m->arg = arg;
}

static void
write_one(struct merge *m, uint8_t *pkt, size_t len)
{
	struct virtio_net_hdr v = { 0 };
	struct iovec iov[2] = { { &v, sizeof(v) }, { pkt, len } };

	m->write(m->arg, iov, 2);
}

/* --- out --- */

static void
headers_widen(struct merge_slot *s)
{
	uint8_t *l4 = s->pkt + s->in.hlen;
	uint32_t l4_len = s->hlen - s->in.hlen + s->payload;
	uint32_t len = s->hlen + s->payload;
	uint8_t *check = l4 + (s->proto == IPPROTO_TCP ? 16 : 6);
	uint16_t sum;

	if (s->in.family == AF_INET6) {
		put16(s->pkt + 4, (uint16_t)(len - 40));
	} else {
		put16(s->pkt + 2, (uint16_t)len);
		csum_ip4(s->pkt, s->in.hlen);
	}
	if (s->proto == IPPROTO_UDP)
		put16(l4 + 4, (uint16_t)l4_len);
	sum = csum_fold(csum_pseudo(s->pkt + inner_addr_off(s->in.family),
	    inner_addr_len(s->in.family), l4_len, s->proto));
	memcpy(check, &sum, sizeof(sum));
}

static void
slot_flush(struct merge *m, struct merge_slot *s)
{
	struct virtio_net_hdr v = { 0 };

	if (s->proto == 0)
		return;
	if (s->n > 1) {
		headers_widen(s);
		v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		v.hdr_len = s->hlen;
		v.gso_size = s->mss;
		v.csum_start = s->in.hlen;
		v.csum_offset = s->proto == IPPROTO_TCP ? 16 : 6;
		v.gso_type = s->proto == IPPROTO_UDP ? VIRTIO_NET_HDR_GSO_UDP_L4 :
		    s->in.family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 :
		    VIRTIO_NET_HDR_GSO_TCPV6;
	}
	s->iov[0] = (struct iovec){ &v, sizeof(v) };
	m->write(m->arg, s->iov, 1 + s->n);
	s->proto = 0;
}

void
merge_flush(struct merge *m)
{
	unsigned int i;

	for (i = 0; i < MERGE_SLOTS; i++)
		slot_flush(m, &m->slot[i]);
}

/* --- which packets --- */

/* Length of both headers if more than one such packet could be merged, else 0.
 * in->len was checked by inner_parse(). */
static uint16_t
mergeable(const struct merge *m, const uint8_t *pkt, const struct inner *in)
{
	const uint8_t *l4 = pkt + in->hlen;
	size_t hlen = in->hlen;

	if (in->proto == IPPROTO_TCP) {
		if (!m->tcp || hlen + 20 > in->len)
			return 0;
		hlen += (size_t)(l4[12] >> 4) * 4;
		if ((l4[13] & ~TCP_PSH) != TCP_ACK || hlen < in->hlen + 20u)
			return 0;
	} else {
		hlen += 8;
		if (!m->udp || hlen > in->len ||
		    get16(l4 + 4) != in->len - in->hlen || get16(l4 + 6) == 0)
			return 0;
	}
	return hlen < in->len ? (uint16_t)hlen : 0;
}

static bool
has_ports(const struct inner *in)
{
	return (in->proto == IPPROTO_TCP || in->proto == IPPROTO_UDP) &&
	    in->plain && in->len >= in->hlen + 4u;
}

static struct merge_slot *
slot_find(struct merge *m, const uint8_t *pkt, const struct inner *in)
{
	unsigned int i;

	for (i = 0; i < MERGE_SLOTS; i++) {
		struct merge_slot *s = &m->slot[i];

		if (s->proto == in->proto && s->in.family == in->family &&
		    memcmp(s->pkt + s->in.hlen, pkt + in->hlen, 4) == 0 &&
		    memcmp(&s->in.src, &in->src, 2 * sizeof(in->src)) == 0)
			return s;
	}
	return NULL;
}

static bool
csum_right(const uint8_t *pkt, const struct inner *in)
{
	size_t l4_len = in->len - in->hlen;
	uint64_t sum = csum_pseudo(pkt + inner_addr_off(in->family),
	    inner_addr_len(in->family), (uint32_t)l4_len, in->proto);

	return csum_fold(csum_add(sum, pkt + in->hlen, l4_len)) == 0xffff;
}

/* Everything of the headers but length, identification, checksums, sequence
 * number and PSH. */
static bool
headers_same(const struct merge_slot *s, const uint8_t *pkt)
{
	const uint8_t *a = s->pkt, *b = pkt;
	size_t ip = s->in.hlen;

	if (s->in.family == AF_INET) {
		if (get16(a) != get16(b) || get16(a + 6) != get16(b + 6) ||
		    a[8] != b[8])
			return false;
	} else if (get32(a) != get32(b) || a[7] != b[7]) {
		return false;
	}
	if (s->proto == IPPROTO_UDP)
		return true;
	a += ip;
	b += ip;
	return memcmp(a + 8, b + 8, 5) == 0 &&		/* ack, offset */
	    get16(a + 14) == get16(b + 14) &&		/* window */
	    memcmp(a + 18, b + 18, s->hlen - ip - 18) == 0;
}

static bool
appendable(struct merge_slot *s, const uint8_t *pkt, const struct inner *in,
	   uint16_t hlen)
{
	uint32_t payload = in->len - hlen;

	if (s->closed || s->n == MERGE_SEGMENTS || hlen != s->hlen ||
	    payload > s->mss || s->hlen + s->payload + payload > PAYLOAD_MAX ||
	    (s->proto == IPPROTO_TCP && get32(pkt + in->hlen + 4) != s->next_seq) ||
	    !headers_same(s, pkt))
		return false;
	/* Merged, nobody behind us checks it any more. */
	if (!s->checked && !csum_right(s->pkt, &s->in)) {
		s->closed = true;
		return false;
	}
	s->checked = true;
	return csum_right(pkt, in);
}

static void
piece_add(struct merge_slot *s, uint8_t *pkt, const struct inner *in, uint16_t hlen)
{
	uint32_t payload = in->len - hlen;
	uint8_t *flags = s->pkt + s->in.hlen + 13;

	s->iov[1 + s->n] = s->n ?
	    (struct iovec){ pkt + hlen, payload } : (struct iovec){ pkt, in->len };
	s->n++;
	s->payload += payload;
	s->next_seq += payload;
	if (payload < s->mss)
		s->closed = true;
	if (s->proto == IPPROTO_TCP && pkt[in->hlen + 13] & TCP_PSH) {
		*flags |= TCP_PSH;
		s->closed = true;
	}
}

static void
slot_begin(struct merge *m, uint8_t *pkt, const struct inner *in, uint16_t hlen)
{
	struct merge_slot *s = NULL;
	unsigned int i;

	for (i = 0; i < MERGE_SLOTS && !s; i++)
		if (m->slot[i].proto == 0)
			s = &m->slot[i];
	if (!s) {
		s = &m->slot[m->next++ % MERGE_SLOTS];
		slot_flush(m, s);
	}
	s->proto = in->proto;
	s->closed = s->checked = false;
	s->pkt = pkt;
	s->in = *in;
	s->hlen = hlen;
	s->mss = (uint16_t)(in->len - hlen);
	s->payload = 0;
	s->n = 0;
	if (s->proto == IPPROTO_TCP)
		s->next_seq = get32(pkt + in->hlen + 4);
	piece_add(s, pkt, in, hlen);
}

void
merge_add(struct merge *m, uint8_t *pkt, const struct inner *in)
{
	struct merge_slot *s;
	uint16_t hlen;

	if (!has_ports(in)) {
		write_one(m, pkt, in->len);
		return;
	}
	s = slot_find(m, pkt, in);
	hlen = mergeable(m, pkt, in);
	if (s && hlen && appendable(s, pkt, in, hlen)) {
		piece_add(s, pkt, in, hlen);
		return;
	}
	if (s)
		slot_flush(m, s);
	if (hlen)
		slot_begin(m, pkt, in, hlen);
	else
		write_one(m, pkt, in->len);
}
