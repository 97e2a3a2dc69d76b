# tests/cli
CLI_TEST_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS) -I$(top_srcdir)/cli
CLI_TEST_LIBS = $(CLI_LIBS) $(CUNIT_LIBS)

check_PROGRAMS += tests/cli/fake_confd
tests_cli_fake_confd_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_fake_confd_SOURCES = tests/cli/fake_confd.c
tests_cli_fake_confd_LDADD = lib/libcommon.a $(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(CRYPTO_LIBS)
