# The IKE engine, and below it what knows bytes and policy but no SA.
noinst_LIBRARIES += ipsecd/ike/libikewire.a
ipsecd_ike_libikewire_a_CFLAGS = $(AM_CFLAGS)
ipsecd_ike_libikewire_a_SOURCES = \
	ipsecd/ike/ident.c ipsecd/ike/ident.h \
	ipsecd/ike/proposal.c ipsecd/ike/proposal.h \
	ipsecd/ike/proposal_match.c \
	ipsecd/ike/proposal_str.c \
	ipsecd/ike/ts.c ipsecd/ike/ts.h \
	ipsecd/ike/wire/build.c ipsecd/ike/wire/build.h \
	ipsecd/ike/wire/message.c ipsecd/ike/wire/message.h \
	ipsecd/ike/wire/numbers.c ipsecd/ike/wire/numbers.h \
	ipsecd/ike/wire/payload.c ipsecd/ike/wire/payload.h \
	ipsecd/ike/wire/print.c \
	ipsecd/ike/wire/rules.c
