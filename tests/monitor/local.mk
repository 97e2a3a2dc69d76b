# tests/monitor: the process family
MONITOR_TESTS = tests/monitor/test_ipc tests/monitor/test_messages \
	tests/monitor/test_psk tests/monitor/test_spawn \
	tests/monitor/test_filter tests/monitor/test_carried
check_PROGRAMS += $(MONITOR_TESTS)
TESTS += $(MONITOR_TESTS)

tests_monitor_test_ipc_SOURCES = tests/monitor/test_ipc.c
tests_monitor_test_ipc_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBEVENT_CFLAGS)
tests_monitor_test_ipc_LDADD = ipsecd/proc/libproc.a lib/libcommon.a \
	$(LIBEVENT_LIBS) $(CUNIT_LIBS)

tests_monitor_test_messages_SOURCES = tests/monitor/test_messages.c
tests_monitor_test_messages_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_monitor_test_messages_LDADD = ipsecd/proc/libproc.a lib/libcommon.a \
	$(CUNIT_LIBS)

tests_monitor_test_psk_SOURCES = tests/monitor/test_psk.c
tests_monitor_test_psk_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBYANG_CFLAGS) \
	$(CRYPTO_CFLAGS)
tests_monitor_test_psk_LDADD = ipsecd/keys/libkeys.a ipsecd/proc/libproc.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(LIBYANG_LIBS) \
	$(CRYPTO_LIBS) $(CUNIT_LIBS)

tests_monitor_test_spawn_SOURCES = tests/monitor/test_spawn.c
tests_monitor_test_spawn_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_monitor_test_spawn_LDADD = ipsecd/monitor/libmonitor.a \
	ipsecd/proc/libproc.a lib/libcommon.a $(CUNIT_LIBS)
# As root it starts ipsecd for real, else it is skipped.
dist_check_SCRIPTS += tests/monitor/family.py tests/monitor/units.py
TESTS += tests/monitor/family.py tests/monitor/units.py

tests_monitor_test_carried_SOURCES = tests/monitor/test_carried.c
tests_monitor_test_carried_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_monitor_test_carried_LDADD = ipsecd/monitor/libmonitor.a lib/libcommon.a \
	$(CUNIT_LIBS)

tests_monitor_test_filter_SOURCES = tests/monitor/test_filter.c
tests_monitor_test_filter_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_monitor_test_filter_LDADD = ipsecd/proc/libproc.a ipsecd/esp/libesp.a \
	ipsecd/fetch/libfetch.a \
	lib/libcommon.a $(SECCOMP_LIBS) $(CUNIT_LIBS) -lpthread

check_PROGRAMS += tests/monitor/test_owner
TESTS += tests/monitor/test_owner
tests_monitor_test_owner_SOURCES = tests/monitor/test_owner.c
tests_monitor_test_owner_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_monitor_test_owner_LDADD = ipsecd/proc/libproc.a lib/libcommon.a \
	$(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(CUNIT_LIBS)
