/*
 * esp/out, esp/in: the threads themselves, with a socket pair for a TUN device
 * and the loopback for a network.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "esp/core.h"
#include "esp/vnet.h"
#include "esp/xform.h"
#include "tests/dataplane/packets.h"
#include "tests/unit.h"

#define IN_SPI		0xc0000001u
#define OUT_SPI		0xc0000002u
#define WAIT_MS		3000
#define QUIET_MS	150

static struct esp esp;
static struct out *out;
static struct in *in;
static pthread_t threads[2];
static int tun, control, ike, peer, stop;	/* our ends */
static struct cipher_keys keys;

/* --- the world --- */

static struct prefix
net(const char *text)
{
	struct prefix p;

	CU_ASSERT_FATAL(prefix_parse(&p, text) == 0);
	return p;
}

static int
udp_socket(struct endpoint *at)
{
	struct endpoint any = { .port = 0 };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;

	CU_ASSERT_FATAL(fd >= 0 && addr_parse(&any.addr, "127.0.0.1") == 0);
	len = endpoint_to_sockaddr(&any, &ss);
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)&ss, len) == 0);
	len = sizeof(ss);
	CU_ASSERT_FATAL(getsockname(fd, (struct sockaddr *)&ss, &len) == 0);
	CU_ASSERT_FATAL(endpoint_from_sockaddr(at, (struct sockaddr *)&ss) == 0);
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	return fd;
}

static struct subnets
subnets(const char *local, const char *remote)
{
	struct prefix l = net(local), r = net(remote);
	struct subnets s;

	subnets_set(&s, &l, &r);
	return s;
}

static int
pair(int type, int *theirs)
{
	int fd[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd) == 0);
	*theirs = fd[1];
	return fd[0];
}

static void
sa_add(const struct endpoint *me, const struct endpoint *you, bool inbound)
{
	struct dp_sa d = { .tunnel = 1, .spi = inbound ? IN_SPI : OUT_SPI,
	    .inbound = inbound, .udp_encap = true, .keys = keys,
	    .src = inbound ? *you : *me, .dst = inbound ? *me : *you,
	    .subnets = subnets("10.1.0.0/24", "10.2.0.0/24") };
	struct err e = ERR_INIT;

	CU_ASSERT_FATAL(table_sa_add(esp.table, &d, 64, &e) == 0);
}

static struct endpoint here, there;

static void
begin(bool sas)
{
	struct dp_policy p = { .tunnel = 1, .subnets = subnets("10.1.0.0/24", "10.2.0.0/24"),
	    .outer_remote.family = AF_INET };
	struct err e = ERR_INIT;
	int pipefd[2];

	memset(&esp, 0, sizeof(esp));
	memset(&keys, 0, sizeof(keys));
	keys.encr = encr_by_name("aes128gcm16");
	CU_ASSERT_FATAL(secret_set(&keys.ek, "01234567890123456789", 20));
	CU_ASSERT_FATAL(pipe(pipefd) == 0);
	esp.stop = pipefd[0];
	stop = pipefd[1];
	esp.options.port = 4500;
	esp.fds.n_tun = 1;
	esp.fds.udp6 = -1;
	esp.fds.udp4 = udp_socket(&here);
	peer = udp_socket(&there);
	tun = pair(SOCK_DGRAM, &esp.fds.tun[0]);
	control = pair(SOCK_SEQPACKET, &esp.fds.control);
	ike = pair(SOCK_SEQPACKET, &esp.fds.ike);
	esp.table = table_new();
	CU_ASSERT_FATAL(esp.table != NULL);
	CU_ASSERT_FATAL(table_policy_add(esp.table, &p, &e) == 0);
	if (sas) {
		sa_add(&here, &there, false);
		sa_add(&here, &there, true);
	}
	out = out_new(&esp, esp.fds.tun[0]);
	in = in_new(&esp);
	CU_ASSERT_FATAL(pthread_create(&threads[0], NULL, out_run, out) == 0);
	CU_ASSERT_FATAL(pthread_create(&threads[1], NULL, in_run, in) == 0);
}

static void
end(void)
{
	const int all[] = { esp.stop, esp.fds.udp4, esp.fds.tun[0], esp.fds.control,
	    esp.fds.ike, tun, control, ike, peer };
	size_t i;

	close(stop);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	out_free(out);
	in_free(in);
	table_free(esp.table);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		close(all[i]);
}

/* Length of what comes within the time, or -1. */
static ssize_t
receive(int fd, void *buf, size_t size, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0 ? recv(fd, buf, size, 0) : -1;
}

static bool
event_is(enum dp_event_kind kind, struct dp_event *ev)
{
	uint8_t msg[ESP_CONTROL_MAX];
	ssize_t n = receive(control, msg, sizeof(msg), WAIT_MS);
	struct rbuf b;

	rbuf_init(&b, msg, n > 0 ? (size_t)n : 0);
	return rbuf_u8(&b) == ESP_EVENT && dp_event_parse(&b, ev) &&
	    ev->kind == kind && ev->tunnel == 1;
}

static bool
silent(int fd)
{
	uint8_t b[4];

	return receive(fd, b, sizeof(b), QUIET_MS) < 0;
}

/* --- out --- */

static size_t
inside(uint8_t *msg, bool outwards, size_t payload)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_UDP,
	    .payload = payload };
	uint8_t swap[4], *pkt = msg + sizeof(struct virtio_net_hdr);
	size_t len = packet_make(pkt, &s);

	memset(msg, 0, sizeof(struct virtio_net_hdr));
	if (!outwards) {
		memcpy(swap, pkt + 12, 4);
		memcpy(pkt + 12, pkt + 16, 4);
		memcpy(pkt + 16, swap, 4);
	}
	return len;
}

static void
send_inside(void)
{
	uint8_t msg[300];
	size_t len = inside(msg, true, 100);

	CU_ASSERT(send(tun, msg, sizeof(struct virtio_net_hdr) + len, 0) > 0);
}

static uint32_t
sealed_seq(void)
{
	uint8_t pkt[2000];
	struct rbuf b;
	ssize_t n = receive(peer, pkt, sizeof(pkt), WAIT_MS);

	rbuf_init(&b, pkt, n > 0 ? (size_t)n : 0);
	CU_ASSERT_EQUAL(rbuf_u32(&b), OUT_SPI);
	return rbuf_u32(&b);
}

/* RFC 4303 3.3.3: the counter must not cycle. */
static void
test_sequence_end(void)
{
	struct dp_event ev;
	struct sa *sa;

	begin(true);
	send_inside();
	CU_ASSERT_EQUAL(sealed_seq(), 1);
	table_write(esp.table);
	sa = table_sa_find(esp.table, 1, OUT_SPI, false);
	sa->seq = UINT32_MAX - 1;
	table_release(esp.table);
	send_inside();
	CU_ASSERT_EQUAL(sealed_seq(), UINT32_MAX);
	send_inside();
	CU_ASSERT(event_is(DP_EXPIRE, &ev));
	CU_ASSERT_EQUAL(ev.spi, OUT_SPI);
	send_inside();
	CU_ASSERT(silent(peer));
	CU_ASSERT(silent(control));
	end();
}

static void
test_acquire(void)
{
	struct dp_event ev;
	int i;

	begin(false);
	for (i = 0; i < 20; i++)
		send_inside();
	CU_ASSERT(event_is(DP_ACQUIRE, &ev));
	CU_ASSERT(silent(control));		/* one a second is enough */
	CU_ASSERT(silent(peer));
	CU_ASSERT_EQUAL(esp.drops[DROP_NO_SA], 20);
	end();
}

/* --- in --- */

static uint32_t peer_seq;

/* From the socket fd, as the peer would: text_len of it, padded by tfc octets. */
static void
send_sealed(int fd, uint8_t next, const uint8_t *text, size_t text_len, size_t tfc)
{
	struct xform *x = xform_new(&keys, false, false);
	uint8_t pkt[2000] = { 0 };
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&here, &ss);

	CU_ASSERT_FATAL(x != NULL);
	memcpy(pkt + xform_head(x), text, text_len);
	CU_ASSERT(xform_seal(x, IN_SPI, ++peer_seq, next, pkt, text_len + tfc));
	CU_ASSERT(sendto(fd, pkt, xform_size(x, text_len + tfc), 0,
	    (struct sockaddr *)&ss, len) > 0);
	xform_free(x);
}

static void
test_in(void)
{
	const size_t head = sizeof(struct virtio_net_hdr);
	uint8_t msg[300], got[2000];
	struct dp_event ev;
	struct endpoint elsewhere;
	int moved = udp_socket(&elsewhere);
	size_t len = inside(msg, false, 100);
	ssize_t n;

	begin(true);
	peer_seq = 0;
	send_sealed(peer, ESP_NEXT_IP4, msg + head, len, 0);
	n = receive(tun, got, sizeof(got), WAIT_MS);
	CU_ASSERT(n == (ssize_t)(head + len) &&
	    memcmp(got + head, msg + head, len) == 0);
	/* Padding against traffic analysis is cut off (RFC 4303 2.7). */
	send_sealed(peer, ESP_NEXT_IP4, msg + head, len, 300);
	CU_ASSERT_EQUAL(receive(tun, got, sizeof(got), WAIT_MS), (ssize_t)(head + len));
	/* A dummy (2.6), another protocol, a family that does not fit, rubbish. */
	send_sealed(peer, ESP_NEXT_NONE, msg + head, len, 0);
	send_sealed(peer, IPPROTO_TCP, msg + head, len, 0);
	send_sealed(peer, ESP_NEXT_IP6, msg + head, len, 0);
	send_sealed(peer, ESP_NEXT_IP4, msg + head, 19, 0);
	send_sealed(peer, ESP_NEXT_IP4, msg + head, 0, 0);
	/* The other direction's addresses. */
	len = inside(msg, true, 100);
	send_sealed(peer, ESP_NEXT_IP4, msg + head, len, 0);
	CU_ASSERT(silent(tun));
	CU_ASSERT_EQUAL(esp.drops[DROP_MALFORMED], 4);
	CU_ASSERT_EQUAL(esp.drops[DROP_SELECTOR], 1);
	CU_ASSERT(silent(control));
	/* The peer moved; told once. */
	len = inside(msg, false, 100);
	send_sealed(moved, ESP_NEXT_IP4, msg + head, len, 0);
	send_sealed(moved, ESP_NEXT_IP4, msg + head, len, 0);
	CU_ASSERT(event_is(DP_MAPPING, &ev));
	CU_ASSERT(endpoint_equal(&ev.peer, &elsewhere) && ev.spi == IN_SPI);
	CU_ASSERT(silent(control));
	close(moved);
	end();
}

static void
test_ike(void)
{
	static const uint8_t msg[] = "\0\0\0\0IKE itself";
	struct endpoint local, remote;
	struct sockaddr_storage ss;
	socklen_t len;
	uint8_t got[200];
	struct rbuf b;
	ssize_t n;

	begin(true);
	len = endpoint_to_sockaddr(&here, &ss);
	CU_ASSERT(sendto(peer, "\xff", 1, 0, (struct sockaddr *)&ss, len) == 1);
	CU_ASSERT(sendto(peer, msg, sizeof(msg), 0, (struct sockaddr *)&ss, len) > 0);
	n = receive(ike, got, sizeof(got), WAIT_MS);
	rbuf_init(&b, got, n > 0 ? (size_t)n : 0);
	CU_ASSERT(esp_ike_parse(&b, &local, &remote));
	CU_ASSERT(endpoint_equal(&remote, &there));
	CU_ASSERT(addr_equal(&local.addr, &here.addr) && local.port == 4500);
	CU_ASSERT_EQUAL(rbuf_left(&b), sizeof(msg) - 4);
	CU_ASSERT(silent(ike));
	end();
}

UNIT_MAIN("esp/out and esp/in",
	{ "the end of the sequence numbers", test_sequence_end },
	{ "a packet asks for an SA", test_acquire },
	{ "what comes in", test_in },
	{ "IKE on the same port", test_ike },
)
