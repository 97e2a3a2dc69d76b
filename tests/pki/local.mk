# tests/pki: certificates for tests, in memory and (mkpki) in a folder.
noinst_LIBRARIES += tests/pki/libpki.a
tests_pki_libpki_a_SOURCES = tests/pki/pki.c tests/pki/pki.h tests/pki/pki_in.h \
	tests/pki/pki_parse.c tests/pki/pki_status.c
tests_pki_libpki_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)

# What a program needs that makes certificates.
PKI_LDADD = tests/pki/libpki.a ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS)

# Built by `make`, for the scenarios.
noinst_PROGRAMS += tests/pki/mkpki
tests_pki_mkpki_SOURCES = tests/pki/mkpki.c
tests_pki_mkpki_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_pki_mkpki_LDADD = $(PKI_LDADD)
