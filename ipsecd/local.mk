# ipsecd is a family of processes made of these libraries, each in its folder.
include ipsecd/crypto/local.mk
include ipsecd/ike/local.mk
include ipsecd/keys/local.mk
include ipsecd/dataplane/local.mk
include ipsecd/esp/local.mk
include ipsecd/proc/local.mk
include ipsecd/ikeproc/local.mk
include ipsecd/fetch/local.mk
include ipsecd/monitor/local.mk

EXTRA_DIST += ipsecd/crypto/alg.h ipsecd/crypto/crypto.h \
	ipsecd/dataplane/dataplane.h ipsecd/dataplane/user.h ipsecd/ike/engine.h
