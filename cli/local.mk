# Everything but main in a library: the tests link it.
noinst_LIBRARIES += cli/libcli-culvert.a
cli_libcli_culvert_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(READLINE_CFLAGS)
cli_libcli_culvert_a_SOURCES = \
	cli/expect.c cli/expect.h \
	cli/lexer.c cli/lexer.h \
	cli/schema.c cli/schema.h \
	cli/str.c cli/str.h \
	cli/value.c cli/value.h
