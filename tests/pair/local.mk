# tests/pair: engines in memory on a simulated network
noinst_LIBRARIES += tests/pair/libworld.a
tests_pair_libworld_a_SOURCES = \
	tests/pair/world.c tests/pair/world.h tests/pair/world_in.h \
	tests/pair/world_net.c tests/pair/world_plane.c \
	tests/pair/world_web.c
tests_pair_libworld_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS)

check_LIBRARIES += tests/pair/libpair.a
tests_pair_libpair_a_SOURCES = \
	tests/pair/corp.c tests/pair/corp.h \
	tests/pair/enrolled.c tests/pair/enrolled.h \
	tests/pair/inquiry.c tests/pair/inquiry.h \
	tests/pair/order.c tests/pair/order.h \
	tests/pair/pair.c tests/pair/pair.h \
	tests/pair/path.c tests/pair/path.h \
	tests/pair/puppet.c tests/pair/puppet.h \
	tests/pair/puppet1.c tests/pair/puppet1.h \
	tests/pair/seen.c tests/pair/seen.h \
	tests/pair/store.c tests/pair/store.h \
	tests/pair/words1.c tests/pair/words1.h
tests_pair_libpair_a_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBYANG_CFLAGS)

# Two engines, or one against a peer played by hand (puppet).  Their source is
# what they are called; LDADD has no pattern in automake.
PAIR_TESTS = \
	tests/pair/test_address \
	tests/pair/test_cert \
	tests/pair/test_cert_peer \
	tests/pair/test_certs \
	tests/pair/test_certs_commit \
	tests/pair/test_certs_seen \
	tests/pair/test_collisions \
	tests/pair/test_crl_points \
	tests/pair/test_crlcache \
	tests/pair/test_diagnose \
	tests/pair/test_flood \
	tests/pair/test_fragments \
	tests/pair/test_hostile \
	tests/pair/test_ike1_cert \
	tests/pair/test_ike1_ends \
	tests/pair/test_ike1_fragments \
	tests/pair/test_ike1_hostile \
	tests/pair/test_ike1_life \
	tests/pair/test_ike1_main \
	tests/pair/test_ike1_named \
	tests/pair/test_ike1_parts \
	tests/pair/test_ike1_proof \
	tests/pair/test_ike1_quick \
	tests/pair/test_ike1_way \
	tests/pair/test_impostor \
	tests/pair/test_life \
	tests/pair/test_memory \
	tests/pair/test_mobike \
	tests/pair/test_nego \
	tests/pair/test_noise \
	tests/pair/test_notify \
	tests/pair/test_ppk \
	tests/pair/test_reauth \
	tests/pair/test_revocation \
	tests/pair/test_revoked \
	tests/pair/test_setup \
	tests/pair/test_state \
	tests/pair/test_switch \
	tests/pair/test_taint \
	tests/pair/test_years
check_PROGRAMS += $(PAIR_TESTS)
TESTS += $(PAIR_TESTS)

PAIR_LDADD = tests/pair/libpair.a tests/pair/libworld.a tests/pki/libpki.a \
	ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS) $(CUNIT_LIBS)
tests_pair_test_address_LDADD = $(PAIR_LDADD)
tests_pair_test_cert_LDADD = $(PAIR_LDADD)
tests_pair_test_cert_peer_LDADD = $(PAIR_LDADD)
tests_pair_test_certs_LDADD = $(PAIR_LDADD)
tests_pair_test_certs_commit_LDADD = $(PAIR_LDADD)
tests_pair_test_certs_seen_LDADD = $(PAIR_LDADD)
tests_pair_test_collisions_LDADD = $(PAIR_LDADD)
tests_pair_test_crl_points_LDADD = $(PAIR_LDADD)
tests_pair_test_crlcache_LDADD = $(PAIR_LDADD)
tests_pair_test_diagnose_LDADD = $(PAIR_LDADD)
tests_pair_test_flood_LDADD = $(PAIR_LDADD)
tests_pair_test_fragments_LDADD = $(PAIR_LDADD)
tests_pair_test_hostile_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_cert_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_ends_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_fragments_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_hostile_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_life_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_main_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_named_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_parts_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_proof_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_quick_LDADD = $(PAIR_LDADD)
tests_pair_test_ike1_way_LDADD = $(PAIR_LDADD)
tests_pair_test_impostor_LDADD = $(PAIR_LDADD)
tests_pair_test_life_LDADD = $(PAIR_LDADD)
tests_pair_test_memory_LDADD = $(PAIR_LDADD)
tests_pair_test_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
tests_pair_test_mobike_LDADD = $(PAIR_LDADD)
tests_pair_test_nego_LDADD = $(PAIR_LDADD)
tests_pair_test_noise_LDADD = $(PAIR_LDADD)
tests_pair_test_notify_LDADD = $(PAIR_LDADD)
tests_pair_test_ppk_LDADD = $(PAIR_LDADD)
tests_pair_test_reauth_LDADD = $(PAIR_LDADD)
tests_pair_test_revocation_LDADD = $(PAIR_LDADD)
tests_pair_test_revoked_LDADD = $(PAIR_LDADD)
tests_pair_test_setup_LDADD = $(PAIR_LDADD)
tests_pair_test_state_LDADD = $(PAIR_LDADD)
tests_pair_test_switch_LDADD = $(PAIR_LDADD)
tests_pair_test_taint_LDADD = $(PAIR_LDADD)
tests_pair_test_years_LDADD = $(PAIR_LDADD)
