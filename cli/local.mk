# Everything but main in a library: the tests link it.
noinst_LIBRARIES += cli/libcli-culvert.a
cli_libcli_culvert_a_CPPFLAGS = $(AM_CPPFLAGS) $(FETCH_CPPFLAGS)
cli_libcli_culvert_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(READLINE_CFLAGS)
cli_libcli_culvert_a_SOURCES = \
	cli/args_file.c cli/cmd_copy.c \
	cli/config_edits.c cli/config_edits.h \
	cli/load.c cli/load.h \
	cli/args.c cli/args_action.c cli/args_help.c cli/args_input.c \
	cli/args_show.c \
	cli/ask.c cli/ask.h cli/quiet.c cli/quiet.h \
	cli/args_commit.c \
	cli/builtin.c \
	cli/client.c cli/client.h \
	cli/changes.h cli/cmds.h cli/cmd_action.c \
	cli/cmd_audit.c cli/cmd_changes.c cli/cmd_commit.c cli/cmd_commits.c \
	cli/cmd_config.c cli/cmd_help.c cli/cmd_session.c cli/cmd_show.c \
	cli/cmd_state.c cli/cmd_stream.c cli/cmd_support.c cli/cmd_tool.c \
	cli/complete.c cli/complete.h \
	cli/confine.c cli/confine.h \
	cli/config_text.c cli/config_text.h \
	cli/edits.c cli/edits.h \
	cli/events.c \
	cli/expect.c cli/expect.h \
	cli/fetch.c cli/fetch.h \
	cli/filter.c cli/filter.h \
	cli/help_topics.c \
	cli/history.c cli/history.h \
	cli/identity.c cli/identity.h \
	cli/impact_text.c cli/impact_text.h \
	cli/ipsec_text.c \
	cli/ipsec_why.c \
	cli/json_text.c cli/json_text.h \
	cli/keys.c cli/keys.h \
	cli/loop.c cli/loop.h \
	cli/level.c cli/level.h \
	cli/lexer.c cli/lexer.h \
	cli/line.c cli/line.h \
	cli/out.c cli/out.h \
	cli/pager.c cli/pager.h \
	cli/parse.c cli/parse.h \
	cli/pcap.c cli/pcap.h \
	cli/removal.c cli/report.c cli/run.c \
	cli/schema.c cli/schema.h \
	cli/script.c cli/script.h \
	cli/setting.c cli/several.c \
	cli/shell.c cli/shell.h \
	cli/state_text.c cli/state_text.h \
	cli/str.c cli/str.h \
	cli/suggest.c cli/suggest.h \
	cli/syntax.c cli/syntax.h \
	cli/term.c cli/term.h \
	cli/tool.c cli/tool.h \
	cli/tree.c cli/tree.h \
	cli/user_file.c cli/user_file.h \
	cli/value.c cli/value.h \
	cli/way.c \
	cli/where.c

# Order matters to the linker: ours, then what it stands on.
CLI_LIBS = cli/libcli-culvert.a lib/libcommon.a $(LIBCLI_LIBS) \
	$(READLINE_LIBS) $(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(CRYPTO_LIBS)

bin_PROGRAMS += cli/culvert
cli_culvert_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS)
cli_culvert_SOURCES = cli/main.c
cli_culvert_LDADD = $(CLI_LIBS)
