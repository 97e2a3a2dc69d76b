# tests/confd
CONFD_TESTS = tests/confd/test_access tests/confd/test_backend \
	tests/confd/test_confirm \
	tests/confd/test_rebase \
	tests/confd/test_edit \
	tests/confd/test_impact \
	tests/confd/test_lines tests/confd/test_rules tests/confd/test_session tests/confd/test_store \
	tests/confd/test_txn tests/confd/test_valid
check_PROGRAMS += $(CONFD_TESTS)
TESTS += $(CONFD_TESTS)
EXTRA_DIST += tests/confd/client.py tests/confd/fixture.h \
	tests/confd/owner.h tests/confd/yang/test-crossing.yang \
	tests/confd/yang/test-rights.yang \
	tests/confd/yang/test-rules.yang tests/confd/yang/test-shapes.yang

EXTRA_DIST += tests/confd/daemon.py tests/confd/owners.py \
	tests/confd/yang/old/test-upgrade.yang tests/confd/yang/test-upgrade.yang

# Configuration of older models.
check_PROGRAMS += tests/confd/test_upgrade
TESTS += tests/confd/test_upgrade
tests_confd_test_upgrade_SOURCES = tests/confd/test_upgrade.c
tests_confd_test_upgrade_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_upgrade_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

# The program itself, also killed at each of its system calls.
CONFD_PYTESTS = tests/confd/anyorder.py tests/confd/confirmed.py tests/confd/fifty.py tests/confd/killed.py tests/confd/real_confd.py
dist_check_SCRIPTS += $(CONFD_PYTESTS)
TESTS += $(CONFD_PYTESTS)
check_PROGRAMS += tests/confd/kill_at
tests_confd_kill_at_SOURCES = tests/confd/kill_at.c

tests_confd_test_access_SOURCES = tests/confd/test_access.c
tests_confd_test_access_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_access_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_backend_SOURCES = tests/confd/test_backend.c
tests_confd_test_backend_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_backend_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_confirm_SOURCES = tests/confd/test_confirm.c
tests_confd_test_confirm_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_confirm_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_rebase_SOURCES = tests/confd/test_rebase.c
tests_confd_test_rebase_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_rebase_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_edit_SOURCES = tests/confd/test_edit.c
tests_confd_test_edit_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_edit_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

check_PROGRAMS += tests/confd/test_feed
TESTS += tests/confd/test_feed
tests_confd_test_feed_SOURCES = tests/confd/test_feed.c
tests_confd_test_feed_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_feed_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_impact_SOURCES = tests/confd/test_impact.c
tests_confd_test_impact_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_impact_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_lines_SOURCES = tests/confd/test_lines.c
tests_confd_test_lines_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_lines_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_rules_SOURCES = tests/confd/test_rules.c
tests_confd_test_rules_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_rules_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_session_SOURCES = tests/confd/test_session.c
tests_confd_test_session_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_session_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_store_SOURCES = tests/confd/test_store.c
tests_confd_test_store_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_store_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_txn_SOURCES = tests/confd/test_txn.c
tests_confd_test_txn_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_txn_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_valid_SOURCES = tests/confd/test_valid.c
tests_confd_test_valid_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_valid_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)
