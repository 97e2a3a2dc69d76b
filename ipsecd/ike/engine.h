/*
 * engine: the IKE engine without sockets, clocks or randomness of its own.
 *
 * In: datagrams, the time, configuration, answers from keys and the data plane,
 * commands.  Out: the calls of struct engine_ops.  The shell around it
 * (ipsecd/ikeproc) does the real I/O; tests, fuzzers and benchmarks put something
 * else there.  Single-threaded; no call blocks; no call re-enters the
 * engine except where a comment says so.
 *
 * Time is milliseconds on a monotonic clock that the caller owns.
 */
#ifndef CULVERT_ENGINE_H
#define CULVERT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "dataplane/dataplane.h"
#include "err.h"

#define ENGINE_MSG_MAX	65535		/* an IKE message */

struct engine;
struct json;
struct lyd_node;
struct message;

/* What is done with a tunnel's secrets.  KEYS_AUTH (RFC 7296 2.15):
 * prf(prf(PSK, "Key Pad for IKEv2"), octets).  KEYS_PPK (RFC 8784 3), octets
 * being SK_d | SK_pi | SK_pr: prf+(PPK, each), one after the other.  KEYS_SIGN:
 * the octets signed by the private key of the tunnel's certificate, as the
 * scheme says, which also says how they are hashed; prf is 0.  KEYS_SKEYID
 * (IKEv1, RFC 2409 5), octets being Ni | Nr: prf(PSK, octets). */
enum keys_kind { KEYS_AUTH, KEYS_PPK, KEYS_SIGN, KEYS_SKEYID };

struct keys_request {
	uint32_t	 serial;
	uint32_t	 tunnel;
	uint16_t	 prf;		/* IANA number */
	const uint8_t	*octets;	/* borrowed for the call */
	size_t		 len;
	uint8_t		 kind;
	uint8_t		 scheme;	/* KEYS_SIGN: enum sign_scheme */
};

#define KEYS_PPK_MAX	(3 * 64)
#define KEYS_REPLY_MAX	1024		/* a signature by RSA 8192 */

struct keys_reply {
	uint32_t	 serial;
	bool		 ok;		/* false: no such secret for that tunnel,
					 * or its key does not do that scheme */
	uint16_t	 len;
	uint8_t		 mac[KEYS_REPLY_MAX];	/* or the mixed keys, or the
						 * signature */
};

/* What a label in the certificate store of keys stands for. */
enum cert_kind {
	CERT_LOCAL,			/* a certificate of ours, with its key */
	CERT_REQUEST,			/* a key whose certificate has not come */
	CERT_CA,
};

struct der_octets {
	const uint8_t	*der;		/* borrowed for the call */
	size_t		 len;
};

/* What is fetched from the web, or kept of it on disk, by URL (http, https, file).
 * FETCH_GET, FETCH_CACHED (what is on disk) and FETCH_POST (OCSP, RFC 6960 A.1) are
 * answered by engine_fetched(), which may happen inside the call.  FETCH_KEEP: the
 * octets that came for this serial are good; keep them on disk until then.
 * FETCH_DROP: those on disk are not.  FETCH_END: nobody waits for this serial any
 * more. */
enum fetch_kind { FETCH_GET, FETCH_CACHED, FETCH_POST, FETCH_KEEP, FETCH_DROP,
		  FETCH_END };
#define FETCH_URL_MAX	1024
#define FETCH_BODY_MAX	1024	/* of FETCH_POST */

struct fetch_request {
	uint32_t	 serial;	/* not of FETCH_DROP */
	uint8_t		 kind;
	uint32_t	 most;		/* octets to accept: more is a failure */
	const char	*url;		/* borrowed; not of FETCH_KEEP, FETCH_END */
	const uint8_t	*body;		/* borrowed; FETCH_POST */
	size_t		 len;
	uint64_t	 until;		/* FETCH_KEEP; seconds since 1970 */
};

enum fetch_outcome {
	FETCH_OK,
	FETCH_NONE,		/* of FETCH_CACHED: there is nothing on disk */
	FETCH_FAILED,
};

struct fetch_reply {
	uint32_t	 serial;
	uint8_t		 outcome;
	/* FETCH_FAILED: "answers 404 Not Found", to be read after the URL; what
	 * came from there is escaped. */
	const char	*why;		/* borrowed for the call */
	const uint8_t	*data;		/* likewise */
	size_t		 len;
};

/* A message that came in or goes out, for engine_ops.message. */
struct engine_message {
	bool			 in;
	bool			 repeated;	/* a retransmission */
	uint32_t		 tunnel;	/* 0: not known */
	const struct endpoint	*local;		/* NULL: not known */
	const struct endpoint	*remote;
	const struct message	*message;	/* decrypted, if this end could;
						 * NULL: no more is known of it
						 * than: */
	const char		*dropped;	/* why it goes no further */
};

struct engine_ops {
	/* encap: put the non-ESP marker in front (port 4500). */
	void	(*send)(void *ctx, const struct endpoint *src, const struct endpoint *dst,
			bool encap, const uint8_t *msg, size_t len);
	/* The engine wants engine_tick() at that time, not before; UINT64_MAX:
	 * never.  Replaces the last wish. */
	void	(*wake)(void *ctx, uint64_t at_ms);
	bool	(*random)(void *ctx, void *, size_t);
	/* Answered by engine_keys_reply(), which may happen inside the call. */
	void	(*keys)(void *ctx, const struct keys_request *);
	/* Answered by engine_dp_reply(), which may happen inside the call. */
	void	(*dataplane)(void *ctx, const struct dp_request *);
	void	(*fetch)(void *ctx, const struct fetch_request *);
	/* Something an operator may want to know, once: one line for the log
	 * (the engine keeps what `show` needs itself). */
	void	(*event)(void *ctx, uint32_t tunnel, int level, const char *line);
	/* Seconds since 1970, for time stamps people see. */
	uint64_t (*wall)(void *ctx);
	/* Every message, while engine_watch() is on; all is borrowed.  May be
	 * NULL. */
	void	(*message)(void *ctx, const struct engine_message *);
};

/* For inside engine_ops.send alone: the datagram was not sent, errno says why.
 * Not for what passes by itself (EAGAIN, ENOBUFS). */
void	engine_not_sent(struct engine *, int error);

struct engine_settings {
	struct dp_caps	caps;
	uint16_t	port;		/* 500 */
	uint16_t	natt_port;	/* 4500 */
	uint32_t	half_open_max;	/* then COOKIE; see half.h */
	uint16_t	datagram_max;	/* with the IP header: what is longer goes
					 * in fragments (RFC 7383); 0: 1280 */
	uint8_t		worker;		/* top bits of the SPIs we choose */
};

struct engine *engine_new(const struct engine_ops *, void *ctx,
			  const struct engine_settings *, uint64_t now_ms, struct err *);
/* Frees without a word to peers or data plane. */
void	engine_free(struct engine *);

/* --- in --- */
/* msg without the non-ESP marker; encap says that it had one. */
void	engine_input(struct engine *, uint64_t now, const struct endpoint *local,
		     const struct endpoint *remote, bool encap,
		     const uint8_t *msg, size_t len);
void	engine_tick(struct engine *, uint64_t now);
void	engine_keys_reply(struct engine *, uint64_t now, const struct keys_reply *);
void	engine_dp_reply(struct engine *, uint64_t now, const struct dp_reply *);
void	engine_fetched(struct engine *, uint64_t now, const struct fetch_reply *);
void	engine_dp_event(struct engine *, uint64_t now, const struct dp_event *);
/* What a label stands for in the store of keys, our own certificate or the CA
 * first; n 0: it is gone (or, CERT_REQUEST, waits for its certificate).  What has
 * not changed may be told again. */
void	engine_certificate(struct engine *, uint64_t now, enum cert_kind,
			   const char *label, const struct der_octets *, size_t n);
/* Another keys is about to tell all its labels; those it does not tell are gone
 * when it has done so, which is _known().  Before the first time no tunnel is to
 * blame for a label that is not there. */
void	engine_certificates_begin(struct engine *, uint64_t now);
void	engine_certificates_known(struct engine *, uint64_t now);
/* An address of this machine came or went. */
void	engine_local_address(struct engine *, uint64_t now, const struct addr *, bool present);

/* --- configuration: tree as in OP_PREPARE, NULL for none --- */
/* Checks what the model cannot (unsupported features, duplicate identities);
 * keeps the result for apply.  One transaction at a time.  warn() gets
 * sentences about what is accepted but deserves a word.  With replace, which no
 * administrator waits for, a tunnel that cannot be is no error: it is warned
 * about and stays Down(Unknown), its subnets blocked, while the others go on. */
int	engine_prepare(struct engine *, const struct lyd_node *tree,
		       const char *const *removed, size_t n_removed, bool replace,
		       void (*warn)(void *, const char *), void *arg,
		       struct err *) __attribute__((warn_unused_result));
void	engine_apply(struct engine *, uint64_t now);
void	engine_abort(struct engine *);

/* --- state and commands --- */
/* The operational state (culvert-tunnel) of one tunnel, or of all with id 0, as
 * a whole JSON object {"culvert-tunnel:tunnel":{"ipsec":[...]}} with id,
 * description and state of each; fields as A_FIELDS: names of nodes directly
 * in state (and "description") wanted, NULL for everything. */
int	engine_state(struct engine *, uint64_t now, uint32_t id, const char *fields,
		     struct json *, struct err *) __attribute__((warn_unused_result));
/* Asks the data plane for the counters of one tunnel, or of all with id 0, and
 * calls done() when they are in, at the latest after a second; maybe inside the
 * call.  engine_state() then shows them; without it they are those of the last
 * liveness check. */
void	engine_refresh(struct engine *, uint64_t now, uint32_t id,
		       void (*done)(void *arg), void *arg);
enum engine_command { ENGINE_INITIATE, ENGINE_TERMINATE, ENGINE_REKEY_CHILD,
		      ENGINE_REKEY_IKE, ENGINE_REAUTH, ENGINE_RESTART };
/* id 0: every tunnel. */
int	engine_command(struct engine *, uint64_t now, enum engine_command, uint32_t id,
		       struct err *) __attribute__((warn_unused_result));

/* What is known of revocation (culvert-certificate), as the contents of the list:
 * one object for each CRL or OCSP answer that is kept or could not be had. */
void	engine_crls(struct engine *, uint64_t now, struct json *);
/* Fetches all of them anew; how many.  done() is called when all have come or
 * failed, maybe inside the call, unless it is none; with the engine it is
 * forgotten. */
size_t	engine_crls_refresh(struct engine *, uint64_t now,
			    void (*done)(void *arg), void *arg);
/* A sentence for each of which the last attempt failed. */
void	engine_crls_failed(struct engine *, void (*fn)(void *arg, const char *),
			   void *arg);

/* Whether engine_ops.message is called; off at first. */
void	engine_watch(struct engine *, bool on);
/* The tunnel whose ESP this is, 0 if there is none.  Inbound the SPI tells; what
 * goes out is looked for among all SAs. */
uint32_t engine_esp_tunnel(struct engine *, bool in, const struct addr *remote,
			   uint32_t spi);

/* What the process around it, tests and benchmarks count on. */
struct engine_stats {
	uint32_t	tunnels, ike_sas, child_sas, half_open;
	uint32_t	ended;		/* of ike_sas: only answer repetitions */
	uint64_t	datagrams_in, datagrams_out, dropped, handshakes;
};
void	engine_get_stats(const struct engine *, struct engine_stats *);

#endif
