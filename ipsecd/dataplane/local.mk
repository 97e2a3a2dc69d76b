noinst_LIBRARIES += ipsecd/dataplane/libdataplane.a
ipsecd_dataplane_libdataplane_a_CFLAGS = $(AM_CFLAGS) $(LIBNL_CFLAGS) \
	$(LIBEVENT_CFLAGS)
ipsecd_dataplane_libdataplane_a_SOURCES = \
	ipsecd/dataplane/dataplane.h \
	ipsecd/dataplane/localaddr.c ipsecd/dataplane/localaddr.h \
	ipsecd/dataplane/null.c \
	ipsecd/dataplane/pathmtu.c ipsecd/dataplane/pathmtu.h \
	ipsecd/dataplane/wire.c

# What monitor does for the `user` data plane; its fast path is ipsecd/esp.
ipsecd_dataplane_libdataplane_a_SOURCES += \
	ipsecd/dataplane/user.c ipsecd/dataplane/user.h \
	ipsecd/dataplane/user_guard.c ipsecd/dataplane/user_guard.h \
	ipsecd/dataplane/user_known.c ipsecd/dataplane/user_known.h \
	ipsecd/dataplane/user_net.c ipsecd/dataplane/user_net.h \
	ipsecd/dataplane/user_rtnl.c ipsecd/dataplane/user_rtnl.h \
	ipsecd/dataplane/user_tun.c ipsecd/dataplane/user_tun.h

# The kernel's own.
ipsecd_dataplane_libdataplane_a_SOURCES += \
	ipsecd/dataplane/xfrm.c ipsecd/dataplane/xfrm.h ipsecd/dataplane/xfrm_in.h \
	ipsecd/dataplane/xfrm_adopt.c ipsecd/dataplane/xfrm_event.c \
	ipsecd/dataplane/xfrm_install.c ipsecd/dataplane/xfrm_larval.c \
	ipsecd/dataplane/xfrm_msg.c ipsecd/dataplane/xfrm_msg.h \
	ipsecd/dataplane/xfrm_nl.c ipsecd/dataplane/xfrm_nl.h \
	ipsecd/dataplane/xfrm_pass.c ipsecd/dataplane/xfrm_pass.h \
	ipsecd/dataplane/xfrm_policy.c \
	ipsecd/dataplane/xfrm_socket.c \
	ipsecd/dataplane/xfrm_table.c ipsecd/dataplane/xfrm_table.h
