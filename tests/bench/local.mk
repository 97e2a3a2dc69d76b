# tests/bench
noinst_LIBRARIES += tests/bench/libbare.a
tests_bench_libbare_a_SOURCES = tests/bench/bare.c tests/bench/bare.h

noinst_PROGRAMS += tests/bench/bench_crypto
tests_bench_bench_crypto_SOURCES = tests/bench/bench_crypto.c
tests_bench_bench_crypto_LDADD = tests/bench/libbare.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(CRYPTO_LIBS)

# Needs root and network namespaces; run by hand.
EXTRA_DIST += tests/bench/session.py tests/bench/throughput.py tests/bench/tunnels.py

noinst_PROGRAMS += tests/bench/bench_wire
tests_bench_bench_wire_SOURCES = tests/bench/bench_wire.c tests/ike/sample.c tests/ike/sample.h
tests_bench_bench_wire_LDADD = ipsecd/ike/libikewire.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS)

noinst_PROGRAMS += tests/bench/bench_handshake
tests_bench_bench_handshake_SOURCES = tests/bench/bench_handshake.c \
	tests/bench/bare_cert.c tests/bench/bare_cert.h \
	tests/bench/many.c tests/bench/many.h \
	tests/pair/store.c tests/pair/store.h
tests_bench_bench_handshake_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_handshake_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_bench_bench_handshake_LDADD = tests/bench/libbare.a tests/pair/libworld.a \
	tests/pki/libpki.a \
	ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS)
noinst_PROGRAMS += tests/bench/bench_confd
tests_bench_bench_confd_SOURCES = tests/bench/bench_confd.c tests/confd/fixture.h \
	tests/confd/owner.h tests/unit.h
tests_bench_bench_confd_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_bench_bench_confd_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

noinst_PROGRAMS += tests/bench/bench_million
tests_bench_bench_million_SOURCES = tests/bench/bench_million.c \
	tests/bench/many.c tests/bench/many.h
tests_bench_bench_million_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_million_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_bench_bench_million_LDADD = tests/pair/libworld.a \
	ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS)
