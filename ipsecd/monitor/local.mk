# ipsecd/monitor
noinst_LIBRARIES += ipsecd/monitor/libmonitor.a
ipsecd_monitor_libmonitor_a_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_monitor_libmonitor_a_SOURCES = \
	ipsecd/monitor/children.c \
	ipsecd/monitor/dp.c \
	ipsecd/monitor/espproc.c ipsecd/monitor/espproc.h \
	ipsecd/monitor/monitor.c ipsecd/monitor/monitor.h \
	ipsecd/monitor/sockets.c ipsecd/monitor/sockets.h \
	ipsecd/monitor/spawn.c ipsecd/monitor/spawn.h
