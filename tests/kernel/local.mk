EXTRA_DIST += tests/kernel/cert_peers.py tests/kernel/guest \
	tests/kernel/scenarios tests/kernel/xfrm.py

noinst_PROGRAMS += tests/kernel/xfrm_drive
tests_kernel_xfrm_drive_SOURCES = tests/kernel/xfrm_drive.c
tests_kernel_xfrm_drive_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
tests_kernel_xfrm_drive_LDADD = ipsecd/dataplane/libdataplane.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(LIBNL_LIBS) \
	$(LIBEVENT_LIBS)
