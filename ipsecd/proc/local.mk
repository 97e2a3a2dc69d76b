# ipsecd/proc: what every process of the family shares
noinst_LIBRARIES += ipsecd/proc/libproc.a
ipsecd_proc_libproc_a_CPPFLAGS = $(AM_CPPFLAGS) $(FETCH_CPPFLAGS)
ipsecd_proc_libproc_a_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS) $(SECCOMP_CFLAGS)
ipsecd_proc_libproc_a_SOURCES = \
	ipsecd/proc/process.c ipsecd/proc/process.h \
	ipsecd/proc/filter.c ipsecd/proc/filter.h \
	ipsecd/proc/ipc.c ipsecd/proc/ipc.h \
	ipsecd/proc/landlock.c ipsecd/proc/landlock.h \
	ipsecd/proc/logline.c ipsecd/proc/logline.h \
	ipsecd/proc/messages.c ipsecd/proc/messages.h \
	ipsecd/proc/models.c \
	ipsecd/proc/options.c ipsecd/proc/options.h \
	ipsecd/proc/owner.c ipsecd/proc/owner.h ipsecd/proc/owner_in.h \
	ipsecd/proc/owner_action.c ipsecd/proc/owner_stream.c \
	ipsecd/proc/owner_txn.c \
	ipsecd/proc/path.c ipsecd/proc/path.h \
	ipsecd/proc/sandbox.c ipsecd/proc/sandbox.h
