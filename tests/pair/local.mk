# tests/pair: engines in memory on a simulated network
PAIR_TESTS = tests/pair/test_setup tests/pair/test_life tests/pair/test_nego tests/pair/test_noise tests/pair/test_state
check_PROGRAMS += $(PAIR_TESTS)
TESTS += $(PAIR_TESTS)

PAIR_WORLD = tests/pair/world.c tests/pair/world.h tests/pair/pair.c tests/pair/pair.h
PAIR_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBYANG_CFLAGS)
PAIR_LDADD = ipsecd/ike/libike.a ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(CRYPTO_LIBS) $(LIBYANG_LIBS) $(CUNIT_LIBS)

tests_pair_test_setup_SOURCES = tests/pair/test_setup.c $(PAIR_WORLD)
tests_pair_test_setup_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_setup_LDADD = $(PAIR_LDADD)

tests_pair_test_nego_SOURCES = tests/pair/test_nego.c $(PAIR_WORLD)
tests_pair_test_nego_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_nego_LDADD = $(PAIR_LDADD)

tests_pair_test_life_SOURCES = tests/pair/test_life.c $(PAIR_WORLD)
tests_pair_test_life_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_life_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_collisions
TESTS += tests/pair/test_collisions
tests_pair_test_collisions_SOURCES = tests/pair/test_collisions.c tests/pair/order.c \
	tests/pair/order.h tests/pair/puppet.c tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_collisions_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_collisions_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_reauth
TESTS += tests/pair/test_reauth
tests_pair_test_reauth_SOURCES = tests/pair/test_reauth.c tests/pair/order.c \
	tests/pair/order.h tests/pair/puppet.c tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_reauth_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_reauth_LDADD = $(PAIR_LDADD)

# One engine against a peer played by hand.
check_PROGRAMS += tests/pair/test_hostile tests/pair/test_impostor tests/pair/test_notify \
	tests/pair/test_ppk tests/pair/test_flood
TESTS += tests/pair/test_hostile tests/pair/test_impostor tests/pair/test_notify \
	tests/pair/test_ppk tests/pair/test_flood
tests_pair_test_hostile_SOURCES = tests/pair/test_hostile.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_hostile_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_hostile_LDADD = $(PAIR_LDADD)

tests_pair_test_impostor_SOURCES = tests/pair/test_impostor.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_impostor_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_impostor_LDADD = $(PAIR_LDADD)

tests_pair_test_notify_SOURCES = tests/pair/test_notify.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_notify_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_notify_LDADD = $(PAIR_LDADD)

tests_pair_test_ppk_SOURCES = tests/pair/test_ppk.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_ppk_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_ppk_LDADD = $(PAIR_LDADD)

tests_pair_test_flood_SOURCES = tests/pair/test_flood.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_flood_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_flood_LDADD = $(PAIR_LDADD)

tests_pair_test_noise_SOURCES = tests/pair/test_noise.c $(PAIR_WORLD)
tests_pair_test_noise_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_noise_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_memory
TESTS += tests/pair/test_memory
tests_pair_test_memory_SOURCES = tests/pair/test_memory.c $(PAIR_WORLD)
tests_pair_test_memory_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_memory_LDADD = $(PAIR_LDADD)
tests_pair_test_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

tests_pair_test_state_SOURCES = tests/pair/test_state.c $(PAIR_WORLD)
tests_pair_test_state_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_state_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_fragments
TESTS += tests/pair/test_fragments
tests_pair_test_fragments_SOURCES = tests/pair/test_fragments.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_fragments_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_fragments_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_taint
TESTS += tests/pair/test_taint
tests_pair_test_taint_SOURCES = tests/pair/test_taint.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_taint_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_taint_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_diagnose
TESTS += tests/pair/test_diagnose
tests_pair_test_diagnose_SOURCES = tests/pair/test_diagnose.c $(PAIR_WORLD)
tests_pair_test_diagnose_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_diagnose_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_address
TESTS += tests/pair/test_address
tests_pair_test_address_SOURCES = tests/pair/test_address.c $(PAIR_WORLD)
tests_pair_test_address_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_address_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_mobike
TESTS += tests/pair/test_mobike
tests_pair_test_mobike_SOURCES = tests/pair/test_mobike.c tests/pair/puppet.c \
	tests/pair/puppet.h $(PAIR_WORLD)
tests_pair_test_mobike_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_mobike_LDADD = $(PAIR_LDADD)

check_PROGRAMS += tests/pair/test_years
TESTS += tests/pair/test_years
tests_pair_test_years_SOURCES = tests/pair/test_years.c $(PAIR_WORLD)
tests_pair_test_years_CFLAGS = $(PAIR_CFLAGS)
tests_pair_test_years_LDADD = $(PAIR_LDADD)
