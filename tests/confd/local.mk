# tests/confd
CONFD_TESTS = tests/confd/test_access tests/confd/test_backend \
	tests/confd/test_edit \
	tests/confd/test_impact \
	tests/confd/test_lines tests/confd/test_rules tests/confd/test_session tests/confd/test_store \
	tests/confd/test_txn tests/confd/test_valid
check_PROGRAMS += $(CONFD_TESTS)
TESTS += $(CONFD_TESTS)
EXTRA_DIST += tests/confd/client.py tests/confd/die.c tests/confd/fixture.h \
	tests/confd/owner.h tests/confd/yang/test-crossing.yang \
	tests/confd/yang/test-rights.yang \
	tests/confd/yang/test-rules.yang tests/confd/yang/test-shapes.yang

# The program itself, also killed in the middle of its work.
dist_check_SCRIPTS += tests/confd/real_confd.py
TESTS += tests/confd/real_confd.py
check_DATA += tests/confd/die.so
CLEANFILES += tests/confd/die.so
tests/confd/die.so: tests/confd/die.c
	$(AM_V_CC)$(MKDIR_P) tests/confd && \
	$(CC) -D_GNU_SOURCE -shared -fPIC -O1 -o $@ $(srcdir)/tests/confd/die.c

tests_confd_test_access_SOURCES = tests/confd/test_access.c
tests_confd_test_access_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_access_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_backend_SOURCES = tests/confd/test_backend.c
tests_confd_test_backend_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_backend_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

tests_confd_test_edit_SOURCES = tests/confd/test_edit.c
tests_confd_test_edit_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_edit_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)

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
