/*
 * import: a bundle becomes something known by a label.
 *
 * The key must belong to a certificate, a CA must be one and stand alone; the
 * others are put in order, from ours up.  What is not as it should be, but may be
 * meant, is a warning.
 */
#ifndef CULVERT_KEYS_IMPORT_H
#define CULVERT_KEYS_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "proc/messages.h"
#include "remark.h"

struct bundle;
struct store;

struct import {
	enum cert_kind	 kind;		/* CERT_LOCAL or CERT_CA */
	const char	*label;
	bool		 replace;	/* what is there may go */
	int64_t		 now;		/* seconds since 1970 */
	remark_fn	*warn;
	void		*arg;
};

/* Without a key it may be the certificate for a request, or a newer one for a key
 * that is there. */
int	import_bundle(struct store *, const struct import *, const struct bundle *,
		      struct err *) __attribute__((warn_unused_result));

#endif
