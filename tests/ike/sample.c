#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/alg.h"
#include "tests/crypto/hex.h"

struct sample samples[SAMPLES_MAX];

const struct ike_header sample_header = {
	.spi_i = 0x1122334455667788, .spi_r = 0x99aabbccddeeff00,
	.exchange = EXCH_IKE_SA_INIT, .flags = FLAG_INITIATOR, .msgid = 7,
};

const enum ike_payload sample_types[] = {
	PL_SA, PL_KE, PL_IDI, PL_IDR, PL_CERT, PL_CERTREQ, PL_AUTH, PL_NONCE,
	PL_NOTIFY, PL_DELETE, PL_VENDOR, PL_TSI, PL_TSR, PL_CP, PL_EAP, PL_NONE,
};

static bool
read_line(struct sample *s, const char *line)
{
	static char hex[2 * SAMPLE_MAX + 1], head[2 * IKE_HDR_LEN + 1];
	unsigned int first;

	hex[0] = '\0';
	if (sscanf(line, "\tdatagram %8192s", hex) == 1) {
		s->inner = false;
	} else if (sscanf(line, "\tinner %56s %u %8192s", head, &first, hex) >= 2) {
		s->inner = true;
		s->first = (uint8_t)first;
		hex_read(s->head, sizeof(s->head), head);
	} else {
		return false;
	}
	s->len = hex[0] == '-' ? 0 : hex_read(s->bytes, sizeof(s->bytes), hex);
	return true;
}

size_t
sample_load(const char *file)
{
	static char line[2 * SAMPLE_MAX + 256];
	const char *top = getenv("top_srcdir");
	char path[512];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vectors/%s",
	    top != NULL ? top : ".", file);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		return 0;
	}
	while (n < SAMPLES_MAX && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		samples[n].v1 = strstr(file, "ikev1") != NULL;
		if (line[0] == '\t')
			n += read_line(&samples[n], line);
		else if (line[0] != '#' && line[0] != '\0')
			snprintf(samples[n].want, sizeof(samples[n].want), "%.511s", line);
	}
	fclose(f);
	return n;
}

static void
sample_sa(struct build *b)
{
	static const struct transform t[] = {
		{ T_ENCR, false, 20, 256 }, { T_PRF, false, 5, 0 },
		{ T_KE, false, 31, 0 }, { T_KE, false, 19, 0 },
		{ T_ENCR, false, 12, 128 }, { T_INTEG, false, 12, 0 },
		{ T_PRF, false, 5, 0 }, { T_KE, false, 14, 0 },
	};
	const struct proposal p[] = {
		{ 1, PROTO_IKE, 4, t, { NULL, 0 } },
		{ 2, PROTO_ESP, 4, t + 4, { (const uint8_t *)"\xc0\1\2\3", 4 } },
	};

	build_sa(b, p, 2);
}

static void
sample_ts(struct build *b, enum ike_payload type)
{
	struct ts ts[2] = {
		{ .port_last = 65535, .first = { AF_INET, { 10, 0, 1, 0 } },
		  .last = { AF_INET, { 10, 0, 1, 255 } } },
		{ .protocol = 6, .port_first = 80, .port_last = 443,
		  .first = { AF_INET6, { 0xfd, 1 } }, .last = { AF_INET6, { 0xfd, 2 } } },
	};

	build_ts(b, type, ts, 2);
}

void
sample_payload(struct build *b, enum ike_payload type)
{
	static const uint8_t bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	static const uint32_t spis[] = { 0xc0010203, 0xc4050607 };

	switch (type) {
	case PL_SA:
		sample_sa(b);
		break;
	case PL_KE:
		build_ke(b, 31, bytes, 32);
		break;
	case PL_IDI:
	case PL_IDR:
		build_id(b, type, ID_FQDN, "alice", 5);
		break;
	case PL_CERT:
	case PL_CERTREQ:
		build_cert(b, type, 4, bytes, 40);
		break;
	case PL_AUTH:
		build_auth(b, AUTH_SHARED_KEY, bytes, 32);
		break;
	case PL_NONCE:
		build_nonce(b, bytes, 32);
		break;
	case PL_NOTIFY:
		build_notify(b, PROTO_ESP, N_REKEY_SA, bytes, 4, bytes, 9);
		break;
	case PL_DELETE:
		build_delete(b, PROTO_ESP, spis, 2);
		break;
	case PL_TSI:
	case PL_TSR:
		sample_ts(b, type);
		break;
	default:
		build_raw(b, type, bytes, 12);
	}
}

void
sample_rebuild(struct build *b, const struct payload *p)
{
	uint32_t spis[8];
	size_t i;

	switch (p->type) {
	case PL_SA:
		build_sa(b, p->sa.p, p->sa.n);
		break;
	case PL_KE:
		build_ke(b, p->ke.group, p->ke.data.p, p->ke.data.len);
		break;
	case PL_IDI:
	case PL_IDR:
		build_id(b, p->type, p->id.type, p->id.data.p, p->id.data.len);
		break;
	case PL_CERT:
	case PL_CERTREQ:
		build_cert(b, p->type, p->cert.encoding, p->cert.data.p,
		    p->cert.data.len);
		break;
	case PL_AUTH:
		build_auth(b, p->auth.method, p->auth.data.p, p->auth.data.len);
		break;
	case PL_NOTIFY:
		build_notify(b, p->notify.protocol, p->notify.type, p->notify.spi.p,
		    p->notify.spi.len, p->notify.data.p, p->notify.data.len);
		break;
	case PL_DELETE:
		for (i = 0; i < p->del.n && i < 8; i++)
			spis[i] = delete_spi(p, i);
		build_delete(b, p->del.protocol, spis, i);
		break;
	case PL_TSI:
	case PL_TSR:
		build_ts(b, p->type, p->ts.ts, p->ts.n);
		break;
	default:
		build_raw(b, p->type, p->body.p, p->body.len);
	}
}

size_t
sample_datagram(uint8_t *buf, size_t size, uint8_t type, const void *body, size_t len)
{
	struct build b;

	build_begin(&b, buf, size, &sample_header);
	build_raw(&b, type, body, len);
	return build_end(&b);
}
