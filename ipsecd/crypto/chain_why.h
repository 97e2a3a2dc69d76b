/*
 * chain_why: the rules that IKE has for a path of certificates, and the sentences
 * that say which one failed: certificate, rule, what was found, remedy.
 */
#ifndef CULVERT_CHAIN_WHY_H
#define CULVERT_CHAIN_WHY_H

#include <openssl/x509_vfy.h>

#include "chain.h"

/* X509_V_OK if issuer may have issued c, by name and key identifiers. */
int	chain_issued(const struct cert *issuer, const struct cert *c);
/* By name and by signature: a CA's new key that its old one certified is not. */
bool	chain_self_signed(const struct cert *);

/* Keys, times, hashes, usages of a path (leaf first, anchor last).  What is left
 * to OpenSSL: signatures, path lengths, name constraints, policies, extensions. */
int	chain_check_rules(const struct cert_chain *path, uint64_t wall, struct err *)
		__attribute__((warn_unused_result));
/* Why X509_verify_cert refused it. */
void	chain_why(X509_STORE_CTX *, const struct cert_chain *path, struct err *);
/* Why there is no path at all; -1. */
int	chain_no_path(const struct cert *anchor, struct cert *const *peers, size_t n,
		      struct err *);

#endif
