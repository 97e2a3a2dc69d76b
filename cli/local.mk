# Everything but main in a library: the tests link it.
noinst_LIBRARIES += cli/libcli-culvert.a
cli_libcli_culvert_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(READLINE_CFLAGS)
cli_libcli_culvert_a_SOURCES = \
	cli/args_file.c cli/cmd_copy.c \
