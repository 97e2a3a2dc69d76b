/*
 * puppet: a peer that a test plays by hand, to say to an engine what no peer
 * should say.  It has keys of its own making and no state machine.
 */
#ifndef CULVERT_TESTS_PUPPET_H
#define CULVERT_TESTS_PUPPET_H

#include "ike/ike2/keymat.h"
#include "ike/wire/build.h"
#include "ike/wire/message.h"
#include "crypto/sign.h"
#include "tests/pki/pki.h"
#include "world.h"

#define PUPPET_MAX	8192

struct puppet {
	struct world		*w;
	struct node		*victim;
	struct crypto		*crypto;
	struct endpoint		 local, remote;	/* remote: the victim */
	bool			 encap;
	bool			 initiator;
	bool			 fragments;	/* says so in IKE_SA_INIT */
	bool			 hashes;	/* likewise: does RFC 7427 */
	uint64_t		 spi_i, spi_r;
	struct suite		 suite;
	struct ke		*ke;
	struct nonce		 ni, nr;
	uint8_t			 cookie[64];	/* shown, unless it is empty */
	size_t			 cookie_len;
	bool			 vendor;	/* says in the first message who it is */
	struct ike_keys		 keys;
	struct cipher_keys	 in, out;
	uint64_t		 iv;
	uint32_t		 msgid;		/* of our next request */
	/* Both IKE_SA_INIT messages, for AUTH. */
	uint8_t			 init_i[PUPPET_MAX], init_r[PUPPET_MAX];
	size_t			 init_i_len, init_r_len;
	/* The message being built, and the last one sent. */
	struct build		 b;
	uint8_t			 buf[PUPPET_MAX];
	size_t			 len;
	/* What the victim sent since puppet_forget(): how many, the last one
	 * as it was, and decoded (m.n is 0 if it could not be). */
	unsigned int		 heard;
	uint8_t			 got[PUPPET_MAX];
	size_t			 got_len;
	bool			 got_encap;
	struct endpoint		 got_to;
	uint8_t			 plain[PUPPET_MAX];
	struct message		 m;
	/* Of its fragments, in the order they came. */
	uint8_t			 joined[PUPPET_MAX];
	size_t			 joined_len;
	uint8_t			 joined_first;
};

/* Replaces the tap of the world: nothing the victim sends goes elsewhere. */
void	puppet_init(struct puppet *, struct world *, struct node *victim,
		    const char *addr);
void	puppet_fini(struct puppet *);
void	puppet_forget(struct puppet *);

/* The bytes in p->buf, as they are. */
void	puppet_send(struct puppet *);
/* The same, and what the victim said before is forgotten. */
void	puppet_say(struct puppet *);
/* A clear IKE_SA_INIT request with the default proposals; change p->buf and
 * then puppet_send(), or call puppet_meet(), which does it and makes keys of
 * the answer. */
void	puppet_build_init(struct puppet *);
bool	puppet_meet(struct puppet *);

/* The last message is a cookie: it goes into every puppet_build_init(). */
bool	puppet_take_cookie(struct puppet *);

/* The other role: the victim's request is here (puppet_forget() before it was
 * made); the answer, with keys made; change p->buf or p->b, puppet_send(). */
bool	puppet_asked(struct puppet *);
bool	puppet_build_answer(struct puppet *);
/* Any clear message: build into p->b, p->len = build_end(). */
void	puppet_clear(struct puppet *, uint8_t exchange, uint8_t flags, uint32_t msgid);

/* An encrypted message: begin, build into p->b, seal; then puppet_send(). */
void	puppet_begin(struct puppet *, uint8_t exchange, bool response, uint32_t msgid);
void	puppet_seal(struct puppet *);
/* Instead of puppet_seal(): takes what was built out again, to go in fragments.
 * Then any of them, in any order, one after the other. */
struct parts {
	uint8_t			 exchange, first;
	bool			 response;
	uint32_t		 msgid;
	uint8_t			 text[PUPPET_MAX];
	size_t			 len;
};
void	puppet_cut(struct puppet *, struct parts *);
void	puppet_part(struct puppet *, const struct parts *, uint16_t number,
		    uint16_t total);
/* One with contents of your own: build into p->b, puppet_seal(). */
void	puppet_begin_part(struct puppet *, const struct parts *, uint16_t number,
			  uint16_t total);
/* Those of a proper IKE_AUTH message, one after the other.  reserved: put into
 * the octets nobody looks at.  As responder a CHILD_SA is the chosen one. */
void	puppet_build_id(struct puppet *, const char *name, uint8_t reserved);
void	puppet_build_auth(struct puppet *, const char *name, const char *psk,
			  uint8_t reserved);
/* What an AUTH of its own signs; how many octets. */
#define PUPPET_OCTETS_MAX	(PUPPET_MAX + 512)
size_t	puppet_octets(struct puppet *, const char *name, uint8_t reserved,
		      uint8_t out[PUPPET_OCTETS_MAX]);
void	puppet_build_cert(struct puppet *, const struct pki_cert *);
void	puppet_build_signature(struct puppet *, const char *name, EVP_PKEY *,
			       enum sign_scheme);
void	puppet_build_child(struct puppet *, enum offer_kind, uint32_t spi,
			   const char *tsi, const char *tsr);
void	puppet_build_ts(struct puppet *, const char *tsi, const char *tsr);
/* All of it: the tunnel is up; false if the victim does not think so. */
bool	puppet_authenticate(struct puppet *, const char *name, const char *psk);

/* The type of the only notify in the last message, or 0. */
uint16_t puppet_told(const struct puppet *);

#endif
