/*
 * fuzz_confd: whatever an administrator, an operator, a guest or an owner of a
 * part of the model says to confd, in frames or in bytes that are none.
 *
 * An input is a row of steps. The first octet of each says who (bits 0 and 1),
 * whether bytes follow as they are (bit 2: a length and so many), and who hangs up
 * behind it (bit 3). A frame is an operation and a number of attributes: type,
 * length, bytes; or type + 128 and a number below 256. For an owner, a frame is how
 * it behaves from now on.
 *
 * What must hold besides: a guest changes nothing, and nobody but administrators
 * reads a secret; what is running is valid; and what a restart finds is the same.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confd/backend.h"
#include "confd/confd.h"
#include "confd/session.h"
#include "confd/unit.h"
#include "confd/valid.h"
#include "confd/view.h"
#include "msg.h"
#include "proto.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define SECRET	"Wq7-not-for-guests"
#define IPSEC1	"/culvert-tunnel:tunnel/ipsec[id='1']"
#define OWNERS	8

enum who { ADMIN, OPERATOR, GUEST, OWNER };
#define CLIENTS	OWNER

struct process {
	int		 fd;		/* -1: none */
	uint8_t		 mood;		/* see owner_answer */
};

static struct world {
	char			 dir[64];
	struct event_base	*base;
	struct confd		 c;
	struct process		 owner[OWNERS];
	int			 client[CLIENTS];
	bool			 busy;		/* somebody has said something */
	bool			 others_spoke;
	bool			 secret_known;	/* the input itself has it */
	const struct map	*was;		/* running, before the input */
} w;

/* What is wrong is a finding, not an error to be handled. */
static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	dprintf(2, "fuzz_confd: not so: %s\n", what);
	abort();
}

/* --- owners --- */

/* Moods: 1 refuses, 2 is silent, 4 warns, 8 hangs up. */
static void
owner_answer(struct process *o, struct msg *m)
{
	struct err e = ERR_INIT;
	struct msg r;

	msg_init(&r, m->op, MSG_REPLY, m->id);
	if (m->op == OP_HELLO)
		msg_add_u32(&r, A_VERSION, PROTO_VERSION);
	if (m->op == OP_GET_DATA)
		msg_add_str(&r, A_DATA, "{\"culvert-tunnel:tunnel\":{}}");
	if (o->mood & 4)
		msg_add_str(&r, A_WARNING, "a remark");
	if (o->mood & 1 && m->op != OP_HELLO) {
		err_set_path(&e, ERR_INVALID, IPSEC1, "not today");
		r.flags |= MSG_ERROR;
		msg_add_err(&r, &e);
	}
	if (o->mood & 8 && m->op != OP_HELLO) {
		close(o->fd);
		o->fd = -1;
	}
	if (o->fd < 0 || o->mood & 2)
		msg_fini(&r);
	else if (msg_write(o->fd, &r, &e) < 0) {
		close(o->fd);
		o->fd = -1;
	}
}

static void
owner_serve(struct process *o)
{
	struct pollfd p = { .fd = o->fd, .events = POLLIN };
	struct err e = ERR_INIT;
	struct msg m;

	while (o->fd >= 0 && poll(&p, 1, 0) > 0) {
		w.busy = true;
		if (msg_read(o->fd, &m, &e) < 0) {
			close(o->fd);
			o->fd = -1;
			return;
		}
		owner_answer(o, &m);
		msg_fini(&m);
	}
}

/* --- clients --- */

static void
client_open(enum who who)
{
	static const enum role roles[] = { ROLE_ADMIN, ROLE_OPERATOR, ROLE_GUEST };
	struct err e = ERR_INIT;
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0,
	     "there are sockets");
	must(session_new(&w.c, pair[0], &e) == 0, "there is a session");
	w.c.sessions->role = roles[who];
	w.client[who] = pair[1];
}

static void
client_close(enum who who)
{
	if (w.client[who] >= 0)
		close(w.client[who]);
	w.client[who] = -1;
}

static void
client_read(enum who who)
{
	static char buf[1 << 16];
	ssize_t n;

	while (w.client[who] >= 0) {
		n = recv(w.client[who], buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0)
			return;
		w.busy = true;
		if (n == 0)
			client_close(who);
		else if (who != ADMIN && !w.secret_known)
			must(!memmem(buf, (size_t)n, SECRET, strlen(SECRET)),
			     "secrets are for administrators only");
	}
}

/* Runs everything until nobody has said anything for a while. */
static void
settle(void)
{
	for (unsigned int idle = 0; idle < 3; idle++) {
		w.busy = false;
		event_base_loop(w.base, EVLOOP_NONBLOCK);
		for (unsigned int i = 0; i < OWNERS; i++)
			owner_serve(&w.owner[i]);
		for (unsigned int i = 0; i < CLIENTS; i++)
			client_read(i);
		if (w.busy)
			idle = 0;
	}
}

static void
client_write(enum who who, const void *p, size_t len)
{
	if (w.client[who] < 0)
		client_open(who);
	/* Who is told more than he reads is cut off; so are we. */
	(void)!send(w.client[who], p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
client_send(enum who who, struct msg *m)
{
	uint8_t head[MSG_HDR_LEN];
	uint32_t len = (uint32_t)(MSG_HDR_LEN + m->len);
	static uint32_t id;

	for (int i = 0; i < 4; i++) {
		head[i] = (uint8_t)(len >> (24 - 8 * i));
		head[8 + i] = (uint8_t)(id >> (24 - 8 * i));
	}
	head[4] = (uint8_t)(m->op >> 8);
	head[5] = (uint8_t)m->op;
	head[6] = head[7] = 0;
	id++;
	client_write(who, head, sizeof(head));
	client_write(who, m->data, m->len);
	msg_fini(m);
}

/* --- confd --- */

static void
add_edit(struct msg *m, const char *path, const char *value)
{
	msg_add_u32(m, A_EDIT, EDIT_MERGE);
	msg_add_str(m, A_PATH, path);
	msg_add_str(m, A_VALUE, value);
}

static void
load(void)
{
	const char *yang = getenv("CULVERT_YANGDIR");
	struct err e = ERR_INIT;

	if (confd_init(&w.c, w.base, yang != NULL ? yang : "yang", w.dir,
		       "/nonexistent", &e) == 0)
		return;
	dprintf(2, "fuzz_confd: %s\n", e.text);
	abort();
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_state(void)
{
	must(nftw(w.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0,
	     "the folder can be removed");
}

/* Everything as every input finds it: one tunnel, owners that do as told. */
static void
begin(void)
{
	struct msg m;
	int pair[2];

	must(mkdir(w.dir, 0700) == 0, "there is a folder");
	load();
	must(w.c.schema.n_owners <= OWNERS, "the owners have room");
	for (size_t i = 0; i < w.c.schema.n_owners; i++) {
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0,
		     "there are sockets");
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		w.owner[i].fd = pair[1];
		w.c.backends[i] = backend_new(&w.c, w.c.schema.owners[i].name,
					      w.dir, pair[0]);
		must(w.c.backends[i] != NULL, "there is memory");
	}
	settle();
	client_open(ADMIN);
	msg_init(&m, OP_EDIT_DATA, 0, 0);
	add_edit(&m, "/culvert-system:system/location", "the cellar");
	add_edit(&m, IPSEC1 "/secret", SECRET);
	add_edit(&m, IPSEC1 "/local-address", "192.0.2.1");
	client_send(ADMIN, &m);
	msg_init(&m, OP_COMMIT, 0, 0);
	client_send(ADMIN, &m);
	settle();
	must(w.c.store.last == 1 && w.c.txns == NULL, "the first commit is made");
	client_close(ADMIN);
	settle();
	w.was = w.c.running;
}

static void
end(void)
{
	confd_fini(&w.c);
	for (unsigned int i = 0; i < OWNERS; i++) {
		if (w.owner[i].fd >= 0)
			close(w.owner[i].fd);
		w.owner[i].fd = -1;
	}
	/* Events of what is gone by now. */
	event_base_loop(w.base, EVLOOP_NONBLOCK);
}

static void
at_exit(void)
{
	if (w.base != NULL) {
		end();
		event_base_free(w.base);
		remove_state();
	}
}

static void
start(void)
{
	bool shm = access("/dev/shm", W_OK) == 0;

	if (w.base != NULL)
		return;
	w.base = event_base_new();
	must(w.base != NULL, "there is memory");
	snprintf(w.dir, sizeof(w.dir), "%s/culvert-fuzz-%d",
		 shm ? "/dev/shm" : "/tmp", (int)getpid());
	for (unsigned int i = 0; i < OWNERS; i++)
		w.owner[i].fd = -1;
	for (unsigned int i = 0; i < CLIENTS; i++)
		w.client[i] = -1;
	begin();
	atexit(at_exit);
}

static char *
running_json(void)
{
	struct view v = { .fields = NULL };
	struct err e = ERR_INIT;
	char *json = NULL;

	must(view_json(&w.c.schema, w.c.running, NULL, 0, &v, &json, &e) == 0,
	     "what is running can be shown");
	return json;
}

/* A restart finds what is running, and it is valid. */
static void
check_restart(void)
{
	char *before = running_json(), *after;
	struct map *nothing = map_new();
	struct valid v;

	end();
	load();
	after = running_json();
	must(w.c.n_warnings == 0, "a restart has nothing to complain of");
	must(!before == !after && (!before || strcmp(before, after) == 0),
	     "a restart finds what was running");
	must(nothing != NULL, "there is memory");
	must(valid_changes(&w.c.schema, nothing, w.c.running, &v) == 0,
	     "what is running is valid");
	map_unref(nothing);
	free(before);
	free(after);
}

static bool
is_as_it_was(void)
{
	char path[128];

	for (size_t i = 0; i < w.c.schema.n_owners; i++)
		if (!backend_is_synced(w.c.backends[i]))
			return false;
	snprintf(path, sizeof(path), "%s/startup.json", w.dir);
	return w.c.running == w.was && w.c.store.last == 1 &&
	    w.c.txns == NULL && access(path, F_OK) != 0;
}

/* --- an input --- */

struct input {
	const uint8_t	*p;
	size_t		 len;
};

static uint8_t
octet(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->p++;
}

static const uint8_t *
octets(struct input *in, size_t *len)
{
	const uint8_t *p = in->p;

	if (*len > in->len)
		*len = in->len;
	in->p += *len;
	in->len -= *len;
	return p;
}

static void
frame(struct input *in, enum who who)
{
	unsigned int n;
	const uint8_t *p;
	uint8_t type;
	struct msg m;
	size_t len;

	msg_init(&m, octet(in), 0, 0);
	for (n = octet(in); n > 0 && in->len > 0; n--) {
		type = octet(in);
		len = octet(in);
		if (type & 128) {
			msg_add_u32(&m, type & 127, (uint32_t)len);
			continue;
		}
		p = octets(in, &len);
		msg_add(&m, type, p, len);
	}
	client_send(who, &m);
}

static void
step(struct input *in)
{
	uint8_t how = octet(in);
	enum who who = how & 3;
	struct process *o = NULL;
	const uint8_t *p;
	size_t len;

	if (who == OWNER)
		o = &w.owner[octet(in) % w.c.schema.n_owners];
	w.others_spoke |= who != GUEST;
	if (how & 4) {
		len = octet(in);
		p = octets(in, &len);
		if (o == NULL)
			client_write(who, p, len);
		else if (o->fd >= 0)
			(void)!send(o->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else if (o != NULL)
		o->mood = octet(in);
	else
		frame(in, who);
	settle();
	if (how & 8 && o == NULL)
		client_close(who);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };

	start();
	w.others_spoke = false;
	w.secret_known = memmem(data, len, SECRET, strlen(SECRET)) != NULL;
	while (in.len > 0)
		step(&in);
	settle();
	for (unsigned int i = 0; i < CLIENTS; i++)
		client_close(i);
	settle();
	must(w.c.sessions == NULL, "who hangs up leaves nothing");
	must(w.others_spoke || w.c.running == w.was,
	     "guests change nothing");
	for (unsigned int i = 0; i < OWNERS; i++)
		w.owner[i].mood = 0;
	if (is_as_it_was())
		return 0;
	check_restart();
	end();
	remove_state();
	begin();
	return 0;
}
