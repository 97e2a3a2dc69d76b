/*
 * keeper: the certificate store of a folder, without ipsecd around it.
 *
 *	keeper FOLDER
 *
 * Lines on standard input, each answered with "ok" or "no: why":
 *	list			before "ok": KIND LABEL FINGERPRINT | KIND LABEL lost
 *	import KIND LABEL FILE	as with replace
 *	request LABEL		makes a key and a request
 *	delete LABEL
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "keys/bundle.h"
#include "keys/generate.h"
#include "keys/import.h"
#include "keys/item.h"
#include "keys/seal.h"
#include "keys/store.h"
#include "tests/pki/pki.h"

static void
no_warning(void *arg, const char *sentence)
{
	(void)arg;
	(void)sentence;
}

static int
import(struct store *s, const char *kind, const char *label, const char *file,
       struct err *e)
{
	const struct import im = {
		.kind = strcmp(kind, "ca") == 0 ? CERT_CA : CERT_LOCAL,
		.label = label, .replace = true, .now = PKI_NOW,
		.warn = no_warning,
	};
	struct bundle b = BUNDLE_INIT;
	char *text;
	size_t len;
	int rc;

	if (file_read(AT_FDCWD, file, &text, &len, e) < 0)
		return -1;
	rc = bundle_add(&b, (uint8_t *)text, len, NULL, e);
	if (rc == 0)
		rc = import_bundle(s, &im, &b, e);
	bundle_fini(&b);
	free(text);
	return rc;
}

static int
request(struct store *s, const char *name, struct err *e)
{
	struct generate g = GENERATE_INIT;
	atomic_bool cancelled = false;
	struct item_parts p = { .kind = CERT_REQUEST, .label = name };
	int rc;

	if (generate_set_kind(&g, "ed25519", e) < 0 ||
	    generate_set_subject(&g, NULL, name, e) < 0 ||
	    generate_run(&g, &cancelled, e) < 0)
		return -1;
	p.request = g.request;
	p.request_len = g.request_len;
	rc = store_put(s, store_get(s, name), &p, g.key, e);
	generate_fini(&g);
	return rc;
}

static int
list(const struct store *s)
{
	char hex[CERT_HEX_STRLEN];
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct label *l = s->labels[i];

		if (l->broken != NULL || (l->item != NULL && !l->item->usable))
			printf("cert %s lost\n", l->name);
		else if (l->item != NULL)
			printf("cert %s %s\n", l->name,
			       cert_hex(cert_sha256(l->item->certs[0]), 32, hex));
		if (l->request != NULL)
			printf("request %s %s\n", l->name,
			       l->request->usable ? l->request->subject : "lost");
	}
	return 0;
}

static int
run(struct store *s, char *line, struct err *e)
{
	char *save, *word[4] = { NULL };
	struct label *l;
	size_t n;

	for (n = 0; n < 4; n++)
		word[n] = strtok_r(n == 0 ? line : NULL, " \n", &save);
	if (word[0] != NULL && strcmp(word[0], "list") == 0)
		return list(s);
	if (word[3] != NULL && strcmp(word[0], "import") == 0)
		return import(s, word[1], word[2], word[3], e);
	if (word[1] != NULL && strcmp(word[0], "request") == 0)
		return request(s, word[1], e);
	l = word[1] != NULL ? store_find(s, word[1]) : NULL;
	if (l == NULL)
		return err_set(e, ERR_INVALID, "what?");
	return store_delete(s, l, e);
}

int
main(int argc, char **argv)
{
	static const uint8_t key[SEAL_KEY_LEN] = "the same device key for all";
	struct err e = ERR_INIT;
	struct crypto *crypto;
	struct store s;
	char line[1024];
	int dir;

	dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0 || crypto_new(&crypto, &e) < 0 ||
	    store_open(&s, crypto, dir, seal_new(key), &e) < 0) {
		fprintf(stderr, "keeper: %s\n", e.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (run(&s, line, &e) < 0)
			printf("no: %s\n", e.text);
		else
			printf("ok\n");
		fflush(stdout);
	}
	store_close(&s);
	crypto_free(crypto);
	return 0;
}
