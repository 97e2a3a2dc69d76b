/*
 * buf: bounded, sticky cursors over bytes: the only pointer arithmetic on
 * foreign bytes in the whole tree.
 *
 * After the first overrun every later call fails (reads give 0 or NULL), so a
 * parser checks rbuf_ok() once at the end and a builder wbuf_ok().  Neither
 * allocates; the memory belongs to the caller.  Numbers are in network order.
 */
#ifndef CULVERT_BUF_H
#define CULVERT_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rbuf {
	const uint8_t	*p;
	size_t		 len;		/* bytes in all */
	size_t		 off;		/* bytes already read */
	bool		 bad;
};

void		 rbuf_init(struct rbuf *, const void *, size_t);
static inline bool   rbuf_ok(const struct rbuf *b) { return !b->bad; }
static inline size_t rbuf_left(const struct rbuf *b)
	{ return b->bad ? 0 : b->len - b->off; }
uint8_t		 rbuf_u8(struct rbuf *);
uint16_t	 rbuf_u16(struct rbuf *);
uint32_t	 rbuf_u32(struct rbuf *);
uint64_t	 rbuf_u64(struct rbuf *);
/* The next n bytes, in place; NULL after an overrun (or when n is 0). */
const uint8_t	*rbuf_bytes(struct rbuf *, size_t n);
void		 rbuf_copy(struct rbuf *, void *out, size_t n);
void		 rbuf_skip(struct rbuf *, size_t n);
/* A cursor over the next n bytes, which this one steps over. */
struct rbuf	 rbuf_sub(struct rbuf *, size_t n);

struct wbuf {
	uint8_t		*p;
	size_t		 size;
	size_t		 len;		/* bytes written */
	bool		 bad;
};

void	 wbuf_init(struct wbuf *, void *, size_t size);
static inline bool wbuf_ok(const struct wbuf *b) { return !b->bad; }
void	 wbuf_u8(struct wbuf *, uint8_t);
void	 wbuf_u16(struct wbuf *, uint16_t);
void	 wbuf_u32(struct wbuf *, uint32_t);
void	 wbuf_u64(struct wbuf *, uint64_t);
void	 wbuf_bytes(struct wbuf *, const void *, size_t);
void	 wbuf_zero(struct wbuf *, size_t n);
/* n bytes to be filled in by the caller; NULL after an overrun. */
uint8_t	*wbuf_space(struct wbuf *, size_t n);
/* For lengths known only later: remember wbuf.len, patch there. */
void	 wbuf_patch_u8(struct wbuf *, size_t at, uint8_t);
void	 wbuf_patch_u16(struct wbuf *, size_t at, uint16_t);
void	 wbuf_patch_u32(struct wbuf *, size_t at, uint32_t);

#endif
