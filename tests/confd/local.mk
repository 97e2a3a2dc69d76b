# tests/confd
CONFD_TESTS = tests/confd/test_edit
check_PROGRAMS += $(CONFD_TESTS)
TESTS += $(CONFD_TESTS)
EXTRA_DIST += tests/confd/client.py tests/confd/fixture.h

tests_confd_test_edit_SOURCES = tests/confd/test_edit.c
tests_confd_test_edit_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(CUNIT_CFLAGS)
tests_confd_test_edit_LDADD = $(CONFD_LIBS) $(CUNIT_LIBS)
