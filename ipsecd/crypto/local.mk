noinst_LIBRARIES += ipsecd/crypto/libipseccrypto.a
ipsecd_crypto_libipseccrypto_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
ipsecd_crypto_libipseccrypto_a_SOURCES = \
	ipsecd/crypto/alg.c ipsecd/crypto/alg.h \
	ipsecd/crypto/cert.c ipsecd/crypto/cert.h \
	ipsecd/crypto/cert_in.h \
	ipsecd/crypto/cert_key.c \
	ipsecd/crypto/cert_names.c \
	ipsecd/crypto/cert_urls.c \
	ipsecd/crypto/chain.c ipsecd/crypto/chain.h \
	ipsecd/crypto/chain_why.c ipsecd/crypto/chain_why.h \
	ipsecd/crypto/cipher.c \
	ipsecd/crypto/constraint.c ipsecd/crypto/constraint.h \
	ipsecd/crypto/crl.c ipsecd/crypto/crl.h \
	ipsecd/crypto/crl_entries.c ipsecd/crypto/crl_in.h \
	ipsecd/crypto/crypto.c ipsecd/crypto/crypto.h \
	ipsecd/crypto/der.c ipsecd/crypto/der.h \
	ipsecd/crypto/dh.c \
	ipsecd/crypto/dn.c ipsecd/crypto/dn.h \
	ipsecd/crypto/failed.c \
	ipsecd/crypto/internal.h \
	ipsecd/crypto/ocsp.c ipsecd/crypto/ocsp.h \
	ipsecd/crypto/prf.c \
	ipsecd/crypto/sha256.c ipsecd/crypto/sha256.h \
	ipsecd/crypto/sign.c ipsecd/crypto/sign.h
