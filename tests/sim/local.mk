# tests/sim: simulated years
#
# The engine was broken on purpose, and `sim --seeds 1-2500` found each of these
# (in the number of seeds in brackets):
#	an outbound SA is not deleted with its CHILD_SA (1)
#	nonces of crossing rekeyings are not compared: CHILD_SA (1), IKE_SA (11)
#	the hard limit of a CHILD_SA is not set (1)
#	the timer for dead peers is not set again (11)
#	a dead peer is not given up (8)
#	an old inbound SA does not linger (1)
#	an initiator does not try again (1)
#	a retransmitted request is handled again (3)
#	a half-open IKE_SA never expires (1)
#	the policy goes when the tunnel goes down (1)
#	a CHILD_SA is left behind when the IKE_SA is rekeyed (44)
#	an address is followed before the message is authenticated (106)
#	Delete of a replaced CHILD_SA is not sent (1)
#	a certificate that a CRL lists is accepted (3)
#	a relaxed tunnel refuses what nobody knows (39)
SIM_SOURCES = tests/sim/main.c tests/sim/sim.h tests/sim/ladder.c \
	tests/sim/life.c tests/sim/look.c tests/sim/plane.c \
	tests/sim/topology.c tests/sim/traffic.c tests/sim/trouble.c \
	tests/sim/watch.c tests/sim/web.c tests/pair/store.c
SIM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
SIM_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(CRYPTO_CFLAGS)
SIM_LDADD = tests/pki/libpki.a tests/pair/libworld.a ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
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
