# ipsecd/esp: the fast path of the `user` data plane
noinst_LIBRARIES += ipsecd/esp/libesp.a
ipsecd_esp_libesp_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
ipsecd_esp_libesp_a_SOURCES = \
	ipsecd/esp/esp.h \
	ipsecd/esp/handover.c \
	ipsecd/esp/syscalls.c
