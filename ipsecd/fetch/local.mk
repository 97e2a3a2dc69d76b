# ipsecd/fetch: culvert-fetch, the only program that links libcurl
noinst_LIBRARIES += ipsecd/fetch/libfetch.a
ipsecd_fetch_libfetch_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(LIBEVENT_CFLAGS)
ipsecd_fetch_libfetch_a_SOURCES = \
	ipsecd/fetch/cache.c ipsecd/fetch/cache.h \
	ipsecd/fetch/child.c \
	ipsecd/fetch/fetch.h \
	ipsecd/fetch/once.c \
	ipsecd/fetch/readfile.c ipsecd/fetch/readfile.h \
	ipsecd/fetch/redirect.c ipsecd/fetch/redirect.h \
	ipsecd/fetch/sealed.c ipsecd/fetch/sealed.h \
	ipsecd/fetch/syscalls.c \
	ipsecd/fetch/transfer.c ipsecd/fetch/transfer.h \
	ipsecd/fetch/url.c ipsecd/fetch/url.h \
	ipsecd/fetch/web.c ipsecd/fetch/web.h \
	ipsecd/fetch/why.c ipsecd/fetch/why.h \
	ipsecd/fetch/worker.c ipsecd/fetch/worker.h

pkglibexec_PROGRAMS += ipsecd/culvert-fetch
ipsecd_culvert_fetch_SOURCES = ipsecd/fetch/main.c
ipsecd_culvert_fetch_LDADD = ipsecd/fetch/libfetch.a ipsecd/proc/libproc.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(CURL_LIBS) \
	$(LIBEVENT_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS) -lpthread
