/*
 * scheme: which signature to make.
 */
#ifndef CULVERT_IKE2_SCHEME_H
#define CULVERT_IKE2_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sign.h"

/*
 * How an RSA signature under method 14 (RFC 7427) is padded, which nothing in
 * IKE_SA_INIT negotiates.  RFC 8247 3.2 wants PSS.  Libreswan verifies and makes
 * nothing else there; strongSwan from 5.6 on and OpenIKED verify both and, unless
 * told otherwise, make PKCS#1 v1.5; Android and older ones know only that.  Hence
 *
 *	who answers does what the peer has just done;
 *	who begins does PSS, and if the peer says AUTHENTICATION_FAILED, which may
 *	have any cause, the other one the next time.  What has worked once is
 *	remembered with the tunnel, and given up at the second refusal.
 *
 * In the parameters of PSS the trailer field, which has its default, is left out, as
 * DER wants: Libreswan and OpenIKED compare octets.
 */
enum padding { PADDING_PSS, PADDING_PKCS1 };

/* What the scheme pads with.  False: it is not RSA under method 14. */
bool	scheme_padding(enum sign_scheme, enum padding *);
/* The best for that key of ours, and a peer that verifies with these hashes (as in
 * setup.hashes).  NULL: there is none. */
const struct sign_alg *scheme_choose(const struct cert *own, uint8_t hashes,
				     enum padding);
/* What the peer needs instead; a text as in event.h. */
void	scheme_explain(const struct cert *own, uint8_t hashes, char *buf,
		       size_t size);

#endif
