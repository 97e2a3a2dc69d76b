/*
 * store: the labels, what is known by each, and their files.
 *
 * A label has a file LABEL.cert (a certificate of ours with its key, or a CA), or
 * LABEL.request (a key that waits for its certificate), or both: the request is
 * then the next certificate, and the present one goes on until it is there.
 * Files are written whole (lib/file.h): killed at any moment, the store has the
 * old one or the new one.  A file that cannot be read is left as it is.
 */
#ifndef CULVERT_KEYS_STORE_H
#define CULVERT_KEYS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "err.h"
#include "proc/messages.h"

#define STORE_LABELS_MAX	512

struct crypto;
struct evp_pkey_st;
struct item;
struct item_parts;
struct seal;
struct use;

enum use_kind { USE_CERTIFICATE, USE_CA, USE_KINDS };

struct label {
	char			 name[IPC_LABEL_MAX + 1];
	struct item		*item;		/* NULL: none */
	struct item		*request;	/* NULL: none */
	char			*broken;	/* why its file cannot be read; NULL: it
						 * can, or there is none */
	LIST_HEAD(, use)	 users[USE_KINDS];	/* uses.h */
	unsigned int		 n_users;
	unsigned int		 staged;	/* by a transaction under way */
};

struct store {
	struct crypto		*crypto;
	int			 dir;
	struct seal		*seal;		/* NULL: no device key */
	char			 locked[ERR_TEXT_MAX];	/* why nothing can be sealed;
						 * "": it can */
	struct label		**labels;	/* by name */
	size_t			 n, size;
	/* What is known by a label is another than before. */
	void			(*changed)(void *arg, const struct label *);
	void			*arg;
	uint64_t		 clock;		/* counts uses of keys */
	unsigned int		 n_keys;	/* open now */
};

/* dir and seal are the store's from then on, also on failure; dir is -1 without a
 * folder, seal NULL without a device key.  Logs what it finds wrong. */
int	store_open(struct store *, struct crypto *, int dir, struct seal *,
		   struct err *) __attribute__((warn_unused_result));
/* One without a folder, which cannot fail. */
void	store_open_none(struct store *, struct crypto *);
void	store_close(struct store *);

struct label *store_find(const struct store *, const char *name);
/* Made if there is none.  NULL: out of memory. */
struct label *store_get(struct store *, const char *name);
/* Goes if nothing is known by it and nobody uses it. */
void	store_tidy(struct store *, struct label *);
/* How many labels have something. */
size_t	store_count(const struct store *);

/* Seals and writes what the parts say, in the place of what was there of its
 * kind; parts->label is the label's name.  With a certificate a request that has
 * the same key goes. */
int	store_put(struct store *, struct label *, const struct item_parts *,
		  const struct evp_pkey_st *key, struct err *)
		__attribute__((warn_unused_result));
/* All that is known by the label; it may be gone afterwards. */
int	store_delete(struct store *, struct label *, struct err *)
		__attribute__((warn_unused_result));

/* The request alone. */
int	store_delete_request(struct store *, struct label *, struct err *)
		__attribute__((warn_unused_result));

/* Can anything be sealed; why not. */
int	store_may_seal(const struct store *, struct err *)
		__attribute__((warn_unused_result));
/* The private key of a certificate of ours; NULL: there is none that opens.  It
 * stays open while it is used more than others. */
struct evp_pkey_st *store_key(struct store *, struct label *);
/* Closes it. */
void	store_put_away(struct store *, struct label *);

#endif
