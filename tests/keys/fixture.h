/*
 * fixture: a store in a folder of its own, and certificates as files have them.
 */
#ifndef CULVERT_TESTS_KEYS_FIXTURE_H
#define CULVERT_TESTS_KEYS_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/bundle.h"
#include "keys/import.h"
#include "keys/item.h"
#include "keys/seal.h"
#include "keys/store.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

struct env {
	char		 folder[64];
	struct crypto	*crypto;
	struct store	 store;
	struct err	 e;
	char		 warnings[4096];	/* of the last import, a line each */
};

static inline void
env_open(struct env *v, uint8_t device)
{
	uint8_t key[SEAL_KEY_LEN];
	int dir = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memset(key, device, sizeof(key));
	CU_ASSERT_FATAL(dir >= 0);
	CU_ASSERT_FATAL(store_open(&v->store, v->crypto, dir,
				   device != 0 ? seal_new(key) : NULL, &v->e) == 0);
}

static inline void
env_init(struct env *v)
{
	memset(v, 0, sizeof(*v));
	strcpy(v->folder, "/tmp/culvert-keys-XXXXXX");
	CU_ASSERT_FATAL(mkdtemp(v->folder) != NULL);
	CU_ASSERT_FATAL(crypto_new(&v->crypto, &v->e) == 0);
	env_open(v, 7);
}

/* The process ends and starts again, with that device key (0: none). */
static inline void
env_restart(struct env *v, uint8_t device)
{
	store_close(&v->store);
	env_open(v, device);
}

static inline void
env_fini(struct env *v)
{
	char path[400];
	struct dirent *d;
	DIR *dir = opendir(v->folder);

	store_close(&v->store);
	crypto_free(v->crypto);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", v->folder, d->d_name);
		unlink(path);
	}
	closedir(dir);
	rmdir(v->folder);
	pki_free_all();
}

static inline void
env_warn(void *arg, const char *sentence)
{
	struct env *v = arg;
	size_t n = strlen(v->warnings);

	snprintf(v->warnings + n, sizeof(v->warnings) - n, "%s\n", sentence);
}

/* A bundle of certificates (ends with NULL) and a key (NULL: none). */
static inline void
env_bundle(struct bundle *b, EVP_PKEY *key, struct pki_cert *const *certs)
{
	struct err e = ERR_INIT;

	memset(b, 0, sizeof(*b));
	for (; *certs != NULL; certs++)
		CU_ASSERT_FATAL(bundle_add_cert(b, (*certs)->der, (*certs)->len,
						&e) == 0);
	if (key != NULL) {
		EVP_PKEY_up_ref(key);
		b->key = key;
	}
}

static inline int
env_import(struct env *v, enum cert_kind kind, const char *label, bool replace,
	   EVP_PKEY *key, struct pki_cert *const *certs)
{
	const struct import im = { .kind = kind, .label = label,
				   .replace = replace, .now = PKI_NOW,
				   .warn = env_warn, .arg = v };
	struct bundle b;
	int rc;

	v->warnings[0] = '\0';
	err_clear(&v->e);
	env_bundle(&b, key, certs);
	rc = import_bundle(&v->store, &im, &b, &v->e);
	bundle_fini(&b);
	return rc;
}

#define CERTS(...) (struct pki_cert *const []){ __VA_ARGS__, NULL }

/* It failed, and the sentence has this in it. */
static inline bool
env_refused(const struct env *v, int rc, const char *text)
{
	if (rc < 0 && strstr(v->e.text, text) != NULL)
		return true;
	printf("\n    rc %d, '%s' instead of '%s'\n", rc, v->e.text, text);
	return false;
}

static inline bool
env_warned(const struct env *v, const char *text)
{
	if (strstr(v->warnings, text) != NULL)
		return true;
	printf("\n    warned of '%s' instead of '%s'\n", v->warnings, text);
	return false;
}

#endif
