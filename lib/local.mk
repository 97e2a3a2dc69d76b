noinst_LIBRARIES += lib/libcommon.a
lib_libcommon_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CRYPTO_CFLAGS)
lib_libcommon_a_SOURCES = \
	lib/addr.c lib/addr.h \
	lib/buf.c lib/buf.h \
	lib/err.c lib/err.h lib/proto.h \
	lib/file.c lib/file.h \
	lib/json.c lib/json.h \
	lib/names.c lib/names.h \
	lib/notify.c lib/notify.h \
	lib/rights.c lib/rights.h \
	lib/secret.c lib/secret.h \
	lib/subnets.c lib/subnets.h \
	lib/text.c lib/text.h \
	lib/utf8.c lib/utf8.h
lib_libcommon_a_SOURCES += lib/log.c lib/log.h lib/logbook.c lib/logbook.h lib/msg.c lib/msg.h lib/msg_conn.c \
	lib/msg_frame.h lib/msg_sock.c lib/stream.c lib/stream.h lib/ytree.c lib/ytree.h lib/ytree_err.c lib/ytree_op.c
