#include "nonce.h"

#include <string.h>

#include "context.h"

bool
nonce_make(struct engine *e, struct nonce *n)
{
	n->len = 32;
	return e->ops->random(e->ctx, n->b, n->len);
}

static bool
set(struct nonce *n, const struct bytes *b, size_t least)
{
	if (b->len < least || b->len > sizeof(n->b))
		return false;
	n->len = (uint16_t)b->len;
	memcpy(n->b, b->p, b->len);
	return true;
}

bool
nonce_set(struct nonce *n, const struct bytes *b)
{
	return set(n, b, 16);
}

bool
nonce1_set(struct nonce *n, const struct bytes *b)
{
	return set(n, b, 8);
}

int
nonce_cmp(const struct nonce *a, const struct nonce *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int d = memcmp(a->b, b->b, n);

	return d != 0 ? d : (int)a->len - (int)b->len;
}
