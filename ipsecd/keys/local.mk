# ipsecd/keys
noinst_LIBRARIES += ipsecd/keys/libkeys.a
ipsecd_keys_libkeys_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_keys_libkeys_a_SOURCES = \
	ipsecd/keys/keys.h ipsecd/keys/main.c \
	ipsecd/keys/psk.c ipsecd/keys/psk.h
