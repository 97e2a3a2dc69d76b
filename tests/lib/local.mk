# tests/lib: one program for each file of lib/
LIB_TESTS = tests/lib/test_addr tests/lib/test_buf tests/lib/test_err \
	tests/lib/test_json tests/lib/test_names tests/lib/test_secret \
	tests/lib/test_subnets tests/lib/test_text \
	tests/lib/test_utf8
check_PROGRAMS += $(LIB_TESTS)
TESTS += $(LIB_TESTS)

EXTRA_DIST += tests/unit.h

tests_lib_test_addr_SOURCES = tests/lib/test_addr.c
tests_lib_test_addr_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_addr_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_buf_SOURCES = tests/lib/test_buf.c
tests_lib_test_buf_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_buf_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_err_SOURCES = tests/lib/test_err.c
tests_lib_test_err_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_err_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_json_SOURCES = tests/lib/test_json.c
tests_lib_test_json_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_json_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_names_SOURCES = tests/lib/test_names.c
tests_lib_test_names_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_names_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_secret_SOURCES = tests/lib/test_secret.c
tests_lib_test_secret_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_secret_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_subnets_SOURCES = tests/lib/test_subnets.c
tests_lib_test_subnets_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_subnets_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_text_SOURCES = tests/lib/test_text.c
tests_lib_test_text_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_text_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_utf8_SOURCES = tests/lib/test_utf8.c
tests_lib_test_utf8_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_utf8_LDADD = lib/libcommon.a $(CUNIT_LIBS)

check_PROGRAMS += tests/lib/test_log tests/lib/test_msg tests/lib/test_stream tests/lib/test_ytree
TESTS += tests/lib/test_log tests/lib/test_msg tests/lib/test_stream tests/lib/test_ytree

tests_lib_test_stream_SOURCES = tests/lib/test_stream.c
tests_lib_test_stream_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBEVENT_CFLAGS)
tests_lib_test_stream_LDADD = lib/libcommon.a $(LIBEVENT_LIBS) $(CUNIT_LIBS)

tests_lib_test_log_SOURCES = tests/lib/test_log.c
tests_lib_test_log_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_lib_test_log_LDADD = lib/libcommon.a $(CUNIT_LIBS)

tests_lib_test_msg_SOURCES = tests/lib/test_msg.c
tests_lib_test_msg_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBEVENT_CFLAGS)
tests_lib_test_msg_LDADD = lib/libcommon.a $(LIBEVENT_LIBS) $(CUNIT_LIBS)

tests_lib_test_ytree_SOURCES = tests/lib/test_ytree.c
tests_lib_test_ytree_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBYANG_CFLAGS)
tests_lib_test_ytree_LDADD = lib/libcommon.a $(LIBYANG_LIBS) $(CUNIT_LIBS)
