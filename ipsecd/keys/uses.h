/*
 * uses: which tunnel uses which labels, as configured.
 *
 * Changes are staged and then taken over whole, as with psk.h, of whose
 * transactions these are a part.
 */
#ifndef CULVERT_KEYS_USES_H
#define CULVERT_KEYS_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "store.h"

struct lyd_node;
struct uses;

/* Of one tunnel.  In the lists of its labels. */
struct use {
	uint32_t	 tunnel;
	bool		 ike1;		/* speaks IKEv1 */
	struct label	*label[USE_KINDS];	/* NULL: none */
	LIST_ENTRY(use)	 next[USE_KINDS];
};

struct uses *uses_new(struct store *);		/* NULL: out of memory */
void	uses_free(struct uses *);

/* A label that is not there, or is not what the tunnel needs, is an error, which
 * names all of them; with replace, which no administrator waits for, a warning.
 * Nothing changes before uses_apply(), which cannot fail. */
int	uses_prepare(struct uses *, const struct lyd_node *tree,
		     const char *const *removed, size_t n, bool replace,
		     void (*warn)(void *, const char *), void *arg, struct err *)
		__attribute__((warn_unused_result));
void	uses_apply(struct uses *);
void	uses_abort(struct uses *);

/* The label of a tunnel's own certificate; NULL: none. */
struct label *uses_certificate(const struct uses *, uint32_t tunnel);
/* Whether one with any label speaks IKEv1. */
bool	uses_ike1(const struct uses *, uint32_t tunnel);
/* "1-3, 7", cut with "..." if it does not fit. */
const char *uses_list(const struct label *, char *buf, size_t size);

#endif
