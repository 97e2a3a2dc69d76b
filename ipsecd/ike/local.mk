# The IKE engine, and below it what knows bytes and policy but no SA.
EXTRA_DIST += ipsecd/ike/wire/numbers.h ipsecd/ike/wire/message.h ipsecd/ike/wire/build.h \
	ipsecd/ike/proposal.h ipsecd/ike/ident.h ipsecd/ike/ts.h
