# tests/sim: simulated years
check_PROGRAMS += tests/sim/sim
TESTS += tests/sim/sim
tests_sim_sim_SOURCES = tests/sim/main.c tests/sim/sim.h tests/sim/ladder.c \
	tests/sim/life.c tests/sim/look.c tests/sim/plane.c \
	tests/sim/topology.c tests/sim/traffic.c tests/sim/trouble.c \
	tests/sim/watch.c tests/pair/world.c tests/pair/world.h
tests_sim_sim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_sim_sim_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)
tests_sim_sim_LDADD = ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS)
