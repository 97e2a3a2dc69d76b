# ipsecd/monitor
noinst_LIBRARIES += ipsecd/monitor/libmonitor.a
ipsecd_monitor_libmonitor_a_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_monitor_libmonitor_a_SOURCES = \
	ipsecd/monitor/caps.c ipsecd/monitor/caps.h \
	ipsecd/monitor/carried.c ipsecd/monitor/carried.h \
	ipsecd/monitor/children.c \
	ipsecd/monitor/diary.c ipsecd/monitor/diary.h \
	ipsecd/monitor/dp.c \
	ipsecd/monitor/espproc.c ipsecd/monitor/espproc.h \
	ipsecd/monitor/fetchproc.c \
	ipsecd/monitor/keysproc.c \
	ipsecd/monitor/monitor.c ipsecd/monitor/monitor.h \
	ipsecd/monitor/sockets.c ipsecd/monitor/sockets.h \
	ipsecd/monitor/spawn.c ipsecd/monitor/spawn.h \
	ipsecd/monitor/tap.c ipsecd/monitor/tap.h

sbin_PROGRAMS += ipsecd/ipsecd
ipsecd_ipsecd_SOURCES = ipsecd/monitor/main.c
ipsecd_ipsecd_LDADD = ipsecd/monitor/libmonitor.a ipsecd/ikeproc/libikeproc.a \
	ipsecd/ike/libike.a ipsecd/ike/libikewire.a ipsecd/keys/libkeys.a \
	ipsecd/dataplane/libdataplane.a ipsecd/esp/libesp.a \
	ipsecd/proc/libproc.a ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(LIBYANG_LIBS) $(LIBEVENT_LIBS) $(SECCOMP_LIBS) $(LIBNL_LIBS) \
	$(CRYPTO_LIBS) -lpthread
