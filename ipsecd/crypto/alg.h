/*
 * alg: the algorithms Culvert knows, as tables: IANA number, the guide's name
 * for the configuration, the name the guide prints in `show ipsec N`, and sizes.
 *
 * Everything else that needs a list of algorithms (proposals, the model's
 * enumerations by test, the data planes) derives it from here.
 */
#ifndef CULVERT_ALG_H
#define CULVERT_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 7296 3.3.2 */
enum transform_type { T_ENCR = 1, T_PRF = 2, T_INTEG = 3, T_KE = 4, T_ESN = 5 };

enum encr_mode { ENCR_CBC, ENCR_CTR, ENCR_GCM, ENCR_CCM, ENCR_CHACHA };

struct encr_alg {
	uint16_t	 id;
	uint16_t	 key_bits;	/* 0 on the wire for ChaCha20 */
	const char	*name;		/* "aes128gcm16" */
	const char	*show;		/* "AES_GCM_16-128" */
	const char	*evp;		/* OpenSSL's name */
	const char	*xfrm;		/* the kernel's name */
	enum encr_mode	 mode;
	uint8_t		 key_len;	/* bytes, without salt */
	uint8_t		 salt_len;
	uint8_t		 iv_len;	/* on the wire */
	uint8_t		 block;		/* alignment of the plaintext */
	uint8_t		 icv_len;	/* of an AEAD; 0: wants an integ_alg */
};

struct integ_alg {
	uint16_t	 id;
	const char	*name;		/* "sha256" */
	const char	*show;		/* "HMAC_SHA2_256_128" */
	const char	*md;
	const char	*xfrm;
	uint8_t		 key_len;
	uint8_t		 icv_len;
	uint16_t	 prf_id;	/* the PRF that goes with it (S1-137) */
};

struct prf_alg {
	uint16_t	 id;
	const char	*name;		/* "prfsha256" */
	const char	*show;		/* "PRF_HMAC_SHA2_256" */
	const char	*md;
	uint8_t		 len;		/* output and preferred key length */
};

enum ke_kind { KE_MODP, KE_ECP, KE_XDH };

struct ke_alg {
	uint16_t	 id;
	const char	*name;		/* "x25519" */
	const char	*show;		/* "CURVE_25519" */
	const char	*group;		/* OpenSSL's name; NULL: it has none */
	enum ke_kind	 kind;
	uint16_t	 public_len;	/* on the wire */
	uint16_t	 shared_len;
	uint16_t	 exponent_bits;	/* MODP: RFC 7919 5.2 reasoning */
	bool		 old;		/* too small for anybody but old peers:
					 * IKEv1 only, and only when named */
};

#define KE_PUBLIC_MAX	512
#define KE_SHARED_MAX	512
#define PRF_MAX		64

#define IS_AEAD(e)	((e)->icv_len != 0)

/* By number (key_bits 0 matches an algorithm with one length) or name; NULL if
 * unknown. */
const struct encr_alg	*encr_find(uint16_t id, uint16_t key_bits);
const struct encr_alg	*encr_by_name(const char *);
const struct integ_alg	*integ_find(uint16_t id);
const struct integ_alg	*integ_by_name(const char *);
const struct prf_alg	*prf_find(uint16_t id);
const struct prf_alg	*prf_by_name(const char *);
const struct ke_alg	*ke_find(uint16_t id);
const struct ke_alg	*ke_by_name(const char *);

/* The tables, for walks; end where name is NULL. */
extern const struct encr_alg encr_algs[];
extern const struct integ_alg integ_algs[];
extern const struct prf_alg prf_algs[];
extern const struct ke_alg ke_algs[];

#endif
