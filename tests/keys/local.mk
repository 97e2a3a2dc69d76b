# tests/keys: the certificate store
KEYS_TESTS = tests/keys/test_bundle tests/keys/test_import tests/keys/test_shared \
	tests/keys/test_store
check_PROGRAMS += $(KEYS_TESTS) tests/keys/keeper
TESTS += $(KEYS_TESTS)

KEYS_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(CRYPTO_CFLAGS) $(LIBYANG_CFLAGS) \
	$(LIBEVENT_CFLAGS)
KEYS_TEST_LDADD = ipsecd/keys/libkeys.a ipsecd/proc/libproc.a $(PKI_LDADD) \
	$(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(CUNIT_LIBS) -lpthread

tests_keys_test_bundle_SOURCES = tests/keys/test_bundle.c
tests_keys_test_bundle_CFLAGS = $(KEYS_TEST_CFLAGS)
tests_keys_test_bundle_LDADD = $(KEYS_TEST_LDADD)

tests_keys_test_import_SOURCES = tests/keys/test_import.c tests/keys/fixture.h
tests_keys_test_import_CFLAGS = $(KEYS_TEST_CFLAGS)
tests_keys_test_import_LDADD = $(KEYS_TEST_LDADD)

tests_keys_test_shared_SOURCES = tests/keys/test_shared.c
tests_keys_test_shared_CFLAGS = $(KEYS_TEST_CFLAGS)
tests_keys_test_shared_LDADD = ipsecd/keys/libkeys.a ipsecd/ike/libike.a \
	$(KEYS_TEST_LDADD)

tests_keys_test_store_SOURCES = tests/keys/test_store.c tests/keys/fixture.h
tests_keys_test_store_CFLAGS = $(KEYS_TEST_CFLAGS)
tests_keys_test_store_LDADD = $(KEYS_TEST_LDADD)

tests_keys_keeper_SOURCES = tests/keys/keeper.c
tests_keys_keeper_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_keys_keeper_LDADD = $(KEYS_TEST_LDADD)

# living.py starts ipsecd for real as root, else it is skipped.
dist_check_SCRIPTS += tests/keys/killed.py tests/keys/living.py
TESTS += tests/keys/killed.py tests/keys/living.py
