/*
 * esp_driver: the `user` data plane with static keys, for tests and benchmarks:
 * monitor's half and the process esp, without IKE.
 *
 *	esp_driver OUTER-LOCAL OUTER-REMOTE [MTU]
 *
 * Commands on standard input, one a line, each answered by "ok" or "error: why":
 *	esp				start the process esp; answers "ok PID"
 *	policy TUNNEL LOCAL REMOTE	REMOTE may be "any"
 *	unpolicy TUNNEL
 *	sa TUNNEL in|out SPI CIPHER[-AUTH] SEED LOCAL REMOTE [esn]
 *	update TUNNEL in|out SPI LOCAL REMOTE PORT	LOCAL, REMOTE: outer
 *	del TUNNEL in|out SPI
 *	counters TUNNEL in|out SPI
 *	begin | sync | keep
 * Keys grow from SEED, the same on both sides.  Events and IKE messages are
 * printed as they come.  At the end of input everything is removed, unless
 * "keep" came before.
 */
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "dataplane/user.h"
#include "log.h"

#define PORT	4500

struct driver {
	struct event_base *base;
	struct dataplane *dp;
	struct endpoint	 local;
	struct endpoint	 remote;
	int		 udp4, udp6;
	int		 ike;		/* our end */
	struct event	*ike_event;
	bool		 keep;
	char		 line[512];
	size_t		 used;
};

static void
die(const char *what, const struct err *e)
{
	fprintf(stderr, "esp_driver: %s: %s\n", what, e ? e->text : "failed");
	exit(1);
}

static void
answer(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

/* --- what comes from esp --- */

static void
on_event(const struct dp_event *ev, void *arg)
{
	static const char *const names[] = { [DP_ACQUIRE] = "acquire",
	    [DP_EXPIRE] = "expire", [DP_MAPPING] = "mapping",
	    [DP_LOST] = "lost" };
	char peer[ENDPOINT_STRLEN] = "-";

	(void)arg;
	if (ev->kind == DP_MAPPING)
		endpoint_str(&ev->peer, peer);
	printf("event %s %u %08x %s\n", names[ev->kind], ev->tunnel, ev->spi, peer);
	fflush(stdout);
}

static void
on_reply(const struct dp_reply *r, void *arg)
{
	const enum dp_op *op = arg;

	if (!r->ok)
		printf("error: %s\n", r->why);
	else if (*op == DP_COUNTERS)
		printf("ok packets %llu bytes %llu errors %llu replays %llu idle %u\n",
		    (unsigned long long)r->counters.packets,
		    (unsigned long long)r->counters.bytes,
		    (unsigned long long)r->counters.errors,
		    (unsigned long long)r->counters.replays, r->counters.idle_ms);
	else
		printf("ok\n");
	fflush(stdout);
	free(arg);
}

static void
on_ike(evutil_socket_t fd, short what, void *arg)
{
	char l[ENDPOINT_STRLEN], r[ENDPOINT_STRLEN];
	struct endpoint local, remote;
	static uint8_t msg[65536];
	struct rbuf b;
	ssize_t n = recv(fd, msg, sizeof(msg), MSG_DONTWAIT);

	(void)what;
	(void)arg;
	if (n <= 0)
		return;
	rbuf_init(&b, msg, (size_t)n);
	if (!esp_ike_parse(&b, &local, &remote))
		printf("ike broken\n");
	else
		printf("ike %s %s %zu\n", endpoint_str(&local, l),
		    endpoint_str(&remote, r), rbuf_left(&b));
	fflush(stdout);
}

/* --- the process esp --- */

static void
esp_start(struct driver *d)
{
	struct esp_fds fds = { .udp4 = d->udp4, .udp6 = d->udp6 };
	struct esp_options o = { 0 };
	int control[2], ike[2];
	pid_t pid;

	dataplane_user_tun(d->dp, &fds, &o);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ike) < 0)
		die("socketpair", NULL);
	fds.control = control[1];
	fds.ike = ike[1];
	pid = fork();
	if (pid == 0) {
		close(control[0]);
		close(ike[0]);
		_exit(esp_main(&fds, &o));
	}
	close(control[1]);
	close(ike[1]);
	if (d->ike_event) {
		event_free(d->ike_event);
		close(d->ike);
	}
	d->ike = ike[0];
	d->ike_event = event_new(d->base, ike[0], EV_READ | EV_PERSIST, on_ike, d);
	event_add(d->ike_event, NULL);
	dataplane_user_attach(d->dp, control[0]);
	printf("ok %d\n", (int)pid);
	fflush(stdout);
}

static int
udp_open(int family)
{
	struct endpoint any = { .addr.family = (uint8_t)family, .port = PORT };
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&any, &ss);
	struct err e = ERR_INIT;

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (dataplane_user_socket(fd, family, true, &e) < 0)
		die("socket", &e);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		die("bind", NULL);
	return fd;
}

/* --- commands --- */

static bool
keys_make(struct cipher_keys *k, char *suite, unsigned int seed)
{
	char *auth = strchr(suite, '-');
	uint8_t bytes[SECRET_MAX];
	size_t i;

	if (auth)
		*auth++ = '\0';
	k->encr = encr_by_name(suite);
	k->integ = auth ? integ_by_name(auth) : NULL;
	if (!k->encr || (!IS_AEAD(k->encr) && !k->integ))
		return false;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + seed * 31);
	return secret_set(&k->ek, bytes, k->encr->key_len + k->encr->salt_len) &&
	    (!k->integ || secret_set(&k->ak, bytes + 1, k->integ->key_len));
}

/* LOCAL[,...] REMOTE[,...] */
static bool
prefixes(char *const *w, struct subnets *s)
{
	char *local = w[0], *remote = w[1], *word;
	struct prefix p;

	while ((word = strsep(&local, ",")))
		if (prefix_parse(&p, word) < 0 || !subnets_add_local(s, &p))
			return false;
	while ((word = strsep(&remote, ",")))
		if (prefix_parse(&p, word) < 0 || !subnets_add_remote(s, &p))
			return false;
	return true;
}

/* TUNNEL in|out SPI, and endpoints that fit. */
static void
sa_name(const struct driver *d, struct dp_sa *sa, char *const *w)
{
	sa->tunnel = (uint32_t)strtoul(w[1], NULL, 0);
	sa->inbound = strcmp(w[2], "in") == 0;
	sa->spi = (uint32_t)strtoul(w[3], NULL, 0);
	sa->src = sa->inbound ? d->remote : d->local;
	sa->dst = sa->inbound ? d->local : d->remote;
	sa->udp_encap = true;
}

static bool
request_parse(struct driver *d, struct dp_request *r, char **w, int n)
{
	struct endpoint *src = &r->sa.src, *dst = &r->sa.dst;

	if (n == 4 && strcmp(w[0], "policy") == 0) {
		r->op = DP_POLICY_ADD;
		r->policy.tunnel = (uint32_t)strtoul(w[1], NULL, 0);
		r->policy.outer_local = d->local.addr;
		r->policy.outer_remote = d->remote.addr;
		return prefixes(w + 2, &r->policy.subnets);
	}
	if (n == 2 && strcmp(w[0], "unpolicy") == 0) {
		r->op = DP_POLICY_DEL;
		r->policy.tunnel = (uint32_t)strtoul(w[1], NULL, 0);
		return true;
	}
	if (n == 1 && (!strcmp(w[0], "begin") || !strcmp(w[0], "sync"))) {
		r->op = w[0][0] == 'b' ? DP_BEGIN : DP_SYNC;
		return true;
	}
	if (n < 4)
		return false;
	sa_name(d, &r->sa, w);
	if (strcmp(w[0], "del") == 0 || strcmp(w[0], "counters") == 0) {
		r->op = w[0][0] == 'd' ? DP_SA_DEL : DP_COUNTERS;
		return true;
	}
	if (n == 7 && strcmp(w[0], "update") == 0) {
		r->op = DP_SA_UPDATE;
		src->port = dst->port = PORT;
		(r->sa.inbound ? src : dst)->port = (uint16_t)atoi(w[6]);
		return addr_parse(r->sa.inbound ? &dst->addr : &src->addr, w[4]) == 0 &&
		    addr_parse(r->sa.inbound ? &src->addr : &dst->addr, w[5]) == 0;
	}
	r->op = DP_SA_ADD;
	r->sa.esn = n == 9;
	return n >= 8 && strcmp(w[0], "sa") == 0 &&
	    keys_make(&r->sa.keys, w[4], (unsigned int)atoi(w[5])) &&
	    prefixes(w + 6, &r->sa.subnets);
}

static void
command(struct driver *d, char *line)
{
	struct dp_request r;
	char *w[10], *save = NULL, *p;
	enum dp_op *op;
	int n = 0;

	memset(&r, 0, sizeof(r));
	for (p = strtok_r(line, " ", &save); p && n < 10; p = strtok_r(NULL, " ", &save))
		w[n++] = p;
	if (n == 1 && strcmp(w[0], "esp") == 0) {
		esp_start(d);
	} else if (n == 1 && strcmp(w[0], "keep") == 0) {
		d->keep = true;
		answer("ok");
	} else if (n > 0 && request_parse(d, &r, w, n)) {
		op = malloc(sizeof(*op));
		if (!op)
			die("malloc", NULL);
		*op = r.op;
		dataplane_user.request(d->dp, &r, on_reply, op);
	} else {
		answer("error: what?");
	}
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct driver *d = arg;
	ssize_t n = read(fd, d->line + d->used, sizeof(d->line) - d->used - 1);
	char *end;

	(void)what;
	if (n <= 0) {
		event_base_loopbreak(d->base);
		return;
	}
	d->used += (size_t)n;
	d->line[d->used] = '\0';
	while ((end = strchr(d->line, '\n'))) {
		*end++ = '\0';
		command(d, d->line);
		d->used -= (size_t)(end - d->line);
		memmove(d->line, end, d->used + 1);
	}
}

static void
reap(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int
main(int argc, char **argv)
{
	struct user_options o = { .mtu = argc > 3 ? (uint32_t)atoi(argv[3]) : 0 };
	struct driver d = { .local.port = PORT, .remote.port = PORT };
	struct event *input, *child;
	struct err e = ERR_INIT;

	if (argc < 3 || addr_parse(&d.local.addr, argv[1]) < 0 ||
	    addr_parse(&d.remote.addr, argv[2]) < 0) {
		fprintf(stderr, "usage: esp_driver OUTER-LOCAL OUTER-REMOTE [MTU]\n");
		return 2;
	}
	log_init("esp_driver", false, NULL);
	d.base = event_base_new();
	d.dp = dataplane_user_open(d.base, &o, on_event, &d, &e);
	if (!d.dp)
		die("data plane", &e);
	d.udp4 = udp_open(AF_INET);
	d.udp6 = udp_open(AF_INET6);
	input = event_new(d.base, 0, EV_READ | EV_PERSIST, on_input, &d);
	child = evsignal_new(d.base, SIGCHLD, reap, NULL);
	event_add(input, NULL);
	event_add(child, NULL);
	answer("ready");
	event_base_dispatch(d.base);
	dataplane_user.close(d.dp);
	if (!d.keep)
		dataplane_user.clear(NULL);
	event_free(input);
	event_free(child);
	if (d.ike_event) {
		event_free(d.ike_event);
		close(d.ike);
	}
	event_base_free(d.base);
	return 0;
}
