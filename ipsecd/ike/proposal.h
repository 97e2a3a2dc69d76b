/*
 * proposal: which algorithms we offer, accept and agreed on (RFC 7296 3.3).
 *
 * A struct algs is what a tunnel's configuration allows, a struct suite one
 * choice of each kind: the result of a negotiation.  A struct offer is a list of
 * proposals as it goes into an SA payload, made from the configuration when it
 * is needed and kept nowhere.  What a peer offers is read from the decoded message in the
 * same form, so that one set of functions compares the two.
 *
 * As responder we go by our own order of preference, not the peer's (as
 * strongSwan does by default): the one who is asked enforces its policy, and
 * the RFC lets it choose any.  Only among groups of the chosen proposal does the
 * peer's KE payload come first, which saves a round trip.
 */
#ifndef CULVERT_PROPOSAL_H
#define CULVERT_PROPOSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "err.h"
#include "wire/message.h"

struct suite {
	uint8_t		protocol;	/* PROTO_IKE, PROTO_ESP */
	bool		esn;		/* extended sequence numbers; ESP only */
	uint16_t	encr;
	uint16_t	key_bits;	/* always filled in, 0 for ChaCha20 */
	uint16_t	integ;		/* 0: AEAD */
	uint16_t	prf;		/* IKE only */
	uint16_t	ke;		/* 0: no key exchange (NONE) */
};

/* The algorithms of a chosen suite; never NULL but for what it does not have. */
const struct encr_alg	*suite_encr(const struct suite *);
const struct integ_alg	*suite_integ(const struct suite *);
const struct prf_alg	*suite_prf(const struct suite *);
const struct ke_alg	*suite_ke(const struct suite *);

#define SUITE_STRLEN	96
/* "aes128gcm16-prfsha256-x25519", "aes128-sha256-x25519" */
const char *suite_str(const struct suite *, char buf[SUITE_STRLEN]);
/* "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256" (S1-151) */
const char *suite_show(const struct suite *, char buf[SUITE_STRLEN]);

/* --- what is configured --- */

/* All zero: the default proposals, i.e. "no ike", "no esp", of IKEv2. */
struct algs {
	struct transform	*t;	/* owned; T_ENCR, T_INTEG, T_PRF, T_KE,
					 * each the preferred first */
	size_t			 n;
	bool			 ike1;	/* in IKEv1, which knows fewer of them; in
					 * IKEv2's numbers all the same */
};

/* From the names of the configuration, of each kind several with blanks between;
 * NULL for what is absent.  version: of IKE, 1 or 2; each has algorithms that
 * the other has not.  -1 names what is wrong (S1-014..S1-021, S1-072, S1-075). */
int	algs_from_names(struct algs *, enum ike_protocol, unsigned int version,
			const char *cipher, const char *auth, const char *prf,
			const char *dh, struct err *)
		__attribute__((warn_unused_result));
void	algs_fini(struct algs *);
static inline bool algs_is_default(const struct algs *a) { return a->n == 0; }
bool	algs_equal(const struct algs *, const struct algs *);
/* The names of those that are for old peers only, "sha1 modp1024"; "" if there is
 * none.  SHA-1 in the default proposals of IKEv1 is none. */
#define ALGS_OLD_STRLEN	64
const char *algs_old(const struct algs *, char buf[ALGS_OLD_STRLEN]);
/* The same of what was agreed on. */
const char *suite_old(const struct suite *, char buf[ALGS_OLD_STRLEN]);

/* --- what we offer --- */

enum offer_kind {
	OFFER_IKE,		/* IKE_SA_INIT, or rekeying an IKE_SA */
	OFFER_AUTH_CHILD,	/* in IKE_AUTH: no key exchange (RFC 7296 1.2) */
	OFFER_CHILD,		/* CREATE_CHILD_SA: with PFS as configured */
};

#define OFFER_PROPOSALS_MAX	3
#define OFFER_TRANSFORMS_MAX	48

struct offer {				/* points into itself: not copied */
	enum offer_kind		kind;
	bool			ike1;
	size_t			n;
	struct proposal		p[OFFER_PROPOSALS_MAX];
	struct transform	t[OFFER_TRANSFORMS_MAX];
};

/* What was agreed on. */
struct choice {
	struct suite	suite;
	uint8_t		num;		/* of the peer's proposal */
	uint8_t		types;		/* 1 << enum transform_type: which ones the
					 * peer's proposal had */
	struct bytes	spi;		/* in the peer's proposal */
	bool		wrong_ke;	/* suite.ke is not the group of the KE
					 * payload: INVALID_KE_PAYLOAD */
};

/* AEAD ciphers and others go into proposals of their own (RFC 7296 3.3), the one
 * with the first cipher first.  esn: the data plane can do extended sequence numbers.
 * The proposals have no SPI; offer_spi() puts one (borrowed) into all.  Then
 * build_sa(b, o->p, o->n).
 *
 * With IKEv1 the message has a transform for every combination of each proposal
 * (RFC 2408 4.2), and what comes is a proposal for each transform, in IKEv2's
 * numbers; the hash of phase 1 is both auth and prf. */
void	offer_init(struct offer *, enum offer_kind, const struct algs *, bool esn);
void	offer_spi(struct offer *, const void *spi, size_t len);
/* The responder's answer: what was chosen, alone, with the peer's number. */
void	offer_chosen(struct offer *, enum offer_kind, const struct choice *);
/* The group for the KE payload of a first try; 0: none needed. */
uint16_t offer_first_ke(const struct offer *);
/* For the initiator of a quick mode, whose transforms all have the same group, that
 * of its KE payload (RFC 2409 5.5): leaves one in the offer, which is returned; 0:
 * no key exchange.  By default we do without, and take the one a peer wants. */
uint16_t offer_one_ke(struct offer *);
/* Leaves that one; 0: none. */
void	offer_this_ke(struct offer *, uint16_t group);
/* Of a whole offer: which to try when the peer has refused that one; false: it was
 * the last. */
bool	offer_next_ke(const struct offer *, uint16_t *group);
/* Whether the group of an INVALID_KE_PAYLOAD is one we offered. */
bool	offer_has_ke(const struct offer *, uint16_t group);

/* "aes128gcm16-aes256gcm16-prfsha256-x25519-ecp256, aes128-...": for the loaded
 * configuration. */
#define OFFER_STRLEN	768
const char *offer_str(const struct offer *, char buf[OFFER_STRLEN]);
/* The same as the configuration has it: no prf that follows from auth; "the
 * default proposals". */
const char *algs_str(const struct algs *, enum offer_kind, char buf[OFFER_STRLEN]);

/* --- negotiating --- */

/* Responder: the best of what the peer offers, -1 with an explanation
 * (NO_PROPOSAL_CHOSEN) if nothing fits.  sa: a decoded PL_SA payload; with IKEv1
 * choice.num is that of the proposal that stands for the transform.
 * ke_group: of the peer's KE payload, 0 without one. */
int	offer_select(const struct offer *ours, const struct payload *sa,
		     uint16_t ke_group, struct choice *, struct err *)
		__attribute__((warn_unused_result));

/* Initiator: whether the answer is one proposal out of ours with one transform
 * of each type (RFC 7296 2.7, 3.3).  With IKEv1 its number says nothing. */
int	offer_verify(const struct offer *ours, const struct payload *sa,
		     struct choice *, struct err *)
		__attribute__((warn_unused_result));

/* Why nothing fits, as a sentence: the first kind of algorithm that no two
 * proposals share, both lists, and the nearest proposal.  Returns -1. */
int	offer_explain(const struct offer *ours, const struct payload *sa, struct err *);

/* One transform in the guide's spelling: "aes128gcm16", "3des", "modp1024". */
#define TRANSFORM_STRLEN	40
const char *transform_str(const struct transform *, char buf[TRANSFORM_STRLEN]);

#endif
