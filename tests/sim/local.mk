# tests/sim: simulated years
SIM_SOURCES = tests/sim/main.c tests/sim/sim.h tests/sim/ladder.c \
	tests/sim/life.c tests/sim/look.c tests/sim/plane.c \
	tests/sim/topology.c tests/sim/traffic.c tests/sim/trouble.c \
	tests/sim/watch.c tests/pair/world.c tests/pair/world.h
SIM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
SIM_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
SIM_LDADD = ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS)

# The same with toy cryptography, many times as fast, and with OpenSSL.
check_PROGRAMS += tests/sim/sim tests/sim/sim_openssl
TESTS += tests/sim/sim tests/sim/sim_openssl
tests_sim_sim_SOURCES = $(SIM_SOURCES) tests/sim/toy.c
tests_sim_sim_CPPFLAGS = $(SIM_CPPFLAGS) -DSIM_TOY
tests_sim_sim_CFLAGS = $(SIM_CFLAGS)
tests_sim_sim_LDADD = $(SIM_LDADD)
tests_sim_sim_openssl_SOURCES = $(SIM_SOURCES)
tests_sim_sim_openssl_CPPFLAGS = $(SIM_CPPFLAGS)
tests_sim_sim_openssl_CFLAGS = $(SIM_CFLAGS)
tests_sim_sim_openssl_LDADD = $(SIM_LDADD)
