/*
 * bench_confd: what a commit, a load and a restart cost, in CPU time of confd
 * and its client together, beside what others need for the same.
 *
 * Figures of the others: milliseconds of CPU on one core of another machine,
 * with entries of 26 leaves, 4 must and 2 when; bare libyang is the floor of
 * every design that validates or copies the whole tree.
 */
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include "msg_frame.h"
#include "tests/confd/owner.h"

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
resident_mb(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f != NULL) {
		if (fscanf(f, "%*d %ld", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void
add_leaf(struct msg *m, unsigned int id, const char *leaf, const char *fmt, ...)
{
	char path[128], value[128];
	va_list ap;

	snprintf(path, sizeof(path), IPSEC "[id='%u']/%s", id, leaf);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	msg_add_u32(m, A_EDIT, EDIT_MERGE);
	msg_add_str(m, A_PATH, path);
	msg_add_str(m, A_VALUE, value);
}

/* A tunnel with 20 leaves. */
static void
add_entry(struct msg *m, unsigned int id)
{
	unsigned int hi = id >> 8, lo = id & 255;

	add_leaf(m, id, "local-address", "192.0.2.1");
	add_leaf(m, id, "peer", "198.51.%u.%u", hi, lo);
	add_leaf(m, id, "local-id/value", "gateway-%u", id);
	add_leaf(m, id, "remote-id/value", "branch-%u", id);
	add_leaf(m, id, "local-subnet", "10.%u.%u.0/24", hi, lo);
	add_leaf(m, id, "remote-subnet", "10.%u.%u.0/24", 64 + hi, lo);
	add_leaf(m, id, "secret", "correct-horse-%u", id);
	add_leaf(m, id, "method", "psk");
	add_leaf(m, id, "initiator", "true");
	add_leaf(m, id, "description", "branch office number %u", id);
	add_leaf(m, id, "ike/cipher", "aes128gcm16");
	add_leaf(m, id, "ike/prf", "prfsha256");
	add_leaf(m, id, "ike/dh", "x25519");
	add_leaf(m, id, "esp/cipher", "aes128gcm16");
	add_leaf(m, id, "esp/dh", "x25519");
	add_leaf(m, id, "dpd-action", "restart");
	add_leaf(m, id, "dpd-delay", "%u", 10 + id % 50);
	add_leaf(m, id, "sa-rekey-time", "3600");
	add_leaf(m, id, "version", "2");
}

/* Octets of an answer; both ends are this thread, so nothing may block. */
static void
take(struct world *w, int fd, uint8_t *p, size_t len)
{
	size_t off = 0;
	ssize_t n;

	while (off < len) {
		n = recv(fd, p + off, len - off, MSG_DONTWAIT);
		if (n > 0)
			off += (size_t)n;
		else
			event_base_loop(w->base, EVLOOP_ONCE);
	}
}

static void
ask(struct world *w, int fd, struct msg *m, const char *what)
{
	uint8_t head[MSG_HDR_LEN], *frame;
	size_t len = MSG_HDR_LEN + m->len, off = 0;
	struct err e = ERR_INIT;
	struct msg r;
	ssize_t n;

	m->id = ++w->id;
	frame = malloc(len);
	msg_frame_head(m, frame);
	memcpy(frame + MSG_HDR_LEN, m->data, m->len);
	msg_fini(m);
	while (off < len) {
		n = send(fd, frame + off, len - off, MSG_DONTWAIT);
		if (n > 0)
			off += (size_t)n;
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	}
	free(frame);
	take(w, fd, head, sizeof(head));
	if (msg_frame_parse_head(&r, head, MSG_MAX, &len, &e) == 0) {
		r.size = r.len = len - MSG_HDR_LEN;
		r.data = malloc(r.size + 1);
		take(w, fd, r.data, r.len);
		if (r.flags & MSG_ERROR)
			msg_get_err(&r, &e);
		msg_fini(&r);
	}
	if (e.kind == ERR_NONE)
		return;
	fprintf(stderr, "%s: %s at %s\n", what, e.text, e.path);
	exit(1);
}

static double
load(struct world *w, int fd, unsigned int n)
{
	double begin = cpu_ms();
	struct msg m;
	unsigned int id;

	msg_init(&m, OP_EDIT_DATA, 0, 0);
	for (id = 1; id <= n; id++)
		add_entry(&m, id);
	ask(w, fd, &m, "edit");
	printf("  %u edits in one batch%*s%10.1f ms\n", n * 19, 16 -
	       (int)snprintf(NULL, 0, "%u", n * 19), "", cpu_ms() - begin);
	begin = cpu_ms();
	msg_init(&m, OP_COMMIT, 0, 0);
	ask(w, fd, &m, "commit");
	return cpu_ms() - begin;
}

static void
commit_one(struct world *w, int fd, unsigned int n, double *cpu, double *wall)
{
	double c = cpu_ms(), t = wall_ms();
	unsigned int i, rounds = 50;
	struct msg m;

	for (i = 0; i < rounds; i++) {
		msg_init(&m, OP_EDIT_DATA, 0, 0);
		add_leaf(&m, 1 + (i * 7919) % n, "description", "round %u", i);
		ask(w, fd, &m, "edit");
		msg_init(&m, OP_COMMIT, 0, 0);
		ask(w, fd, &m, "commit");
	}
	*cpu = (cpu_ms() - c) / rounds;
	*wall = (wall_ms() - t) / rounds;
}

static double
get_all(struct world *w, int fd)
{
	double begin = cpu_ms();
	struct msg m;

	msg_init(&m, OP_GET_DATA, 0, 0);
	msg_add_u32(&m, A_DATASTORE, DS_RUNNING);
	ask(w, fd, &m, "get");
	return cpu_ms() - begin;
}

static double
restart(struct world *w)
{
	double begin;

	confd_fini(&w->c);
	malloc_trim(0);
	begin = cpu_ms();
	world_confd(w);
	return cpu_ms() - begin;
}

struct others {
	unsigned int	 n;
	const char	*commit, *load, *memory, *boot;
};

static void
bench(const struct others *o)
{
	double cpu, wall, ms, before;
	struct world w;
	int fd;

	printf("%u tunnels\n", o->n);
	world_init(&w, true);
	before = resident_mb();
	fd = world_client(&w);
	ms = load(&w, fd, o->n);
	printf("  commit all of them          %10.1f ms   (%s)\n", ms, o->load);
	commit_one(&w, fd, o->n, &cpu, &wall);
	printf("  commit one leaf             %10.2f ms   (%s)\n", cpu, o->commit);
	printf("    wall, with its fsyncs     %10.2f ms\n", wall);
	printf("  show all                    %10.1f ms\n", get_all(&w, fd));
	close(fd);
	ms = restart(&w);
	printf("  restart, owners in sync     %10.1f ms   (boot: %s)\n", ms, o->boot);
	printf("  resident after that         %10.1f MB   (%s), of it %.1f before\n",
	       resident_mb(), o->memory, before);
	world_fini(&w);
	malloc_trim(0);
}

int
main(void)
{
	static const struct others others[] = {
		{ 25, "Clixon 1.8, sysrepo 1.45, bare libyang 1.1",
		  "bare libyang 2.1", "-", "bare libyang 1.4" },
		{ 1000, "Clixon 154, sysrepo 65, bare libyang 35",
		  "bare libyang 84", "-", "bare libyang 53" },
		{ 10000, "Clixon 1790, sysrepo 730, bare libyang 330",
		  "sysrepo 971, Clixon 4750, bare libyang 584",
		  "sysrepo 121, Clixon 269", "Clixon 5980, bare libyang 613" },
	};
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		bench(&others[i]);
	return 0;
}
