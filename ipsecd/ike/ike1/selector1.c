#include "selector1.h"

#include <string.h>

#include "ike/ts.h"

/* RFC 2407 4.6.2.1; those of one address are in numbers.h. */
enum {
	ID1_IPV4_SUBNET	= 4,
	ID1_IPV6_SUBNET	= 6,
	ID1_IPV4_RANGE	= 7,
	ID1_IPV6_RANGE	= 8,
};

enum form { ADDRESS, SUBNET, RANGE };

static const struct kind {
	uint8_t		type;
	uint8_t		len;		/* of an address */
	enum form	form;
} kinds[] = {
	{ ID_IPV4_ADDR,		4,	ADDRESS },
	{ ID1_IPV4_SUBNET,	4,	SUBNET },
	{ ID1_IPV4_RANGE,	4,	RANGE },
	{ ID_IPV6_ADDR,		16,	ADDRESS },
	{ ID1_IPV6_SUBNET,	16,	SUBNET },
	{ ID1_IPV6_RANGE,	16,	RANGE },
};

static const struct kind *
kind_find(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* False: the mask has holes. */
static bool
mask_len(const uint8_t *mask, size_t len, uint8_t *bits)
{
	size_t i, n = 0;

	while (n < len * 8 && (mask[n / 8] & 0x80 >> n % 8) != 0)
		n++;
	for (i = n; i < len * 8; i++)
		if ((mask[i / 8] & 0x80 >> i % 8) != 0)
			return false;
	*bits = (uint8_t)n;
	return true;
}

static bool
read_addresses(struct ts *t, const struct kind *k, const struct bytes *b)
{
	struct prefix p;
	struct addr last;

	if (b->len != (k->form == ADDRESS ? k->len : 2u * k->len) ||
	    addr_from_bytes(&p.addr, b->p, k->len) < 0)
		return false;
	p.len = (uint8_t)(8 * k->len);
	if (k->form == SUBNET && !mask_len(b->p + k->len, k->len, &p.len))
		return false;
	ts_from_prefix(t, &p);
	if (k->form == RANGE) {
		if (addr_from_bytes(&last, b->p + k->len, k->len) < 0 ||
		    addr_cmp(&p.addr, &last) > 0)
			return false;
		t->last = last;
	}
	return true;
}

int
selector1_read(struct ts *t, const struct payload *id, struct err *e)
{
	const struct kind *k = kind_find(id->id.type);
	char num[16];

	if (k == NULL)
		return err_set(e, ERR_REALITY, "the peer names what goes through the "
		    "tunnel by %s, which is no subnet",
		    name_str(ike_id_type_names, id->id.type, num));
	if (!read_addresses(t, k, &id->id.data))
		return err_set(e, ERR_REALITY, "the peer names a subnet that is none "
		    "(%zu octets of %s)", id->id.data.len,
		    name_str(ike_id_type_names, id->id.type, num));
	t->protocol = id->id.protocol;
	if (id->id.port != 0)
		t->port_first = t->port_last = id->id.port;
	return 0;
}

void
selector1_host(struct ts *t, const struct addr *a)
{
	const struct prefix p = { *a, (uint8_t)addr_bits(a) };

	ts_from_prefix(t, &p);
}

void
selector1_build(struct build *b, enum ike_payload type, const struct prefix *p)
{
	size_t len = addr_len(&p->addr), i;
	uint8_t octets[2 * 16] = { 0 };

	memcpy(octets, p->addr.b, len);
	for (i = 0; i < p->len; i++)
		octets[len + i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (p->len == 8 * len)
		build1_id(b, type, len == 4 ? ID_IPV4_ADDR : ID_IPV6_ADDR, 0, 0,
		    octets, len);
	else
		build1_id(b, type, len == 4 ? ID1_IPV4_SUBNET : ID1_IPV6_SUBNET, 0,
		    0, octets, 2 * len);
}

void
selector1_echo(struct build *b, const struct payload *id)
{
	build1_id(b, (enum ike_payload)id->type, id->id.type, id->id.protocol,
	    id->id.port, id->id.data.p, id->id.data.len);
}
