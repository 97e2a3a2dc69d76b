/*
 * natd: NAT detection in main mode (RFC 3947 3.2, and its drafts): NAT-D payloads
 * with HASH(cookies | address | port), the receiver's first.
 */
#ifndef CULVERT_IKE1_NATD_H
#define CULVERT_IKE1_NATD_H

struct build;
struct engine;
struct ike_sa;
struct message;

/* Our vendor ids; the initiator says all, the responder the best of the peer's
 * (v1->natt). */
void	natd_announce(const struct ike_sa *, struct build *);
/* What the peer's vendor ids say: into v1->natt. */
void	natd_negotiate(struct ike_sa *, const struct message *);
/* Both payloads, if that was agreed on; with caps.force_encap ours is wrong on
 * purpose. */
void	natd_build(struct engine *, const struct ike_sa *, struct build *);
/* Sets natd, nat_local and nat_remote from the peer's. */
void	natd_detect(struct engine *, struct ike_sa *, const struct message *);

#endif
