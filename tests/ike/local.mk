# tests/ike: wire codec, proposals, identities, selectors
IKE_TESTS = tests/ike/test_message
check_PROGRAMS += $(IKE_TESTS)
TESTS += $(IKE_TESTS)

EXTRA_DIST += tests/vectors/ikev2-messages.txt

IKE_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
IKE_TEST_LDADD = ipsecd/ike/libikewire.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS) $(CUNIT_LIBS)

tests_ike_test_message_SOURCES = tests/ike/test_message.c tests/ike/sample.c tests/ike/sample.h
tests_ike_test_message_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_message_LDADD = $(IKE_TEST_LDADD)
