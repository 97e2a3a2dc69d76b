# ipsecd/keys
noinst_LIBRARIES += ipsecd/keys/libkeys.a
ipsecd_keys_libkeys_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_keys_libkeys_a_SOURCES = \
	ipsecd/keys/keys.h ipsecd/keys/main.c \
	ipsecd/keys/bundle.c ipsecd/keys/bundle.h \
	ipsecd/keys/bundle_pkcs12.c \
	ipsecd/keys/changes.c ipsecd/keys/changes.h \
	ipsecd/keys/vault.c ipsecd/keys/vault.h \
	ipsecd/keys/vault_action.c ipsecd/keys/vault_state.c \
	ipsecd/keys/generate.c ipsecd/keys/generate.h \
	ipsecd/keys/import.c ipsecd/keys/import.h \
	ipsecd/keys/item.c ipsecd/keys/item.h \
	ipsecd/keys/psk.c ipsecd/keys/psk.h \
	ipsecd/keys/remark.c ipsecd/keys/remark.h \
	ipsecd/keys/seal.c ipsecd/keys/seal.h \
	ipsecd/keys/shared.c ipsecd/keys/shared.h \
	ipsecd/keys/store.c ipsecd/keys/store.h \
	ipsecd/keys/uses.c ipsecd/keys/uses.h \
	ipsecd/keys/work.c ipsecd/keys/work.h
