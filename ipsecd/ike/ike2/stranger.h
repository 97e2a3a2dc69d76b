/*
 * stranger: what is said in clear to and by those without an SA.
 *
 * Nothing said here is longer than what it answers (no amplification), and
 * there is little of it in a second (no reflection).  Nothing heard here is
 * believed: at most it makes us ask the peer, who answers under our keys
 * (RFC 7296 2.4, 2.21).
 */
#ifndef CULVERT_IKE2_STRANGER_H
#define CULVERT_IKE2_STRANGER_H

#include "addr.h"
#include "ike/machine.h"
#include "ike/wire/message.h"

/* A refusal: a notify alone behind the header that came.  Cookies and groups,
 * without which a peer cannot go on, are always sent, errors seldom. */
void	stranger_refuse(struct engine *, const struct stranger *, uint16_t type,
			const void *data, size_t len);
/* RFC 7296 2.5: another major version. */
void	stranger_version(struct engine *, const struct stranger *);
/* A message for an IKE_SA that is not here: 2.21.4; or INVALID_SPI (1.5). */
void	stranger_unknown(struct engine *, const struct stranger *);
/* In clear, for one that is; true: that was a hint and nothing else. */
bool	stranger_hint(struct engine *, struct ike_sa *, const struct stranger *);

#endif
