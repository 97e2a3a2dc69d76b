/*
 * state_cert: the certificates in a tunnel's state (culvert-tunnel).
 */
#ifndef CULVERT_STATE_CERT_H
#define CULVERT_STATE_CERT_H

#include <stdint.h>

struct conf;
struct json;
struct peer_cert;
struct tunnel;

/* certificate and ca: what the labels stand for.  Nothing without method cert. */
void	state_certificate(const struct conf *, int64_t wall, struct json *);
/* warning: what of all certificates of the tunnel ends soon. */
void	state_warnings(const struct tunnel *, int64_t wall, struct json *);
/* peer-certificate, of an IKE_SA. */
void	state_peer_cert(const struct peer_cert *, int64_t wall, struct json *);

#endif
