/*
 * puppet1: a peer of IKEv1 that a test plays by hand, as puppet is one of IKEv2: keys
 * of its own making and no state machine.
 */
#ifndef CULVERT_TESTS_PUPPET1_H
#define CULVERT_TESTS_PUPPET1_H

#include "ike/ike1/keymat1.h"
#include "ike/wire/build1.h"
#include "world.h"

#define PUPPET1_MAX	8192
#define PUPPET1_IVS	8

struct puppet1 {
	struct world		*w;
	struct node		*victim;
	struct crypto		*crypto;
	struct endpoint		 local, remote;	/* remote: the victim */
	bool			 encap;
	bool			 initiator;
	bool			 fragments;	/* says that it takes them */
	unsigned int		 dpd_in;	/* which of its messages says that it
						 * does RFC 3706: 0 to 2 */
	bool			 met;		/* the keys are there */
	uint64_t		 spi_i, spi_r;
	struct suite		 suite;
	struct ke		*ke;
	struct nonce		 ni, nr;
	struct keys1		 keys;
	uint8_t			 shared[KE_SHARED_MAX];
	uint8_t			 ke_i[KE_PUBLIC_MAX], ke_r[KE_PUBLIC_MAX];
	uint8_t			 sa_i[1024];	/* body of the SA payload */
	size_t			 sa_i_len;
	/* The next IVs of the newest exchanges. */
	struct {
		uint32_t	 msgid;
		uint8_t		 exchange;
		uint8_t		 iv[CBC_IV];
	}			 iv[PUPPET1_IVS];
	unsigned int		 n_iv;
	/* The message being built, and the last one sent. */
	struct build		 b;
	uint8_t			*hash;		/* room for it; NULL: none */
	uint32_t		 msgid;		/* of it */
	uint8_t			 buf[PUPPET1_MAX];
	size_t			 len;
	/* What the victim sent since puppet1_forget(): how many, the last one
	 * as it was, and decoded (m.n is 0 if it could not be). */
	unsigned int		 heard;
	uint8_t			 got[PUPPET1_MAX];
	size_t			 got_len;
	uint8_t			 plain[PUPPET1_MAX];
	struct message		 m;
};

/* Replaces the tap of the world: nothing the victim sends goes elsewhere. */
void	puppet1_init(struct puppet1 *, struct world *, struct node *victim,
		     const char *addr);
void	puppet1_fini(struct puppet1 *);
void	puppet1_forget(struct puppet1 *);
/* The bytes in p->buf, as they are; what the victim said before is forgotten. */
void	puppet1_say(struct puppet1 *);

/* Any clear message: build into p->b, p->len = build_end(). */
void	puppet1_clear(struct puppet1 *, uint8_t exchange, uint32_t msgid);
/* Main mode up to where keys are, by the default proposals.  As responder: the
 * victim's message 1 is the last that was heard.  No psk: by certificate. */
bool	puppet1_meet(struct puppet1 *, const char *psk);
bool	puppet1_answer(struct puppet1 *, const char *psk);
/* Message 5, with that identity; or 6.  The payloads alone; all of it. */
void	puppet1_build_auth(struct puppet1 *, const char *name);
void	puppet1_build_signature(struct puppet1 *, const char *name,
				const struct bytes *cert, struct evp_pkey_st *key);
bool	puppet1_authenticate(struct puppet1 *, const char *name);

/* An encrypted message: begin, perhaps a HASH (n of RFC 2409's HASH(n)), build into
 * p->b, seal; then puppet1_say(). */
void	puppet1_begin(struct puppet1 *, uint8_t exchange, uint32_t msgid);
void	puppet1_hash(struct puppet1 *);
void	puppet1_seal(struct puppet1 *, unsigned int n);

#endif
