# ipsecd/esp: the fast path of the `user` data plane
noinst_LIBRARIES += ipsecd/esp/libesp.a
ipsecd_esp_libesp_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) -pthread
ipsecd_esp_libesp_a_SOURCES = \
	ipsecd/esp/bytes.h \
	ipsecd/esp/control.c \
	ipsecd/esp/core.c ipsecd/esp/core.h \
	ipsecd/esp/csum.c ipsecd/esp/csum.h \
	ipsecd/esp/esp.h \
	ipsecd/esp/flow.c ipsecd/esp/flow.h \
	ipsecd/esp/handover.c \
	ipsecd/esp/in.c \
	ipsecd/esp/inner.c ipsecd/esp/inner.h \
	ipsecd/esp/main.c \
	ipsecd/esp/merge.c ipsecd/esp/merge.h \
	ipsecd/esp/out.c \
	ipsecd/esp/replay.c ipsecd/esp/replay.h \
	ipsecd/esp/split.c ipsecd/esp/split.h \
	ipsecd/esp/syscalls.c \
	ipsecd/esp/table.c ipsecd/esp/table.h \
	ipsecd/esp/vnet.h \
	ipsecd/esp/xform.c ipsecd/esp/xform.h
