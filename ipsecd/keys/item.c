#include "item.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "buf.h"
#include "crypto/dn.h"
#include "seal.h"

static const char magic[8] = "CULVERT1";

/* --- the private key as octets, and back --- */

/* PKCS#8 in the secure heap; 0: it cannot be written. */
static size_t
key_octets(const EVP_PKEY *key, uint8_t **out)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	int len = p8 != NULL ? i2d_PKCS8_PRIV_KEY_INFO(p8, NULL) : -1;
	uint8_t *p;

	*out = NULL;
	if (len > 0 && len <= ITEM_KEY_MAX)
		*out = OPENSSL_secure_malloc((size_t)len);
	p = *out;
	if (p != NULL)
		len = i2d_PKCS8_PRIV_KEY_INFO(p8, &p);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return *out != NULL && len > 0 ? (size_t)len : 0;
}

static EVP_PKEY *
key_from_octets(const uint8_t *octets, size_t len)
{
	const uint8_t *p = octets;
	PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)len);
	EVP_PKEY *key = NULL;

	if (p8 != NULL && p == octets + len)
		key = EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return key;
}

/* --- files --- */

static void
build_head(struct wbuf *w, const struct item_parts *p)
{
	size_t n = strlen(p->label), i;

	wbuf_bytes(w, magic, sizeof(magic));
	wbuf_u8(w, (uint8_t)p->kind);
	wbuf_u8(w, (uint8_t)n);
	wbuf_bytes(w, p->label, n);
	wbuf_u64(w, p->made);
	wbuf_u16(w, (uint16_t)p->n);
	for (i = 0; i < p->n; i++) {
		wbuf_u32(w, (uint32_t)p->certs[i].len);
		wbuf_bytes(w, p->certs[i].der, p->certs[i].len);
	}
	wbuf_u32(w, (uint32_t)p->request_len);
	wbuf_bytes(w, p->request, p->request_len);
}

uint8_t *
item_build(const struct item_parts *parts, const EVP_PKEY *key,
	   const struct seal *seal, size_t *len, struct err *e)
{
	uint8_t *out = malloc(ITEM_FILE_MAX), *plain = NULL, *space = NULL;
	struct wbuf w;
	size_t n = 0, head;

	if (out == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	wbuf_init(&w, out, ITEM_FILE_MAX);
	build_head(&w, parts);
	head = w.len;
	if (key != NULL && (n = key_octets(key, &plain)) == 0) {
		err_set(e, ERR_INVALID, "the private key cannot be written as "
			"PKCS#8, or is longer than %d octets", ITEM_KEY_MAX);
		goto fail;
	}
	wbuf_u32(&w, (uint32_t)(n + SEAL_OVERHEAD));
	space = wbuf_space(&w, n + SEAL_OVERHEAD);
	if (space == NULL) {
		err_set(e, ERR_INVALID, "that is more than a file of the store "
			"holds (%d octets)", ITEM_FILE_MAX);
		goto fail;
	}
	if (!seal_close(seal, out, head, n > 0 ? plain : out, n, space)) {
		err_set(e, ERR_BUG, "OpenSSL cannot encrypt the private key");
		goto fail;
	}
	OPENSSL_secure_clear_free(plain, n);
	*len = w.len;
	return out;
fail:
	OPENSSL_secure_clear_free(plain, n);
	free(out);
	return NULL;
}

static bool
parse(struct item *it, const char *label)
{
	struct item_parts *p = &it->parts;
	char found[IPC_LABEL_MAX + 1] = "";
	struct rbuf r;
	const uint8_t *m;
	size_t n, i;

	rbuf_init(&r, it->file, it->file_len);
	m = rbuf_bytes(&r, sizeof(magic));
	p->kind = (enum cert_kind)rbuf_u8(&r);
	n = rbuf_u8(&r);
	if (m == NULL || memcmp(m, magic, sizeof(magic)) != 0 ||
	    p->kind > CERT_CA || n > IPC_LABEL_MAX)
		return false;
	rbuf_copy(&r, found, n);
	p->label = label;
	p->made = rbuf_u64(&r);
	p->n = rbuf_u16(&r);
	if (strcmp(found, label) != 0 || p->n > IPC_CERTS_MAX)
		return false;
	for (i = 0; i < p->n; i++) {
		p->certs[i].len = rbuf_u32(&r);
		p->certs[i].der = rbuf_bytes(&r, p->certs[i].len);
	}
	p->request_len = rbuf_u32(&r);
	p->request = rbuf_bytes(&r, p->request_len);
	it->head_len = r.off;
	p->sealed_len = rbuf_u32(&r);
	p->sealed = rbuf_bytes(&r, p->sealed_len);
	return rbuf_ok(&r) && rbuf_left(&r) == 0 &&
	    p->sealed_len >= SEAL_OVERHEAD &&
	    (p->n > 0) == (p->kind != CERT_REQUEST);
}

static int
parse_request(struct item *it, struct err *e)
{
	const uint8_t *p = it->parts.request, *name;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)it->parts.request_len);
	size_t len;

	it->public = req != NULL ? X509_REQ_get_pubkey(req) : NULL;
	if (it->public == NULL ||
	    X509_NAME_get0_der(X509_REQ_get_subject_name(req), &name, &len) != 1 ||
	    !dn_to_text(name, len, it->subject, sizeof(it->subject))) {
		X509_REQ_free(req);
		return err_set(e, ERR_INVALID, "its request cannot be read");
	}
	X509_REQ_free(req);
	return 0;
}

static int
parse_inside(struct crypto *c, struct item *it, struct err *e)
{
	size_t i;

	for (i = 0; i < it->parts.n; i++) {
		if (cert_parse(c, it->parts.certs[i].der, it->parts.certs[i].len,
			       &it->certs[i], e) < 0)
			return -1;
		it->n++;
	}
	return it->kind == CERT_REQUEST ? parse_request(it, e) : 0;
}

/* The private key's octets, or with out NULL whether there are any that open. */
static EVP_PKEY *
open_key(const struct item *it, const struct seal *seal, bool *opened)
{
	const struct item_parts *p = &it->parts;
	size_t n = p->sealed_len - SEAL_OVERHEAD;
	uint8_t *plain = OPENSSL_secure_malloc(n + 1);
	EVP_PKEY *key = NULL;

	*opened = plain != NULL && seal_open(seal, it->file, it->head_len,
					     p->sealed, p->sealed_len, plain);
	if (*opened && n > 0)
		key = key_from_octets(plain, n);
	OPENSSL_secure_clear_free(plain, n + 1);
	return key;
}

static void
try(struct item *it, const struct seal *seal)
{
	struct err e = ERR_INIT;

	if (seal == NULL)
		err_set(&e, ERR_REALITY, "there is no device key to open it with");
	else {
		EVP_PKEY_free(open_key(it, seal, &it->usable));
		if (!it->usable)
			err_set(&e, ERR_REALITY, "it was sealed with another "
				"device key, or its file was changed");
	}
	memcpy(it->why, e.text, sizeof(it->why));
}

struct item *
item_new(struct crypto *c, uint8_t *octets, size_t len, const char *label,
	 const struct seal *seal, struct err *e)
{
	struct item *it = calloc(1, sizeof(*it));

	if (it == NULL) {
		free(octets);
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	it->file = octets;
	it->file_len = len;
	if (!parse(it, label)) {
		item_free(it);
		err_set(e, ERR_INVALID, "it is no file of a certificate store, or "
			"is damaged");
		return NULL;
	}
	it->kind = it->parts.kind;
	it->made = it->parts.made;
	if (parse_inside(c, it, e) < 0) {
		item_free(it);
		return NULL;
	}
	try(it, seal);
	return it;
}

void
item_free(struct item *it)
{
	size_t i;

	if (it == NULL)
		return;
	for (i = 0; i < it->n; i++)
		cert_free(it->certs[i]);
	EVP_PKEY_free(it->public);
	EVP_PKEY_free(it->key);
	free(it->file);
	free(it);
}

EVP_PKEY *
item_key(struct item *it, const struct seal *seal)
{
	bool opened;

	if (it->key == NULL && it->usable && seal != NULL)
		it->key = open_key(it, seal, &opened);
	return it->key;
}

void
item_put_away(struct item *it)
{
	EVP_PKEY_free(it->key);
	it->key = NULL;
}

bool
item_fits(const struct item *it, const struct cert *cert)
{
	return it->kind == CERT_REQUEST ? cert_has_key(cert, it->public) :
	    it->kind == CERT_LOCAL && it->n > 0 &&
	    memcmp(cert_key_hash(it->certs[0]), cert_key_hash(cert),
		   CERT_KEY_HASH) == 0;
}
