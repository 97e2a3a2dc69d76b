# The IKE engine, and below it what knows bytes and policy but no SA.
noinst_LIBRARIES += ipsecd/ike/libikewire.a
ipsecd_ike_libikewire_a_CFLAGS = $(AM_CFLAGS)
ipsecd_ike_libikewire_a_SOURCES = \
	ipsecd/ike/ident.c ipsecd/ike/ident.h \
	ipsecd/ike/algs.c \
	ipsecd/ike/proposal.c ipsecd/ike/proposal.h \
	ipsecd/ike/proposal_explain.c \
	ipsecd/ike/proposal_in.h ipsecd/ike/proposal_match.c \
	ipsecd/ike/proposal_str.c \
	ipsecd/ike/ts.c ipsecd/ike/ts.h \
	ipsecd/ike/wire/build.c ipsecd/ike/wire/build.h \
	ipsecd/ike/wire/build1.c ipsecd/ike/wire/build1.h \
	ipsecd/ike/wire/message.c ipsecd/ike/wire/message.h \
	ipsecd/ike/wire/message1.c ipsecd/ike/wire/message1.h \
	ipsecd/ike/wire/numbers.c ipsecd/ike/wire/numbers.h \
	ipsecd/ike/wire/numbers1.c ipsecd/ike/wire/numbers1.h \
	ipsecd/ike/wire/octets.c ipsecd/ike/wire/octets.h \
	ipsecd/ike/wire/payload.c ipsecd/ike/wire/payload.h \
	ipsecd/ike/wire/payload1.c ipsecd/ike/wire/sa1.c \
	ipsecd/ike/wire/print.c \
	ipsecd/ike/wire/rules.c \
	ipsecd/ike/wire/signature.c ipsecd/ike/wire/signature.h \
	ipsecd/ike/wire/vendor.c ipsecd/ike/wire/vendor.h

# The engine: SAs and exchanges, free of I/O.
noinst_LIBRARIES += ipsecd/ike/libike.a
ipsecd_ike_libike_a_CFLAGS = $(AM_CFLAGS)
ipsecd_ike_libike_a_SOURCES = \
	ipsecd/ike/agree.c ipsecd/ike/agree.h \
	ipsecd/ike/apply.c \
	ipsecd/ike/ask.c ipsecd/ike/ask.h \
	ipsecd/ike/bind.c ipsecd/ike/bind.h \
	ipsecd/ike/blame.c ipsecd/ike/blame.h \
	ipsecd/ike/certs.c ipsecd/ike/certs.h \
	ipsecd/ike/expiry.c ipsecd/ike/expiry.h \
	ipsecd/ike/ident_cert.c ipsecd/ike/ident_cert.h \
	ipsecd/ike/child.c ipsecd/ike/child.h \
	ipsecd/ike/conf.c ipsecd/ike/conf.h ipsecd/ike/conf_change.c \
	ipsecd/ike/context.h \
	ipsecd/ike/cookie.c ipsecd/ike/cookie.h \
	ipsecd/ike/engine.c \
	ipsecd/ike/crlcache.c ipsecd/ike/crlcache.h \
	ipsecd/ike/crlcache_in.h ipsecd/ike/crlcache_refresh.c \
	ipsecd/ike/crlcache_take.c \
	ipsecd/ike/download.c ipsecd/ike/download.h \
	ipsecd/ike/diagnose.c ipsecd/ike/diagnose.h \
	ipsecd/ike/diagnose_cert.c ipsecd/ike/diagnose_ike1.c ipsecd/ike/diagnose_in.h \
	ipsecd/ike/diagnose_rules.c ipsecd/ike/diagnose_words.c \
	ipsecd/ike/event.c ipsecd/ike/event.h \
	ipsecd/ike/ike1/cert_payload1.c ipsecd/ike/ike1/cert_payload1.h \
	ipsecd/ike/ike1/exchange1.c ipsecd/ike/ike1/exchange1.h \
	ipsecd/ike/ike1/keymat1.c ipsecd/ike/ike1/keymat1.h \
	ipsecd/ike/ike1/fragment1.c ipsecd/ike/ike1/fragment1.h \
	ipsecd/ike/ike1/phase1.c ipsecd/ike/ike1/phase1.h \
	ipsecd/ike/ike1/protect.c ipsecd/ike/ike1/protect.h \
	ipsecd/ike/ike1/phase2.c ipsecd/ike/ike1/phase2.h \
	ipsecd/ike/ike1/phase2_input.c \
	ipsecd/ike/ike1/handlers1.h \
	ipsecd/ike/ike1/info1.c \
	ipsecd/ike/ike1/quick.c ipsecd/ike/ike1/quick.h \
	ipsecd/ike/ike1/quick_agree.c ipsecd/ike/ike1/quick_agree.h \
	ipsecd/ike/ike1/quick_build.c ipsecd/ike/ike1/quick_mode.c \
	ipsecd/ike/ike1/succession.c \
	ipsecd/ike/ike1/selector1.c ipsecd/ike/ike1/selector1.h \
	ipsecd/ike/ike1/main.h ipsecd/ike/ike1/main_auth.c \
	ipsecd/ike/ike1/main_ke.c ipsecd/ike/ike1/main_refuse.c \
	ipsecd/ike/ike1/main_sa.c \
	ipsecd/ike/ike1/natd.c ipsecd/ike/ike1/natd.h \
	ipsecd/ike/ike2/auth.c ipsecd/ike/ike2/auth.h \
	ipsecd/ike/ike2/auth_cert.c \
	ipsecd/ike/ike2/auth_initiator.c \
	ipsecd/ike/ike2/auth_psk.c \
	ipsecd/ike/ike2/auth_responder.c \
	ipsecd/ike/ike2/cert_payload.c ipsecd/ike/ike2/cert_payload.h \
	ipsecd/ike/ike2/collision.c \
	ipsecd/ike/ike2/create.c \
	ipsecd/ike/ike2/established.c \
	ipsecd/ike/ike2/exchange.c ipsecd/ike/ike2/exchange.h \
	ipsecd/ike/ike2/fragment.c ipsecd/ike/ike2/fragment.h \
	ipsecd/ike/ike2/handlers.h \
	ipsecd/ike/ike2/ike2.h \
	ipsecd/ike/ike2/info.c \
	ipsecd/ike/ike2/init.c \
	ipsecd/ike/ike2/keymat.c ipsecd/ike/ike2/keymat.h \
	ipsecd/ike/ike2/mobike.c ipsecd/ike/ike2/mobike.h \
	ipsecd/ike/ike2/lifetime.c \
	ipsecd/ike/ike2/nego.c ipsecd/ike/ike2/nego.h \
	ipsecd/ike/ike2/plan.c \
	ipsecd/ike/ike2/ppk.c ipsecd/ike/ike2/ppk.h \
	ipsecd/ike/ike2/rekey.c \
	ipsecd/ike/ike2/scheme.c ipsecd/ike/ike2/scheme.h \
	ipsecd/ike/ike2/send.c \
	ipsecd/ike/ike2/stranger.c ipsecd/ike/ike2/stranger.h \
	ipsecd/ike/first.c ipsecd/ike/first.h \
	ipsecd/ike/fragments.c ipsecd/ike/fragments.h \
	ipsecd/ike/half.c ipsecd/ike/half.h \
	ipsecd/ike/life.c ipsecd/ike/life.h \
	ipsecd/ike/local.c ipsecd/ike/local.h \
	ipsecd/ike/machine.c ipsecd/ike/machine.h \
	ipsecd/ike/mtu.c ipsecd/ike/mtu.h \
	ipsecd/ike/natt.c ipsecd/ike/natt.h \
	ipsecd/ike/nonce.c ipsecd/ike/nonce.h \
	ipsecd/ike/notify.c ipsecd/ike/notify.h \
	ipsecd/ike/pair.c ipsecd/ike/pair.h \
	ipsecd/ike/peer_cert.c ipsecd/ike/peer_cert.h \
	ipsecd/ike/rate.h \
	ipsecd/ike/reauth.c ipsecd/ike/reauth.h \
	ipsecd/ike/reason.c ipsecd/ike/reason.h \
	ipsecd/ike/refusal.c ipsecd/ike/refusal.h \
	ipsecd/ike/refresh.c ipsecd/ike/refresh.h \
	ipsecd/ike/resend.c ipsecd/ike/resend.h \
	ipsecd/ike/revocation.c ipsecd/ike/revocation.h \
	ipsecd/ike/sa.c ipsecd/ike/sa.h \
	ipsecd/ike/shown.c ipsecd/ike/shown.h \
	ipsecd/ike/state.c \
	ipsecd/ike/state_cert.c ipsecd/ike/state_cert.h \
	ipsecd/ike/state_crl.c \
	ipsecd/ike/table.c ipsecd/ike/table.h \
	ipsecd/ike/timer.c ipsecd/ike/timer.h \
	ipsecd/ike/trace.c ipsecd/ike/trace.h \
	ipsecd/ike/tunnel.c ipsecd/ike/tunnel.h \
	ipsecd/ike/tunnel_intent.c ipsecd/ike/tunnel_policy.c \
	ipsecd/ike/tunnel_status.c \
	ipsecd/ike/unique.c ipsecd/ike/unique.h \
	ipsecd/ike/verdict.c ipsecd/ike/verdict.h
