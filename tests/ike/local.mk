# tests/ike: wire codec, proposals, identities, selectors
IKE_TESTS = tests/ike/test_build tests/ike/test_ident tests/ike/test_message tests/ike/test_message1 \
	tests/ike/test_payload \
	tests/ike/test_choice tests/ike/test_proposal tests/ike/test_proposal1 \
	tests/ike/test_rules tests/ike/test_sa1 tests/ike/test_signature tests/ike/test_ts
check_PROGRAMS += $(IKE_TESTS)
TESTS += $(IKE_TESTS)

EXTRA_DIST += tests/vectors/ikev1-messages.txt tests/vectors/ikev2-messages.txt

IKE_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
IKE_TEST_LDADD = ipsecd/ike/libikewire.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS) $(CUNIT_LIBS)
WIRE_SAMPLE = tests/ike/sample.c tests/ike/sample.h
WIRE_CHECK = $(WIRE_SAMPLE) tests/ike/sample_check.c tests/ike/sample_check.h

tests_ike_test_build_SOURCES = tests/ike/test_build.c $(WIRE_SAMPLE)
tests_ike_test_build_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_build_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_message_SOURCES = tests/ike/test_message.c $(WIRE_CHECK)
tests_ike_test_message_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_message_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_message1_SOURCES = tests/ike/test_message1.c $(WIRE_CHECK)
tests_ike_test_message1_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_message1_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_sa1_SOURCES = tests/ike/test_sa1.c $(WIRE_CHECK)
tests_ike_test_sa1_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_sa1_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_payload_SOURCES = tests/ike/test_payload.c $(WIRE_SAMPLE)
tests_ike_test_payload_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_payload_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_signature_SOURCES = tests/ike/test_signature.c $(WIRE_SAMPLE)
tests_ike_test_signature_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_signature_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_rules_SOURCES = tests/ike/test_rules.c $(WIRE_SAMPLE)
tests_ike_test_rules_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_rules_LDADD = $(IKE_TEST_LDADD)

OFFERS = tests/ike/offers.c tests/ike/offers.h $(WIRE_SAMPLE)
tests_ike_test_proposal_SOURCES = tests/ike/test_proposal.c $(OFFERS)
tests_ike_test_proposal_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_proposal_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_proposal1_SOURCES = tests/ike/test_proposal1.c $(OFFERS)
tests_ike_test_proposal1_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_proposal1_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_choice_SOURCES = tests/ike/test_choice.c $(OFFERS)
tests_ike_test_choice_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_choice_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_ident_SOURCES = tests/ike/test_ident.c
tests_ike_test_ident_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_ident_LDADD = $(IKE_TEST_LDADD)

tests_ike_test_ts_SOURCES = tests/ike/test_ts.c
tests_ike_test_ts_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_ts_LDADD = $(IKE_TEST_LDADD)

# tests/ike: the engine's parts
ENGINE_TESTS = tests/ike/test_timer tests/ike/test_conf tests/ike/test_ident_cert \
	tests/ike/test_keymat1
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)

tests_ike_test_timer_SOURCES = tests/ike/test_timer.c
tests_ike_test_timer_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_timer_LDADD = ipsecd/ike/libike.a $(CUNIT_LIBS)

tests_ike_test_conf_SOURCES = tests/ike/test_conf.c
tests_ike_test_conf_CFLAGS = $(IKE_TEST_CFLAGS) $(LIBYANG_CFLAGS)
tests_ike_test_conf_LDADD = ipsecd/ike/libike.a $(IKE_TEST_LDADD) $(LIBYANG_LIBS)

tests_ike_test_ident_cert_SOURCES = tests/ike/test_ident_cert.c
tests_ike_test_ident_cert_CFLAGS = $(IKE_TEST_CFLAGS) $(CRYPTO_CFLAGS)
tests_ike_test_ident_cert_LDADD = ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	$(PKI_LDADD) $(CUNIT_LIBS) $(LIBYANG_LIBS)

tests_ike_test_keymat1_SOURCES = tests/ike/test_keymat1.c tests/ike/keymat1_vectors.h
tests_ike_test_keymat1_CFLAGS = $(IKE_TEST_CFLAGS)
tests_ike_test_keymat1_LDADD = ipsecd/ike/libike.a $(IKE_TEST_LDADD)
