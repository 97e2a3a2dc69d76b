noinst_LIBRARIES += ipsecd/dataplane/libdataplane.a
ipsecd_dataplane_libdataplane_a_CFLAGS = $(AM_CFLAGS) $(LIBNL_CFLAGS) \
	$(LIBEVENT_CFLAGS)
ipsecd_dataplane_libdataplane_a_SOURCES = \
	ipsecd/dataplane/dataplane.h \
	ipsecd/dataplane/localaddr.c ipsecd/dataplane/localaddr.h \
	ipsecd/dataplane/null.c \
	ipsecd/dataplane/wire.c
