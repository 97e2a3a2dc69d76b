# ipsecd/ikeproc: the process ike around the engine
noinst_LIBRARIES += ipsecd/ikeproc/libikeproc.a
ipsecd_ikeproc_libikeproc_a_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_ikeproc_libikeproc_a_SOURCES = \
	ipsecd/ikeproc/keys.c \
	ipsecd/ikeproc/config.c ipsecd/ikeproc/crls.c \
	ipsecd/ikeproc/fetch.c \
	ipsecd/ikeproc/ikeproc.h \
	ipsecd/ikeproc/main.c \
	ipsecd/ikeproc/net.c ipsecd/ikeproc/net.h \
	ipsecd/ikeproc/watch.c
