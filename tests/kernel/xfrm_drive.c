/*
 * xfrm_drive: the xfrm data plane by hand, a request in each line of standard
 * input; an answer ("ok ...", "no ...") and events go to standard output.
 * tests/kernel/xfrm.py holds the other end.  Keys are made from the SPI.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "dataplane/xfrm.h"
#include "log.h"

#define SOCKETS	8

static struct {
	struct event_base	*base;
	struct dataplane	*dp;
	char			 line[1024];
	size_t			 len;
	struct { int fd; int port; int family; struct event *ev; } sock[SOCKETS];
	int			 n_sock;
} me;

static const char *const kinds[] = { [DP_ACQUIRE] = "acquire",
	[DP_EXPIRE] = "expire", [DP_LOST] = "lost", [DP_MAPPING] = "mapping" };

static void
on_event(const struct dp_event *e, void *arg)
{
	char peer[ENDPOINT_STRLEN];

	(void)arg;
	printf("event %s %u %08x %s\n", kinds[e->kind], e->tunnel, e->spi,
	    endpoint_str(&e->peer, peer));
}

static void
on_reply(const struct dp_reply *r, void *arg)
{
	const struct dp_counters *c = &r->counters;

	if (!r->ok)
		printf("no %s\n", r->why);
	else if (*(enum dp_op *)arg == DP_COUNTERS)
		printf("ok %llu %llu %llu %llu %u\n", (unsigned long long)c->bytes,
		    (unsigned long long)c->packets, (unsigned long long)c->errors,
		    (unsigned long long)c->replays, c->idle_ms);
	else
		printf("ok\n");
}

static void
request(struct dp_request *r)
{
	dataplane_xfrm.request(me.dp, r, on_reply, &r->op);
}

static void
open_plane(void)
{
	struct err e = ERR_INIT;

	me.dp = dataplane_xfrm.open(me.base, on_event, NULL, &e);
	if (me.dp == NULL)
		printf("no %s\n", e.text);
	else
		printf("ok\n");
}

static bool
parse_addr(struct addr *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	return strcmp(text, "any") == 0 || addr_parse(a, text) == 0;
}

/* "10.0.0.0/24,10.1.0.0/24": a comma between those of one side. */
static bool
parse_subnets(struct subnets *s, char *local, char *remote)
{
	struct prefix p;
	char *word;

	memset(s, 0, sizeof(*s));
	while ((word = strsep(&local, ",")) != NULL)
		if (prefix_parse(&p, word) < 0 || !subnets_add_local(s, &p))
			return false;
	while ((word = strsep(&remote, ",")) != NULL)
		if (prefix_parse(&p, word) < 0 || !subnets_add_remote(s, &p))
			return false;
	return true;
}

static bool
do_policy(char **w, int n)
{
	struct dp_request r = { .op = DP_POLICY_ADD };

	if (n != 6 || !parse_subnets(&r.policy.subnets, w[2], w[3]) ||
	    !parse_addr(&r.policy.outer_local, w[4]) ||
	    !parse_addr(&r.policy.outer_remote, w[5]))
		return false;
	r.policy.tunnel = (uint32_t)atoi(w[1]);
	request(&r);
	return true;
}

static bool
make_keys(struct cipher_keys *k, uint32_t spi, const char *suite)
{
	char encr[32], *dash;
	uint8_t bytes[SECRET_MAX];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(spi * 13 + i * 7);
	snprintf(encr, sizeof(encr), "%s", suite);
	dash = strchr(encr, '-');
	if (dash != NULL) {
		*dash = '\0';
		k->integ = integ_by_name(dash + 1);
	}
	k->encr = encr_by_name(encr);
	if (k->encr == NULL || (dash != NULL && k->integ == NULL))
		return false;
	return secret_set(&k->ek, bytes, k->encr->key_len + k->encr->salt_len) &&
	    secret_set(&k->ak, bytes, k->integ != NULL ? k->integ->key_len : 0);
}

/* add ID SPI in|out SUITE SRC DST LOCAL REMOTE SPORT DPORT [esn] */
static bool
do_add(char **w, int n)
{
	struct dp_request r = { .op = DP_SA_ADD };

	if (n < 11)
		return false;
	r.sa.tunnel = (uint32_t)atoi(w[1]);
	r.sa.spi = (uint32_t)strtoul(w[2], NULL, 16);
	r.sa.inbound = strcmp(w[3], "in") == 0;
	r.sa.replay_window = 128;
	r.sa.src.port = (uint16_t)atoi(w[9]);
	r.sa.dst.port = (uint16_t)atoi(w[10]);
	r.sa.udp_encap = r.sa.src.port != 0;
	r.sa.esn = n > 11 && strcmp(w[11], "esn") == 0;
	if (!make_keys(&r.sa.keys, r.sa.spi, w[4]) ||
	    !parse_addr(&r.sa.src.addr, w[5]) || !parse_addr(&r.sa.dst.addr, w[6]) ||
	    !parse_subnets(&r.sa.subnets, w[7], w[8]))
		return false;
	request(&r);
	return true;
}

/* move|del|counters ID SPI in|out SRC DST [SPORT DPORT] */
static bool
do_sa(char **w, int n, enum dp_op op)
{
	struct dp_request r = { .op = op };

	if (n < 6 || !parse_addr(&r.sa.src.addr, w[4]) ||
	    !parse_addr(&r.sa.dst.addr, w[5]))
		return false;
	r.sa.tunnel = (uint32_t)atoi(w[1]);
	r.sa.spi = (uint32_t)strtoul(w[2], NULL, 16);
	r.sa.inbound = strcmp(w[3], "in") == 0;
	if (n == 8) {
		r.sa.src.port = (uint16_t)atoi(w[6]);
		r.sa.dst.port = (uint16_t)atoi(w[7]);
		r.sa.udp_encap = r.sa.src.port != 0;
	}
	request(&r);
	return true;
}

static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	(void)what;
	if (n < 0)
		return;
	text[n] = '\0';
	printf("got %d %s\n", *(int *)arg, text);
}

/* socket PORT 4|6 natt|ike|plain */
static bool
do_socket(char **w, int n)
{
	struct endpoint any = { { 0 }, 0 };
	struct sockaddr_storage ss;
	struct err e = ERR_INIT;
	socklen_t len;
	int fd, i = me.n_sock, on = 1;

	if (n != 4 || me.n_sock == SOCKETS)
		return false;
	any.addr.family = w[2][0] == '6' ? AF_INET6 : AF_INET;
	any.port = (uint16_t)atoi(w[1]);
	len = endpoint_to_sockaddr(&any, &ss);
	fd = socket(any.addr.family, SOCK_DGRAM, 0);
	if (any.addr.family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (strcmp(w[3], "plain") != 0 && dataplane_xfrm_socket(fd,
	    any.addr.family, strcmp(w[3], "natt") == 0, &e) < 0) {
		printf("no %s\n", e.text);
		return true;
	}
	if (bind(fd, (struct sockaddr *)&ss, len) < 0) {
		printf("no bind: %s\n", strerror(errno));
		return true;
	}
	me.sock[i].fd = fd;
	me.sock[i].port = any.port;
	me.sock[i].family = any.addr.family;
	me.sock[i].ev = event_new(me.base, fd, EV_READ | EV_PERSIST, on_datagram,
	    &me.sock[i].port);
	event_add(me.sock[i].ev, NULL);
	me.n_sock++;
	printf("ok\n");
	return true;
}

/* send PORT ADDRESS PORT TEXT */
static bool
do_send(char **w, int n)
{
	struct endpoint to;
	struct sockaddr_storage ss;
	socklen_t len;
	int i;

	if (n != 5 || addr_parse(&to.addr, w[2]) < 0)
		return false;
	to.port = (uint16_t)atoi(w[3]);
	len = endpoint_to_sockaddr(&to, &ss);
	for (i = 0; i < me.n_sock; i++)
		if (me.sock[i].port == atoi(w[1]) &&
		    me.sock[i].family == to.addr.family) {
			if (sendto(me.sock[i].fd, w[4], strlen(w[4]), 0,
			    (struct sockaddr *)&ss, len) < 0)
				printf("no %s\n", strerror(errno));
			else
				printf("ok\n");
			return true;
		}
	return false;
}

static bool
obey(char **w, int n)
{
	struct dp_request r = { .op = DP_POLICY_DEL };

	if (strcmp(w[0], "open") == 0) {
		open_plane();
		return true;
	}
	if (strcmp(w[0], "socket") == 0)
		return do_socket(w, n);
	if (strcmp(w[0], "send") == 0)
		return do_send(w, n);
	if (strcmp(w[0], "clear") == 0) {
		dataplane_xfrm.clear(NULL);
		printf("ok\n");
		return true;
	}
	if (me.dp == NULL)
		return false;
	if (strcmp(w[0], "close") == 0) {
		dataplane_xfrm.close(me.dp);
		me.dp = NULL;
		printf("ok\n");
		return true;
	}
	if (strcmp(w[0], "policy") == 0)
		return do_policy(w, n);
	if (strcmp(w[0], "add") == 0)
		return do_add(w, n);
	if (strcmp(w[0], "move") == 0)
		return do_sa(w, n, DP_SA_UPDATE);
	if (strcmp(w[0], "del") == 0)
		return do_sa(w, n, DP_SA_DEL);
	if (strcmp(w[0], "counters") == 0)
		return do_sa(w, n, DP_COUNTERS);
	r.policy.tunnel = n > 1 ? (uint32_t)atoi(w[1]) : 0;
	if (strcmp(w[0], "sync") == 0)
		r.op = DP_SYNC;
	else if (strcmp(w[0], "begin") == 0)
		r.op = DP_BEGIN;
	else if (strcmp(w[0], "nopolicy") != 0)
		return false;
	request(&r);
	return true;
}

static void
on_line(char *line)
{
	char *w[16], *save = NULL;
	int n = 0;

	for (w[n] = strtok_r(line, " ", &save); w[n] != NULL && n < 15;
	    w[n] = strtok_r(NULL, " ", &save))
		n++;
	if (n == 0 || !obey(w, n))
		printf("no such request\n");
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	ssize_t n = read(fd, me.line + me.len, sizeof(me.line) - 1 - me.len);
	char *end;

	(void)what;
	(void)arg;
	if (n <= 0) {
		event_base_loopbreak(me.base);
		return;
	}
	me.len += (size_t)n;
	me.line[me.len] = '\0';
	while ((end = strchr(me.line, '\n')) != NULL) {
		*end = '\0';
		on_line(me.line);
		me.len -= (size_t)(end + 1 - me.line);
		memmove(me.line, end + 1, me.len + 1);
	}
	if (me.len == sizeof(me.line) - 1)
		event_base_loopbreak(me.base);
}

int
main(void)
{
	struct event *input;

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_init("xfrm_drive", false, NULL);
	me.base = event_base_new();
	if (me.base == NULL)
		return 1;
	input = event_new(me.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input,
	    NULL);
	if (input == NULL || event_add(input, NULL) < 0)
		return 1;
	event_base_dispatch(me.base);
	/* Like a kill: what is in the kernel stays there. */
	_exit(0);
}
