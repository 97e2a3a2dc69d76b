#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "item.h"
#include "log.h"
#include "seal.h"

#define FILES_MAX	(4 * STORE_LABELS_MAX)
#define KEYS_OPEN_MAX	32

static const char *const suffixes[] = { ".cert", ".request" };
enum { OF_CERT, OF_REQUEST };

/* --- labels --- */

static size_t
place(const struct store *s, const char *name, bool *there)
{
	size_t low = 0, high = s->n, mid;
	int rc;

	*there = false;
	while (low < high) {
		mid = (low + high) / 2;
		rc = strcmp(name, s->labels[mid]->name);
		if (rc == 0) {
			*there = true;
			return mid;
		}
		if (rc < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

struct label *
store_find(const struct store *s, const char *name)
{
	bool there;
	size_t i = place(s, name, &there);

	return there ? s->labels[i] : NULL;
}

static bool
room(struct store *s)
{
	size_t size = s->size > 0 ? 2 * s->size : 16;
	struct label **p;

	if (s->n < s->size)
		return true;
	p = realloc(s->labels, size * sizeof(*p));
	if (p == NULL)
		return false;
	s->labels = p;
	s->size = size;
	return true;
}

struct label *
store_get(struct store *s, const char *name)
{
	struct label *l;
	bool there;
	size_t i = place(s, name, &there);

	if (there)
		return s->labels[i];
	if (!ipc_label_ok(name, strlen(name)) || !room(s) ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	memcpy(l->name, name, strlen(name));
	LIST_INIT(&l->users[USE_CERTIFICATE]);
	LIST_INIT(&l->users[USE_CA]);
	memmove(&s->labels[i + 1], &s->labels[i],
		(s->n - i) * sizeof(s->labels[0]));
	s->labels[i] = l;
	s->n++;
	return l;
}

static bool
empty(const struct label *l)
{
	return l->item == NULL && l->request == NULL && l->broken == NULL;
}

static void
label_free(struct label *l)
{
	item_free(l->item);
	item_free(l->request);
	free(l->broken);
	free(l);
}

void
store_tidy(struct store *s, struct label *l)
{
	bool there;
	size_t i;

	if (!empty(l) || l->n_users > 0 || l->staged > 0)
		return;
	i = place(s, l->name, &there);
	memmove(&s->labels[i], &s->labels[i + 1],
		(s->n - i - 1) * sizeof(s->labels[0]));
	s->n--;
	label_free(l);
}

size_t
store_count(const struct store *s)
{
	size_t n = 0, i;

	for (i = 0; i < s->n; i++)
		n += !empty(s->labels[i]);
	return n;
}

/* --- private keys in memory --- */

void
store_put_away(struct store *s, struct label *l)
{
	if (l->item == NULL || l->item->key == NULL)
		return;
	item_put_away(l->item);
	s->n_keys--;
}

static void
put_away_oldest(struct store *s)
{
	struct label *oldest = NULL;
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct item *it = s->labels[i]->item;

		if (it != NULL && it->key != NULL &&
		    (oldest == NULL || it->used < oldest->item->used))
			oldest = s->labels[i];
	}
	if (oldest != NULL)
		store_put_away(s, oldest);
}

struct evp_pkey_st *
store_key(struct store *s, struct label *l)
{
	if (l->item == NULL || l->item->kind != CERT_LOCAL)
		return NULL;
	l->item->used = ++s->clock;
	if (l->item->key != NULL)
		return l->item->key;
	if (s->n_keys >= KEYS_OPEN_MAX)
		put_away_oldest(s);
	if (item_key(l->item, s->seal) != NULL)
		s->n_keys++;
	return l->item->key;
}

/* --- files --- */

static void
file_name(char out[128], const char *label, int of)
{
	snprintf(out, 128, "%s%s", label, suffixes[of]);
}

/* Which file of which label; -1: none of ours. */
static int
parse_name(const char *file, char label[IPC_LABEL_MAX + 1])
{
	size_t n = strlen(file), end;
	int of;

	for (of = OF_CERT; of <= OF_REQUEST; of++) {
		end = strlen(suffixes[of]);
		if (n <= end || n - end > IPC_LABEL_MAX ||
		    strcmp(file + n - end, suffixes[of]) != 0)
			continue;
		memcpy(label, file, n - end);
		label[n - end] = '\0';
		if (ipc_label_ok(label, n - end))
			return of;
	}
	return -1;
}

static void
set(struct store *s, struct label *l, struct item *it)
{
	struct item **at = it->kind == CERT_REQUEST ? &l->request : &l->item;

	if (at == &l->item)
		store_put_away(s, l);
	item_free(*at);
	*at = it;
}

static struct item *
read_item(struct store *s, const char *name, const char *label, int of,
	  struct err *e)
{
	struct item *it;
	char *text;
	size_t len;

	if (file_read(s->dir, name, &text, &len, e) < 0)
		return NULL;
	it = item_new(s->crypto, (uint8_t *)text, len, label, s->seal, e);
	if (it == NULL || (it->kind == CERT_REQUEST) == (of == OF_REQUEST))
		return it;
	item_free(it);
	err_set(e, ERR_INVALID, "it is not what its name says");
	return NULL;
}

static int
load(struct store *s, const char *name, struct err *e)
{
	char label[IPC_LABEL_MAX + 1];
	struct err why = ERR_INIT;
	struct label *l;
	struct item *it;
	int of = parse_name(name, label);

	if (of < 0) {
		log_warn("the certificate store has a file '%.80s' that is none "
			 "of its own; it is left alone", name);
		return 0;
	}
	l = store_get(s, label);
	if (l == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	it = read_item(s, name, l->name, of, &why);
	if (it != NULL) {
		set(s, l, it);
		return 0;
	}
	log_error("certificate '%s' cannot be used: %s: %s; the file is left as "
		  "it is", label, name, why.text);
	if (l->broken == NULL)
		l->broken = strdup(why.text);
	return l->broken != NULL ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}

static bool
is_temporary(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".tmp") == 0;
}

static int
load_all(struct store *s, struct err *e)
{
	unsigned int n = 0;
	struct dirent *d;
	int fd = fcntl(s->dir, F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int rc = 0;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_REALITY, "cannot read the certificate "
			       "store: %s", strerror(errno));
	}
	rewinddir(dir);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (is_temporary(d->d_name))	/* half of what was never there */
			unlinkat(s->dir, d->d_name, 0);
		else if (++n > FILES_MAX)
			rc = err_set(e, ERR_REALITY, "the certificate store has "
				     "more than %d files", FILES_MAX);
		else
			rc = load(s, d->d_name, e);
	}
	closedir(dir);
	return rc;
}

/* A request whose certificate has come and that a crash left. */
static void
drop_done(struct store *s, struct label *l)
{
	char name[128];

	if (l->request == NULL || l->item == NULL || !l->item->usable ||
	    !item_fits(l->request, l->item->certs[0]))
		return;
	file_name(name, l->name, OF_REQUEST);
	unlinkat(s->dir, name, 0);
	item_free(l->request);
	l->request = NULL;
}

static unsigned int
count_unusable(const struct item *it, unsigned int *all)
{
	*all += it != NULL;
	return it != NULL && !it->usable;
}

/* Whether what is sealed here is sealed by this device key. */
static void
judge(struct store *s, unsigned int *bad, unsigned int *all)
{
	struct err e = ERR_INIT;
	size_t i;

	*bad = *all = 0;
	for (i = 0; i < s->n; i++) {
		*bad += count_unusable(s->labels[i]->item, all);
		*bad += count_unusable(s->labels[i]->request, all);
	}
	if (s->dir < 0)
		err_set(&e, ERR_REALITY, "there is no certificate store (the log of "
			"the start says why)");
	else if (s->seal == NULL)
		err_set(&e, ERR_REALITY, "there is no device key (the log of the "
			"start says why): private keys cannot be used, nor others "
			"stored");
	else if (*all > 0 && *bad == *all)
		err_set(&e, ERR_REALITY, "the certificate store was sealed with "
			"another device key: put that one back and restart "
			"ipsecd, or delete the certificates and import them "
			"again");
	memcpy(s->locked, e.text, sizeof(s->locked));
}

static void
log_seals(struct store *s)
{
	unsigned int bad, all;

	judge(s, &bad, &all);
	if (all > 0 && bad == all)
		log_error("%s; nothing is lost, but none of %u certificates can be "
			  "used", s->locked, all);
	else if (bad > 0)
		log_error("%u of %u certificates cannot be used: they were sealed "
			  "with another device key or changed", bad, all);
}

static void
init(struct store *s, struct crypto *crypto, int dir, struct seal *seal)
{
	memset(s, 0, sizeof(*s));
	s->crypto = crypto;
	s->dir = dir;
	s->seal = seal;
}

void
store_open_none(struct store *s, struct crypto *crypto)
{
	init(s, crypto, -1, NULL);
	log_seals(s);
}

int
store_open(struct store *s, struct crypto *crypto, int dir, struct seal *seal,
	   struct err *e)
{
	size_t i;

	init(s, crypto, dir, seal);
	if (dir >= 0 && load_all(s, e) < 0) {
		store_close(s);
		return -1;
	}
	for (i = 0; i < s->n; i++)
		drop_done(s, s->labels[i]);
	log_seals(s);
	return 0;
}

void
store_close(struct store *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		label_free(s->labels[i]);
	free(s->labels);
	seal_free(s->seal);
	if (s->dir >= 0)
		close(s->dir);
	memset(s, 0, sizeof(*s));
	s->dir = -1;
}

int
store_may_seal(const struct store *s, struct err *e)
{
	return s->locked[0] == '\0' ? 0 :
	    err_set(e, ERR_REALITY, "%s", s->locked);
}

static void
told(struct store *s, const struct label *l)
{
	if (s->changed != NULL)
		s->changed(s->arg, l);
}

int
store_put(struct store *s, struct label *l, const struct item_parts *parts,
	  const struct evp_pkey_st *key, struct err *e)
{
	char name[128];
	struct item *it;
	uint8_t *octets;
	size_t len;

	if (store_may_seal(s, e) < 0)
		return -1;
	if (empty(l) && store_count(s) >= STORE_LABELS_MAX)
		return err_set(e, ERR_RESOURCE, "the certificate store is full: it "
			       "has room for %d labels", STORE_LABELS_MAX);
	octets = item_build(parts, key, s->seal, &len, e);
	if (octets == NULL)
		return -1;
	file_name(name, l->name,
		  parts->kind == CERT_REQUEST ? OF_REQUEST : OF_CERT);
	if (file_write(s->dir, name, octets, len, e) < 0) {
		free(octets);
		return err_prefix(e, "the certificate store");
	}
	it = item_new(s->crypto, octets, len, l->name, s->seal, e);
	if (it == NULL)
		return err_prefix(e, "what was just written cannot be read");
	set(s, l, it);
	free(l->broken);
	l->broken = NULL;
	drop_done(s, l);
	told(s, l);
	return 0;
}

static int
remove_file(struct store *s, const struct label *l, int of, struct err *e)
{
	char name[128];

	file_name(name, l->name, of);
	if (unlinkat(s->dir, name, 0) < 0 && errno != ENOENT)
		return err_set(e, ERR_REALITY, "cannot remove %s from the "
			       "certificate store: %s", name, strerror(errno));
	if (fsync(s->dir) < 0)
		return err_set(e, ERR_REALITY, "cannot write the folder of the "
			       "certificate store: %s", strerror(errno));
	return 0;
}

int
store_delete_request(struct store *s, struct label *l, struct err *e)
{
	if (remove_file(s, l, OF_REQUEST, e) < 0)
		return -1;
	item_free(l->request);
	l->request = NULL;
	return 0;
}

int
store_delete(struct store *s, struct label *l, struct err *e)
{
	unsigned int bad, all;

	if (store_delete_request(s, l, e) < 0 ||
	    remove_file(s, l, OF_CERT, e) < 0)
		return -1;
	store_put_away(s, l);
	item_free(l->item);
	free(l->broken);
	l->item = NULL;
	l->broken = NULL;
	judge(s, &bad, &all);	/* those of another key may all be gone */
	told(s, l);
	store_tidy(s, l);
	return 0;
}
