# tests/fuzz: what reads a stranger's bytes.  `make check` replays each corpus;
# tests/fuzz/run builds the libFuzzer programs and lets them search.
FUZZ_REPLAYS = tests/fuzz/replay_message tests/fuzz/replay_engine
check_PROGRAMS += $(FUZZ_REPLAYS)
TESTS += $(FUZZ_REPLAYS)
EXTRA_DIST += tests/fuzz/corpus

FUZZ_MESSAGE_SOURCES = tests/fuzz/fuzz_message.c tests/ike/sample.c tests/ike/sample.h
FUZZ_MESSAGE_LDADD = ipsecd/ike/libikewire.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS)

tests_fuzz_replay_message_SOURCES = $(FUZZ_MESSAGE_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_message_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"message"'
tests_fuzz_replay_message_LDADD = $(FUZZ_MESSAGE_LDADD)

FUZZ_ALICE = tests/fuzz/alice.c tests/fuzz/alice.h tests/fuzz/shown.h
FUZZ_ENGINE_SOURCES = tests/fuzz/fuzz_engine.c tests/pair/puppet.c \
	tests/pair/puppet.h $(FUZZ_ALICE)
FUZZ_ENGINE_LDADD = tests/pair/libworld.a ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(CRYPTO_LIBS) $(LIBYANG_LIBS)

tests_fuzz_replay_engine_SOURCES = $(FUZZ_ENGINE_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_engine_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"engine"'
tests_fuzz_replay_engine_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_fuzz_replay_engine_LDADD = $(FUZZ_ENGINE_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_message tests/fuzz/fuzz_engine
tests_fuzz_fuzz_engine_SOURCES = $(FUZZ_ENGINE_SOURCES)
tests_fuzz_fuzz_engine_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_fuzz_fuzz_engine_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_engine_LDADD = $(FUZZ_ENGINE_LDADD)
tests_fuzz_fuzz_message_SOURCES = $(FUZZ_MESSAGE_SOURCES)
tests_fuzz_fuzz_message_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_message_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_message_LDADD = $(FUZZ_MESSAGE_LDADD)
endif

# What is inside the tunnels of the `user` data plane.
check_PROGRAMS += tests/fuzz/replay_inner
TESTS += tests/fuzz/replay_inner
FUZZ_INNER_LDADD = ipsecd/esp/libesp.a lib/libcommon.a
tests_fuzz_replay_inner_SOURCES = tests/fuzz/fuzz_inner.c tests/fuzz/replay.c
tests_fuzz_replay_inner_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"inner"'
tests_fuzz_replay_inner_LDADD = $(FUZZ_INNER_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_inner
tests_fuzz_fuzz_inner_SOURCES = tests/fuzz/fuzz_inner.c
tests_fuzz_fuzz_inner_CFLAGS = $(AM_CFLAGS)
tests_fuzz_fuzz_inner_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_inner_LDADD = $(FUZZ_INNER_LDADD)
endif

# Whatever is typed into the shell.
check_PROGRAMS += tests/fuzz/replay_line
TESTS += tests/fuzz/replay_line
FUZZ_LINE_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cli
FUZZ_LINE_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS)
tests_fuzz_replay_line_SOURCES = tests/fuzz/fuzz_line.c tests/fuzz/replay.c
tests_fuzz_replay_line_CPPFLAGS = $(FUZZ_LINE_CPPFLAGS) -DFUZZ_CORPUS='"line"'
tests_fuzz_replay_line_CFLAGS = $(FUZZ_LINE_CFLAGS)
tests_fuzz_replay_line_LDADD = $(CLI_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_line
tests_fuzz_fuzz_line_SOURCES = tests/fuzz/fuzz_line.c
tests_fuzz_fuzz_line_CPPFLAGS = $(FUZZ_LINE_CPPFLAGS)
tests_fuzz_fuzz_line_CFLAGS = $(FUZZ_LINE_CFLAGS)
tests_fuzz_fuzz_line_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_line_LDADD = $(CLI_LIBS)
endif

# An engine that holds SAs of both roles.
check_PROGRAMS += tests/fuzz/replay_established
TESTS += tests/fuzz/replay_established
FUZZ_ESTABLISHED_SOURCES = tests/fuzz/fuzz_established.c tests/pair/puppet.c \
	tests/pair/puppet.h $(FUZZ_ALICE)
tests_fuzz_replay_established_SOURCES = $(FUZZ_ESTABLISHED_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_established_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"established"'
tests_fuzz_replay_established_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_fuzz_replay_established_LDADD = $(FUZZ_ENGINE_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_established
tests_fuzz_fuzz_established_SOURCES = $(FUZZ_ESTABLISHED_SOURCES)
tests_fuzz_fuzz_established_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_fuzz_fuzz_established_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_established_LDADD = $(FUZZ_ENGINE_LDADD)
endif

# IKE_AUTH by certificate.
check_PROGRAMS += tests/fuzz/replay_auth
TESTS += tests/fuzz/replay_auth
FUZZ_AUTH_SOURCES = tests/fuzz/fuzz_auth.c tests/pair/puppet.c tests/pair/puppet.h \
	tests/pair/store.c tests/pair/store.h $(FUZZ_ALICE)
FUZZ_AUTH_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(CRYPTO_CFLAGS)
FUZZ_AUTH_LDADD = tests/pki/libpki.a $(FUZZ_ENGINE_LDADD)
tests_fuzz_replay_auth_SOURCES = $(FUZZ_AUTH_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_auth_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"auth"'
tests_fuzz_replay_auth_CFLAGS = $(FUZZ_AUTH_CFLAGS)
tests_fuzz_replay_auth_LDADD = $(FUZZ_AUTH_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_auth
tests_fuzz_fuzz_auth_SOURCES = $(FUZZ_AUTH_SOURCES)
tests_fuzz_fuzz_auth_CFLAGS = $(FUZZ_AUTH_CFLAGS)
tests_fuzz_fuzz_auth_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_auth_LDADD = $(FUZZ_AUTH_LDADD)
endif

# Whatever is said to confd.
check_PROGRAMS += tests/fuzz/replay_confd
TESTS += tests/fuzz/replay_confd
FUZZ_CONFD_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS)
tests_fuzz_replay_confd_SOURCES = tests/fuzz/fuzz_confd.c tests/fuzz/replay.c
tests_fuzz_replay_confd_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"confd"'
tests_fuzz_replay_confd_CFLAGS = $(FUZZ_CONFD_CFLAGS)
tests_fuzz_replay_confd_LDADD = $(CONFD_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_confd
tests_fuzz_fuzz_confd_SOURCES = tests/fuzz/fuzz_confd.c
tests_fuzz_fuzz_confd_CFLAGS = $(FUZZ_CONFD_CFLAGS)
tests_fuzz_fuzz_confd_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_confd_LDADD = $(CONFD_LIBS)
endif

# Certificates, CRLs and OCSP answers of strangers.
check_PROGRAMS += tests/fuzz/replay_x509
TESTS += tests/fuzz/replay_x509
FUZZ_X509_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_replay_x509_SOURCES = tests/fuzz/fuzz_x509.c tests/fuzz/shown.h \
	tests/fuzz/replay.c
tests_fuzz_replay_x509_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"x509"'
tests_fuzz_replay_x509_CFLAGS = $(FUZZ_X509_CFLAGS)
tests_fuzz_replay_x509_LDADD = $(PKI_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_x509
tests_fuzz_fuzz_x509_SOURCES = tests/fuzz/fuzz_x509.c tests/fuzz/shown.h
tests_fuzz_fuzz_x509_CFLAGS = $(FUZZ_X509_CFLAGS)
tests_fuzz_fuzz_x509_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_x509_LDADD = $(PKI_LDADD)
endif

# What somebody imports into the certificate store, and its files.
check_PROGRAMS += tests/fuzz/replay_bundle
TESTS += tests/fuzz/replay_bundle
FUZZ_BUNDLE_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
FUZZ_BUNDLE_LDADD = ipsecd/keys/libkeys.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS)
tests_fuzz_replay_bundle_SOURCES = tests/fuzz/fuzz_bundle.c tests/fuzz/replay.c
tests_fuzz_replay_bundle_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"bundle"'
tests_fuzz_replay_bundle_CFLAGS = $(FUZZ_BUNDLE_CFLAGS)
tests_fuzz_replay_bundle_LDADD = $(FUZZ_BUNDLE_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_bundle
tests_fuzz_fuzz_bundle_SOURCES = tests/fuzz/fuzz_bundle.c
tests_fuzz_fuzz_bundle_CFLAGS = $(FUZZ_BUNDLE_CFLAGS)
tests_fuzz_fuzz_bundle_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_bundle_LDADD = $(FUZZ_BUNDLE_LDADD)
endif

# URLs out of certificates, and where servers say that they lead.
check_PROGRAMS += tests/fuzz/replay_url
TESTS += tests/fuzz/replay_url
FUZZ_URL_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
FUZZ_URL_LDADD = ipsecd/fetch/libfetch.a lib/libcommon.a $(CURL_LIBS)
tests_fuzz_replay_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/replay.c
tests_fuzz_replay_url_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"url"'
tests_fuzz_replay_url_CFLAGS = $(FUZZ_URL_CFLAGS)
tests_fuzz_replay_url_LDADD = $(FUZZ_URL_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c
tests_fuzz_fuzz_url_CFLAGS = $(FUZZ_URL_CFLAGS)
tests_fuzz_fuzz_url_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_url_LDADD = $(FUZZ_URL_LDADD)
endif

EXTRA_DIST += tests/fuzz/run

# IKEv1: main mode; all that comes after it.
check_PROGRAMS += tests/fuzz/replay_main tests/fuzz/replay_quick
TESTS += tests/fuzz/replay_main tests/fuzz/replay_quick
FUZZ_IKE1_SOURCES = tests/pair/puppet1.c tests/pair/puppet1.h $(FUZZ_ALICE)
FUZZ_IKE1_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(CRYPTO_CFLAGS)
FUZZ_MAIN_SOURCES = tests/fuzz/fuzz_main.c tests/pair/store.c tests/pair/store.h \
	$(FUZZ_IKE1_SOURCES)
tests_fuzz_replay_main_SOURCES = $(FUZZ_MAIN_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_main_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"main"'
tests_fuzz_replay_main_CFLAGS = $(FUZZ_IKE1_CFLAGS)
tests_fuzz_replay_main_LDADD = $(FUZZ_AUTH_LDADD)
tests_fuzz_replay_quick_SOURCES = tests/fuzz/fuzz_quick.c $(FUZZ_IKE1_SOURCES) \
	tests/fuzz/replay.c
tests_fuzz_replay_quick_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"quick"'
tests_fuzz_replay_quick_CFLAGS = $(FUZZ_IKE1_CFLAGS)
tests_fuzz_replay_quick_LDADD = $(FUZZ_ENGINE_LDADD)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_main tests/fuzz/fuzz_quick
tests_fuzz_fuzz_main_SOURCES = $(FUZZ_MAIN_SOURCES)
tests_fuzz_fuzz_main_CFLAGS = $(FUZZ_IKE1_CFLAGS)
tests_fuzz_fuzz_main_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_main_LDADD = $(FUZZ_AUTH_LDADD)
tests_fuzz_fuzz_quick_SOURCES = tests/fuzz/fuzz_quick.c $(FUZZ_IKE1_SOURCES)
tests_fuzz_fuzz_quick_CFLAGS = $(FUZZ_IKE1_CFLAGS)
tests_fuzz_fuzz_quick_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_quick_LDADD = $(FUZZ_ENGINE_LDADD)
endif
