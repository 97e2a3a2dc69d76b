/*
 * vault: the certificate store as the rest of keys sees it: what confd asks and
 * is told (culvert-certificate), what tunnels name, what ike asks to be signed.
 *
 * Without a folder for it (monitor says why) there are no labels, everything else
 * works, and what needs the store is refused with a sentence.
 */
#ifndef CULVERT_KEYS_VAULT_H
#define CULVERT_KEYS_VAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "store.h"

struct action;
struct vault;
struct crypto;
struct event_base;
struct ipc_cert;
struct json;
struct keys_reply;
struct keys_request;
struct lyd_node;
struct uses;
struct work;

typedef void vault_tell_fn(void *arg, const struct ipc_cert *);

struct vault {
	struct store	 store;
	struct uses	*uses;
	struct work	*work;
	struct crypto	*crypto;
	bool		 there;
	vault_tell_fn	*tell;		/* what ike is to know of a label */
	void		*arg;
};

/* What needs to be opened from outside; before the sandbox.  tell is called for
 * each label that changes. */
int	vault_init(struct vault *, struct event_base *, struct crypto *,
		   vault_tell_fn *tell, void *arg, struct err *)
		__attribute__((warn_unused_result));
/* Reads the store; within the sandbox.  dir (-1: there is none) and seal (NULL: no
 * device key) are its own from then on.  A store that cannot be read is none. */
void	vault_open(struct vault *, int dir, struct seal *);
void	vault_fini(struct vault *);

/* tell() for every label. */
void	vault_tell_all(const struct vault *);

/* Parts of a transaction, as of struct owner_ops. */
int	vault_prepare(struct vault *, const struct lyd_node *tree,
		      const char *const *removed, size_t n, bool replace,
		      void (*warn)(void *, const char *), void *arg, struct err *)
		__attribute__((warn_unused_result));
void	vault_apply(struct vault *);
void	vault_abort(struct vault *);

/* As of struct owner_ops. */
int	vault_get(struct vault *, const char *path, const char *fields,
		  struct json *, struct err *) __attribute__((warn_unused_result));
int	vault_action(struct vault *, const char *path, const struct lyd_node *input,
		     struct action *, struct err *)
		__attribute__((warn_unused_result));

/* KEYS_SIGN, with the key of the tunnel's own certificate and no other, as its version
 * of IKE signs.  A reply that is not ok has a reason in *e. */
void	vault_sign(struct vault *, const struct keys_request *, struct keys_reply *,
		   struct err *);

/* --- vault_state.c --- */
/* The label of "/culvert-certificate:certificate/entry[label='x']", or "" if the
 * path is of all of them.  *rest is what comes behind. */
int	vault_path(const char *path, char label[IPC_LABEL_MAX + 1], const char **rest,
		   struct err *) __attribute__((warn_unused_result));

#endif
