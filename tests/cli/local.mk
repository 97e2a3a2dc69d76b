# tests/cli
CLI_TEST_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CUNIT_CFLAGS) -I$(top_srcdir)/cli
CLI_TEST_LIBS = $(CLI_LIBS) $(CUNIT_LIBS)

check_PROGRAMS += tests/cli/fake_confd
tests_cli_fake_confd_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_fake_confd_SOURCES = tests/cli/fake_confd.c \
	tests/cli/tree_edit.c tests/cli/tree_edit.h
tests_cli_fake_confd_LDADD = cli/libcli-culvert.a lib/libcommon.a $(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(CRYPTO_LIBS)

CLI_TESTS = tests/cli/test_lexer tests/cli/test_expect tests/cli/test_schema \
	tests/cli/test_identity
check_PROGRAMS += $(CLI_TESTS)
TESTS += $(CLI_TESTS)
EXTRA_DIST += tests/cli/yang/every-type.yang

tests_cli_test_lexer_SOURCES = tests/cli/test_lexer.c
tests_cli_test_lexer_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_lexer_LDADD = $(CLI_TEST_LIBS)

tests_cli_test_expect_SOURCES = tests/cli/test_expect.c
tests_cli_test_expect_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_expect_LDADD = $(CLI_TEST_LIBS)

tests_cli_test_identity_SOURCES = tests/cli/test_identity.c
tests_cli_test_identity_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_identity_LDADD = ipsecd/ike/libikewire.a \
	ipsecd/crypto/libipseccrypto.a $(CLI_TEST_LIBS)

tests_cli_test_schema_SOURCES = tests/cli/test_schema.c tests/cli/harness.c tests/cli/harness.h \
	tests/cli/tree_edit.c tests/cli/tree_edit.h
tests_cli_test_schema_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_schema_LDADD = $(CLI_TEST_LIBS)

check_PROGRAMS += tests/cli/test_render tests/cli/test_complete
TESTS += tests/cli/test_render tests/cli/test_complete

tests_cli_test_render_SOURCES = tests/cli/test_render.c tests/cli/harness.c tests/cli/harness.h \
	tests/cli/tree_edit.c tests/cli/tree_edit.h
tests_cli_test_render_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_render_LDADD = $(CLI_TEST_LIBS)

tests_cli_test_complete_SOURCES = tests/cli/test_complete.c tests/cli/harness.c tests/cli/harness.h \
	tests/cli/tree_edit.c tests/cli/tree_edit.h
tests_cli_test_complete_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_complete_LDADD = $(CLI_TEST_LIBS)

TESTS += tests/cli/test_automation tests/cli/test_golden tests/cli/test_pty tests/cli/test_pager
dist_check_SCRIPTS += tests/cli/test_automation tests/cli/test_golden tests/cli/test_pty tests/cli/test_pager
TESTS += tests/cli/test_commit
dist_check_SCRIPTS += tests/cli/test_commit
TESTS += tests/cli/test_console tests/cli/test_finding tests/cli/test_sessions
dist_check_SCRIPTS += tests/cli/test_console tests/cli/test_finding \
	tests/cli/test_sessions
EXTRA_DIST += tests/cli/golden tests/cli/terminal.py

check_PROGRAMS += tests/cli/test_confine tests/cli/test_rights
TESTS += tests/cli/test_confine tests/cli/test_rights
tests_cli_test_rights_SOURCES = tests/cli/test_rights.c tests/cli/harness.c tests/cli/harness.h \
	tests/cli/tree_edit.c tests/cli/tree_edit.h
tests_cli_test_rights_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_rights_LDADD = $(CLI_TEST_LIBS)
tests_cli_test_confine_SOURCES = tests/cli/test_confine.c
tests_cli_test_confine_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_test_confine_LDADD = $(CLI_TEST_LIBS)

check_PROGRAMS += tests/cli/config_page tests/cli/commands_page
EXTRA_DIST += tests/cli/mdoc.h
tests_cli_commands_page_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_commands_page_SOURCES = tests/cli/commands_page.c
tests_cli_commands_page_LDADD = $(CLI_LIBS)
tests_cli_config_page_CFLAGS = $(CLI_TEST_CFLAGS)
tests_cli_config_page_SOURCES = tests/cli/config_page.c
tests_cli_config_page_LDADD = $(CLI_LIBS)
TESTS += tests/cli/test_page
dist_check_SCRIPTS += tests/cli/test_page

# What is edited, with files and other modules.
TESTS += tests/cli/test_editing
dist_check_SCRIPTS += tests/cli/test_editing

# State, the log, ping and traceroute.
TESTS += tests/cli/test_state tests/cli/test_tool
dist_check_SCRIPTS += tests/cli/test_state tests/cli/test_tool

# Actions with input and output: confd itself, and a store of the test's own.
TESTS += tests/cli/test_certificate
# The shell, but with the culvert-fetch of this build.
check_PROGRAMS += tests/cli/culvert_here
tests_cli_culvert_here_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFETCH_PROGRAM='"$(abs_top_builddir)/ipsecd/culvert-fetch"'
tests_cli_culvert_here_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS)
tests_cli_culvert_here_SOURCES = cli/main.c cli/tool.c
tests_cli_culvert_here_LDADD = $(CLI_LIBS)
dist_check_SCRIPTS += tests/cli/test_certificate
