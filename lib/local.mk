noinst_LIBRARIES += lib/libcommon.a
lib_libcommon_a_CFLAGS = $(AM_CFLAGS) $(LIBYANG_CFLAGS) $(LIBEVENT_CFLAGS) $(CRYPTO_CFLAGS)
lib_libcommon_a_SOURCES = lib/err.c lib/err.h
