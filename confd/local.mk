# confd: everything but main.c is a library, for the tests.
noinst_LIBRARIES += confd/libconfd.a
confd_libconfd_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(SECCOMP_CFLAGS)
confd_libconfd_a_SOURCES = \
	confd/access.c confd/access.h \
	confd/audit.c confd/audit.h \
	confd/backend.c confd/backend.h \
	confd/cases.c confd/cases.h \
	confd/confd.c confd/confd.h \
	confd/confirm.c confd/confirm.h \
	confd/diff.c confd/diff.h \
	confd/edit.c confd/edit.h confd/edit_in.h confd/edit_data.c \
	confd/edit_remove.c confd/edit_set.c \
	confd/faults.c confd/faults.h \
	confd/feed.c \
	confd/interfaces.c confd/interfaces.h \
	confd/action.c confd/forward.c \
	confd/greet.c confd/greet.h \
	confd/history.c confd/history.h \
	confd/impact.c confd/impact.h \
	confd/logs.c confd/logs.h \
	confd/instance.c confd/instance.h \
	confd/parts.c confd/parts.h \
	confd/path.c confd/path.h \
	confd/place.c confd/place.h \
	confd/prune.c confd/prune.h \
	confd/rebase.c confd/rebase.h \
	confd/record.c confd/record.h \
	confd/request_session.c \
	confd/request.c confd/request.h confd/request_edit.c confd/request_get.c \
	confd/request_mark.c \
	confd/sandbox.c confd/sandbox.h \
	confd/schema.c confd/schema.h \
	confd/server.c confd/server.h \
	confd/session.c confd/session.h \
	confd/startup.c confd/startup.h \
	confd/store.c confd/store.h \
	confd/sysstate.c confd/sysstate.h \
	confd/system.c confd/system.h \
	confd/txn.c confd/txn.h confd/txn_commit.c confd/txn_disk.c \
	confd/txn_impl.h confd/txn_owners.c confd/txn_revert.c \
	confd/unconfirmed.c confd/unconfirmed.h \
	confd/unit.c confd/unit.h \
	confd/upgrade.c confd/upgrade.h confd/upgrade_in.h \
	confd/upgrade_do.c confd/upgrade_print.c confd/upgrade_steps.c \
	confd/valid.c confd/valid.h \
	confd/view.c confd/view.h

CONFD_LIBS = confd/libconfd.a lib/libcommon.a $(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(SECCOMP_LIBS)

sbin_PROGRAMS += confd/confd
confd_confd_CFLAGS = $(confd_libconfd_a_CFLAGS)
confd_confd_SOURCES = confd/main.c
confd_confd_LDADD = $(CONFD_LIBS)
