noinst_LIBRARIES += ipsecd/crypto/libipseccrypto.a
ipsecd_crypto_libipseccrypto_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
ipsecd_crypto_libipseccrypto_a_SOURCES = \
	ipsecd/crypto/alg.c ipsecd/crypto/alg.h \
	ipsecd/crypto/cipher.c \
	ipsecd/crypto/crypto.c ipsecd/crypto/crypto.h \
	ipsecd/crypto/dh.c \
	ipsecd/crypto/dn.c ipsecd/crypto/dn.h \
	ipsecd/crypto/internal.h \
	ipsecd/crypto/prf.c
