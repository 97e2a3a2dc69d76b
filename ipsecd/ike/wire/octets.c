#include "octets.h"

#include "buf.h"

void
octets_u32(uint32_t v, uint8_t out[4])
{
	struct wbuf w;

	wbuf_init(&w, out, 4);
	wbuf_u32(&w, v);
}

void
octets_u64(uint64_t v, uint8_t out[8])
{
	struct wbuf w;

	wbuf_init(&w, out, 8);
	wbuf_u64(&w, v);
}

void
octets_spis(uint64_t first, uint64_t second, uint8_t out[16])
{
	octets_u64(first, out);
	octets_u64(second, out + 8);
}
