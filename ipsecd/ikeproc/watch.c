/*
 * watch: "ipsec monitor": what passes, told to those who watch; and what
 * ipsecd logs, for confd.
 *
 * IKE messages come from the engine, which can read them; ESP packets, and the
 * octets of both for a capture, from monitor's packet socket.  Nothing of this
 * is done while nobody watches.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "ike/wire/message.h"
#include "ikeproc.h"
#include "json.h"
#include "msg.h"
#include "names.h"
#include "proc/ipc.h"
#include "proc/logline.h"
#include "proc/messages.h"
#include "proc/owner.h"
#include "proc/path.h"
#include "proto.h"
#include "stream.h"

#define FLOWS		256		/* remembered tunnels of outbound SPIs */
#define LOOKUPS_MAX	50		/* in a second; each looks at all SAs */
#define LINE_MAX	1024
#define UDP_HDR_LEN	8

struct watcher {
	struct watcher	*next;
	struct stream	*stream;
	uint32_t	 tunnel;	/* 0: all */
	bool		 packets;
};

struct flow {
	uint32_t	 spi;
	uint32_t	 tunnel;
	struct addr	 remote;
};

struct watch {
	struct watcher	*watchers;
	struct watcher	*readers;	/* of the log */
	char		*no_tap;	/* why there is none; NULL: there is */
	struct flow	 flows[FLOWS];
	uint64_t	 second;
	unsigned int	 lookups;
};

/* One packet of the tap's. */
struct seen {
	struct ipc_packet	 raw;
	struct endpoint		 src, dst;
	bool			 esp;
	uint32_t		 spi, seq;	/* esp */
	uint32_t		 tunnel;
};

static uint64_t
wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool
concerns(const struct watcher *w, uint32_t tunnel)
{
	/* What is nobody's yet may be the beginning of that tunnel's. */
	return w->tunnel == 0 || tunnel == 0 || w->tunnel == tunnel;
}

/* Each gets his own: NULL for what is not there. */
static void
tell(struct watch *w, uint32_t tunnel, const struct json *j,
     const struct ipc_packet *raw)
{
	uint8_t head[12];
	struct watcher *o;
	struct wbuf b;
	struct msg m;
	uint8_t *p;

	for (o = w->watchers; o != NULL; o = o->next) {
		if (!concerns(o, tunnel) || (j == NULL && !o->packets) ||
		    stream_full(o->stream))
			continue;
		stream_begin(o->stream, &m);
		if (j != NULL)
			msg_add(&m, A_DATA, j->text, j->len);
		if (raw != NULL && o->packets &&
		    (p = malloc(sizeof(head) + raw->len)) != NULL) {
			wbuf_init(&b, p, sizeof(head) + raw->len);
			wbuf_u64(&b, raw->time_us);
			wbuf_u32(&b, raw->wire_len);
			wbuf_bytes(&b, raw->octets, raw->len);
			msg_add(&m, A_PACKET, p, b.len);
			free(p);
		}
		stream_send(o->stream, &m);
	}
}

static void
begin_json(struct json *j, uint64_t time_us, uint32_t tunnel, bool in,
	   const char *protocol)
{
	json_init(j);
	json_object(j, NULL);
	json_object(j, "culvert-tunnel:packet");
	json_u64(j, "time", time_us);
	if (tunnel != 0)
		json_u32(j, "tunnel", tunnel);
	json_str(j, "direction", in ? "in" : "out");
	json_str(j, "protocol", protocol);
}

static void
end_json(struct json *j, const char *text)
{
	json_str(j, "text", text);
	json_object_end(j);
	json_object_end(j);
}

/* "ipsec1 out IKE 192.0.2.1[500] > 192.0.2.2[500] " */
static size_t
line_head(char *line, uint32_t tunnel, bool in, const char *protocol,
	  const char *local, const char *remote)
{
	char who[24] = "-";
	int n;

	if (tunnel != 0)
		snprintf(who, sizeof(who), "ipsec%u", tunnel);
	n = snprintf(line, LINE_MAX, "%-7s %-3s %s %s > %s ", who,
		     in ? "in" : "out", protocol, in ? remote : local,
		     in ? local : remote);
	return n > 0 && n < LINE_MAX ? (size_t)n : 0;
}

/* --- IKE, from the engine --- */

static void
add_message(struct json *j, char *line, size_t n, const struct message *m)
{
	char names[MESSAGE_STRLEN], exchange[16], which[32];
	const char *payloads = message_payloads_str(m, names);
	const char *exch = name_str(message_exchange_names(m), m->hdr.exchange,
				    exchange);

	json_u32(j, "length", m->hdr.length);
	json_u32(j, "version", IKE_MAJOR(m->hdr.version));
	json_str(j, "exchange", exch);
	if (!message_is_v1(m))
		json_bool(j, "response", message_is_response(m));
	json_u32(j, "message-id", m->hdr.msgid);
	json_str(j, "payloads", payloads);
	/* IKEv1 draws its ids at random. */
	if (message_is_v1(m))
		snprintf(which, sizeof(which), "%08x", m->hdr.msgid);
	else
		snprintf(which, sizeof(which), "%s %u", message_kind_str(m),
			 m->hdr.msgid);
	snprintf(line + n, LINE_MAX - n, "%s%s %s [%s%s ] %u octets",
		 message_is_v1(m) ? "v1 " : "", exch, which,
		 *payloads != '\0' ? " " : "", payloads, m->hdr.length);
}

void
watch_message(struct ikeproc *p, const struct engine_message *em)
{
	char local[ENDPOINT_STRLEN] = "?", remote[ENDPOINT_STRLEN] = "?";
	char line[LINE_MAX];
	struct json j;
	size_t n;

	begin_json(&j, wall_us(), em->tunnel, em->in, "ike");
	if (em->local != NULL)
		json_str(&j, "local", endpoint_str(em->local, local));
	if (em->remote != NULL)
		json_str(&j, "remote", endpoint_str(em->remote, remote));
	n = line_head(line, em->tunnel, em->in, "IKE",
		      em->local != NULL ? local : "us", remote);
	if (em->message != NULL)
		add_message(&j, line, n, em->message);
	if (em->repeated) {
		json_bool(&j, "repeated", true);
		n = strlen(line);
		snprintf(line + n, LINE_MAX - n, ", once more");
	}
	if (em->dropped != NULL) {
		json_str(&j, "dropped", em->dropped);
		n = strlen(line);
		snprintf(line + n, LINE_MAX - n, "dropped: %s", em->dropped);
	}
	end_json(&j, line);
	if (json_ok(&j))
		tell(p->watch, em->tunnel, &j, NULL);
	json_fini(&j);
}

/* --- packets, from monitor --- */

static bool
parse_ip(struct rbuf *r, struct seen *s, uint8_t *protocol)
{
	uint8_t first = rbuf_u8(r);
	size_t hdr = (first & 15u) * 4u, len = 16;
	const uint8_t *src;

	if (first >> 4 == 4) {
		len = 4;
		rbuf_skip(r, 8);
		*protocol = rbuf_u8(r);
		rbuf_skip(r, 2);
	} else {
		rbuf_skip(r, 5);
		*protocol = rbuf_u8(r);
		rbuf_skip(r, 1);
	}
	src = rbuf_bytes(r, 2 * len);
	if (src == NULL || addr_from_bytes(&s->src.addr, src, len) < 0 ||
	    addr_from_bytes(&s->dst.addr, src + len, len) < 0)
		return false;
	if (len == 4 && hdr > 20)
		rbuf_skip(r, hdr - 20);
	return rbuf_ok(r);
}

/* ESP, or IKE whose octets matter only. */
static bool
parse_packet(struct ikeproc *p, struct seen *s)
{
	uint8_t protocol = 0;
	struct rbuf r;

	rbuf_init(&r, s->raw.octets, s->raw.len);
	if (!parse_ip(&r, s, &protocol))
		return false;
	s->esp = protocol == IPPROTO_ESP;
	if (protocol == IPPROTO_UDP) {
		s->src.port = rbuf_u16(&r);
		s->dst.port = rbuf_u16(&r);
		rbuf_skip(&r, UDP_HDR_LEN - 4);
		if ((s->raw.out ? s->src.port : s->dst.port) !=
		    p->process.opt->natt_port)
			return rbuf_ok(&r);
	} else if (!s->esp) {
		return false;
	}
	s->spi = rbuf_u32(&r);
	s->esp = s->spi != 0;
	if (s->esp)
		s->seq = rbuf_u32(&r);
	return rbuf_ok(&r);
}

/* Outbound SPIs are in no table of the engine's: what was found is kept. */
static uint32_t
tunnel_of(struct ikeproc *p, const struct seen *s)
{
	const struct addr *remote = s->raw.out ? &s->dst.addr : &s->src.addr;
	struct watch *w = p->watch;
	struct flow *f = &w->flows[s->spi % FLOWS];
	uint64_t now = ikeproc_now() / 1000;

	if (!s->raw.out)
		return engine_esp_tunnel(p->engine, true, remote, s->spi);
	if (f->spi == s->spi && addr_equal(&f->remote, remote))
		return f->tunnel;
	if (w->second != now) {
		w->second = now;
		w->lookups = 0;
	}
	if (w->lookups++ >= LOOKUPS_MAX)
		return 0;
	f->tunnel = engine_esp_tunnel(p->engine, false, remote, s->spi);
	if (f->tunnel == 0)
		return 0;		/* may be installed in a moment */
	f->spi = s->spi;
	f->remote = *remote;
	return f->tunnel;
}

static void
tell_esp(struct ikeproc *p, const struct seen *s)
{
	const struct endpoint *l = s->raw.out ? &s->src : &s->dst;
	const struct endpoint *r = s->raw.out ? &s->dst : &s->src;
	char local[ENDPOINT_STRLEN], remote[ENDPOINT_STRLEN], line[LINE_MAX];
	struct json j;
	size_t n;

	if (l->port != 0) {
		endpoint_str(l, local);
		endpoint_str(r, remote);
	} else {
		addr_str(&l->addr, local);
		addr_str(&r->addr, remote);
	}
	begin_json(&j, s->raw.time_us, s->tunnel, !s->raw.out, "esp");
	json_str(&j, "local", local);
	json_str(&j, "remote", remote);
	json_u32(&j, "length", s->raw.wire_len);
	json_strf(&j, "spi", "%08x", s->spi);
	json_u32(&j, "sequence", s->seq);
	n = line_head(line, s->tunnel, !s->raw.out, "ESP", local, remote);
	snprintf(line + n, LINE_MAX - n, "SPI %08x sequence %u %u octets",
		 s->spi, s->seq, s->raw.wire_len);
	end_json(&j, line);
	if (json_ok(&j))
		tell(p->watch, s->tunnel, &j, &s->raw);
	json_fini(&j);
}

bool
watch_packet(struct ikeproc *p, struct rbuf *body)
{
	struct seen s = { .esp = false };
	struct watcher *o;

	if (!ipc_packet_parse(body, &s.raw))
		return false;
	for (o = p->watch->watchers; s.raw.lost > 0 && o != NULL; o = o->next)
		stream_add_lost(o->stream, s.raw.lost);
	if (!parse_packet(p, &s))
		return true;		/* a stranger's; nothing to show */
	if (!s.esp) {
		tell(p->watch, 0, NULL, &s.raw);
		return true;
	}
	s.tunnel = tunnel_of(p, &s);
	tell_esp(p, &s);
	return true;
}

/* --- the tap --- */

static void
no_tap(struct watch *w, struct stream *s)
{
	struct msg m;

	stream_begin(s, &m);
	msg_add_str(&m, A_WARNING, w->no_tap);
	stream_send(s, &m);
}

bool
watch_tap(struct ikeproc *p, struct rbuf *body)
{
	struct watch *w = p->watch;
	size_t len = rbuf_left(body);
	struct watcher *o;

	free(w->no_tap);
	w->no_tap = NULL;
	if (len == 0)
		return true;
	w->no_tap = strndup((const char *)rbuf_bytes(body, len), len);
	for (o = w->watchers; w->no_tap != NULL && o != NULL; o = o->next)
		no_tap(w, o->stream);
	return true;
}

static void
switch_tap(struct ikeproc *p, bool on)
{
	const uint8_t body = on;

	engine_watch(p->engine, on);
	if (p->process.monitor != NULL)
		ipc_send(p->process.monitor, IPC_TAP, &body, 1);
}

/* --- the log --- */

bool
watch_log(struct ikeproc *p, struct rbuf *body)
{
	char text[LOGBOOK_LINE_MAX + 1];
	uint64_t time_us;
	struct watcher *o;
	struct msg m;

	if (!logline_parse(body, &time_us, text))
		return false;
	for (o = p->watch->readers; o != NULL; o = o->next) {
		stream_begin(o->stream, &m);
		msg_add_u64(&m, A_TIME, time_us);
		msg_add_str(&m, A_COMMENT, text);
		stream_send(o->stream, &m);
	}
	return true;
}

static void
ask_log(struct ikeproc *p, uint64_t since_us)
{
	uint8_t body[8];
	struct wbuf w;

	wbuf_init(&w, body, sizeof(body));
	wbuf_u64(&w, since_us);
	if (p->process.monitor != NULL)
		ipc_send(p->process.monitor, IPC_LOG, body, w.len);
}

/* --- who wants it --- */

static struct watcher *
add_watcher(struct watcher **list, struct stream *s)
{
	struct watcher *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->stream = s;
	o->next = *list;
	*list = o;
	return o;
}

static int
watch(struct ikeproc *p, uint32_t tunnel, bool packets, struct stream *s,
      struct err *e)
{
	struct watch *w = p->watch;
	bool first = w->watchers == NULL;
	struct watcher *o = add_watcher(&w->watchers, s);

	if (o == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	o->tunnel = tunnel;
	o->packets = packets;
	if (first)
		switch_tap(p, true);
	else if (w->no_tap != NULL)
		no_tap(w, s);
	return 0;
}

int
watch_subscribe(void *ctx, const char *path, const struct stream_wish *wish,
		struct stream *s, struct err *e)
{
	struct ikeproc *p = ctx;
	struct tunnel_path t;

	if (tunnel_path_parse(&t, path, e) < 0)
		return -1;
	if (p->engine == NULL)
		return err_set(e, ERR_REALITY, "ipsecd is not ready yet");
	if (p->watch == NULL && (p->watch = calloc(1, sizeof(*p->watch))) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (strcmp(t.rest, "monitor") == 0)
		return watch(p, t.id, wish->packets, s, e);
	if (t.id != 0 || strcmp(t.rest, "log") != 0)
		return err_set(e, ERR_NOTFOUND, "there is no stream '%.128s'",
			       path);
	if (add_watcher(&p->watch->readers, s) == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	ask_log(p, wish->since_us);
	return 0;
}

static bool
remove_watcher(struct watcher **at, const struct stream *s)
{
	struct watcher *o;

	while ((o = *at) != NULL && o->stream != s)
		at = &o->next;
	if (o == NULL)
		return false;
	*at = o->next;
	free(o);
	return true;
}

void
watch_unsubscribe(void *ctx, struct stream *s)
{
	struct ikeproc *p = ctx;

	if (remove_watcher(&p->watch->watchers, s) &&
	    p->watch->watchers == NULL)
		switch_tap(p, false);
	remove_watcher(&p->watch->readers, s);
}
