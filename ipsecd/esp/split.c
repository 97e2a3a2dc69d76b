#include "split.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "csum.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80 };

static bool
segments_init(struct split *s, const struct virtio_net_hdr *v)
{
	size_t hlen = s->l4;

	switch (v->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		if (hlen + 20 > s->in.len)
			return false;
		s->proto = IPPROTO_TCP;
		hlen += (size_t)(s->pkt[hlen + 12] >> 4) * 4;
		if (hlen < s->l4 + 20u || s->csum_at != s->l4 + 16)
			return false;
		break;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		s->proto = IPPROTO_UDP;
		hlen += 8;
		if (s->csum_at != s->l4 + 6)
			return false;
		break;
	default:
		return false;
	}
	s->mss = v->gso_size;
	s->hlen = (uint16_t)hlen;
	s->off = s->hlen;
	return s->csum && s->mss && hlen < s->in.len;
}

bool
split_init(struct split *s, const struct virtio_net_hdr *v,
	   const uint8_t *pkt, size_t len)
{
	memset(s, 0, sizeof(*s));
	if (!inner_parse(&s->in, pkt, len))
		return false;
	s->pkt = pkt;
	if (v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		s->csum = true;
		s->l4 = v->csum_start;
		if (s->l4 < s->in.hlen ||
		    (size_t)s->l4 + v->csum_offset + 2 > s->in.len)
			return false;
		s->csum_at = (uint16_t)(s->l4 + v->csum_offset);
	}
	if (v->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return segments_init(s, v);
	return true;
}

static void
ip_fix(const struct split *s, uint8_t *out, size_t len)
{
	if (s->in.family == AF_INET6) {
		put16(out + 4, (uint16_t)(len - 40));
		return;
	}
	put16(out + 2, (uint16_t)len);
	put16(out + 4, (uint16_t)(get16(out + 4) + s->n));
	csum_ip4(out, s->in.hlen);
}

static void
tcp_fix(const struct split *s, uint8_t *out, bool last)
{
	uint8_t *tcp = out + s->l4;

	put32(tcp + 4, get32(tcp + 4) + s->off - s->hlen);
	if (!last)
		tcp[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
	if (s->n > 0)
		tcp[13] &= (uint8_t)~TCP_CWR;
}

/*
 * The field holds the sum of the pseudo header with the length that the whole
 * has; that it holds is easier than to find the addresses behind a routing
 * header.
 */
static void
csum_fix(const struct split *s, uint8_t *out, size_t len)
{
	uint16_t partial, sum;
	uint64_t total;

	memcpy(&partial, out + s->csum_at, 2);
	memset(out + s->csum_at, 0, 2);
	total = csum_add(partial, out + s->l4, len - s->l4);
	if (s->proto) {
		total += (uint16_t)~htons((uint16_t)(s->in.len - s->l4));
		total += htons((uint16_t)(len - s->l4));
	}
	sum = (uint16_t)~csum_fold(total);
	/* A UDP checksum of 0 would say that there is none. */
	if (sum == 0 && s->csum_at == s->l4 + 6)
		sum = 0xffff;
	memcpy(out + s->csum_at, &sum, 2);
}

void
split_next(struct split *s, uint8_t *out)
{
	size_t len = split_len(s), payload = len - s->hlen;

	memcpy(out, s->pkt, s->hlen);
	memcpy(out + s->hlen, s->pkt + s->off, payload);
	if (s->proto) {
		ip_fix(s, out, len);
		if (s->proto == IPPROTO_TCP)
			tcp_fix(s, out, s->off + payload >= s->in.len);
		else
			put16(out + s->l4 + 4, (uint16_t)(8 + payload));
	}
	if (s->csum)
		csum_fix(s, out, len);
	s->off += (uint32_t)payload;
	s->n++;
}
