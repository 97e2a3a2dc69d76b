# tests/crypto: one program for each file of ipsecd/crypto
CRYPTO_TESTS = tests/crypto/test_alg tests/crypto/test_cert \
	tests/crypto/test_cipher tests/crypto/test_constraints \
	tests/crypto/test_crl tests/crypto/test_dh tests/crypto/test_dn \
	tests/crypto/test_no_memory tests/crypto/test_ocsp tests/crypto/test_paths tests/crypto/test_prf \
	tests/crypto/test_sign
check_PROGRAMS += $(CRYPTO_TESTS)
TESTS += $(CRYPTO_TESTS)

EXTRA_DIST += tests/crypto/hex.h tests/crypto/need.h tests/crypto/prf_plus_vectors.h

CRYPTO_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(CRYPTO_CFLAGS)
CRYPTO_TEST_LDADD = ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(CUNIT_LIBS)

tests_crypto_test_alg_SOURCES = tests/crypto/test_alg.c
tests_crypto_test_alg_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_alg_LDADD = $(CRYPTO_TEST_LDADD)

tests_crypto_test_cipher_SOURCES = tests/crypto/test_cipher.c
tests_crypto_test_cipher_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_cipher_LDADD = $(CRYPTO_TEST_LDADD)

tests_crypto_test_dh_SOURCES = tests/crypto/test_dh.c
tests_crypto_test_dh_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_dh_LDADD = $(CRYPTO_TEST_LDADD)

tests_crypto_test_prf_SOURCES = tests/crypto/test_prf.c
tests_crypto_test_prf_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_prf_LDADD = $(CRYPTO_TEST_LDADD)

tests_crypto_test_dn_SOURCES = tests/crypto/test_dn.c
tests_crypto_test_dn_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_dn_LDADD = $(CRYPTO_TEST_LDADD)

tests_crypto_test_cert_SOURCES = tests/crypto/test_cert.c
tests_crypto_test_cert_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_cert_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_sign_SOURCES = tests/crypto/test_sign.c
tests_crypto_test_sign_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_sign_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_crl_SOURCES = tests/crypto/test_crl.c
tests_crypto_test_crl_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_crl_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_paths_SOURCES = tests/crypto/test_paths.c tests/crypto/paths.c \
	tests/crypto/paths.h
tests_crypto_test_paths_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_paths_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_constraints_SOURCES = tests/crypto/test_constraints.c \
	tests/crypto/paths.c tests/crypto/paths.h
tests_crypto_test_constraints_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_constraints_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_ocsp_SOURCES = tests/crypto/test_ocsp.c
tests_crypto_test_ocsp_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_ocsp_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)

tests_crypto_test_no_memory_SOURCES = tests/crypto/test_no_memory.c
tests_crypto_test_no_memory_CFLAGS = $(CRYPTO_TEST_CFLAGS)
tests_crypto_test_no_memory_LDADD = $(PKI_LDADD) $(CUNIT_LIBS)
