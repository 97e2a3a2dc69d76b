/*
 * The packets inside a tunnel: what split makes of anything the TUN device may
 * hand over, what merge makes of anything a peer may send, and that nothing is
 * read or written outside.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "esp/merge.h"
#include "esp/split.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
try_split(const uint8_t *data, size_t len)
{
	struct virtio_net_hdr v;
	struct split s;
	size_t n, total = 0;

	if (len < sizeof(v))
		return;
	memcpy(&v, data, sizeof(v));
	if (!split_init(&s, &v, data + sizeof(v), len - sizeof(v)))
		return;
	while ((n = split_len(&s)) != 0) {
		uint8_t *out = malloc(n);

		must(out != NULL && n <= len);
		split_next(&s, out);
		free(out);
		must(++total <= len);
	}
}

/* --- packets, each behind two octets of length --- */

struct counted {
	size_t	in;
	size_t	out;
};

static void
count(void *arg, const struct iovec *iov, size_t n)
{
	struct counted *c = arg;
	static volatile uint8_t sum;
	size_t i, k;

	must(n >= 2 && iov[0].iov_len == sizeof(struct virtio_net_hdr));
	for (i = 1; i < n; i++)
		for (k = 0; k < iov[i].iov_len; k++)
			sum = (uint8_t)(sum + ((const uint8_t *)iov[i].iov_base)[k]);
	c->out += n - 1;
}

static void
try_merge(const uint8_t *data, size_t len)
{
	static struct merge m;
	struct counted c = { 0, 0 };
	uint8_t *pkt[64];
	struct inner in;
	size_t n, i = 0;

	merge_init(&m, true, true, count, &c);
	while (len > 2 && i < 64) {
		n = (size_t)(data[0] << 8 | data[1]) % 2000;
		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		/* Of exactly that size, for the sanitizer. */
		pkt[i] = malloc(n ? n : 1);
		must(pkt[i] != NULL);
		memcpy(pkt[i], data, n);
		data += n;
		len -= n;
		if (inner_parse(&in, pkt[i], n)) {
			must(in.len <= n && in.hlen <= in.len);
			(void)!inner_ecn(pkt[i], &in, pkt[i][1]);
			merge_add(&m, pkt[i], &in);
			c.in++;
		}
		i++;
	}
	merge_flush(&m);
	must(c.in == c.out);
	while (i > 0)
		free(pkt[--i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	try_split(data, len);
	try_merge(data, len);
	return 0;
}
