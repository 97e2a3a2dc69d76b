/*
 * ike: the engine's calls turned into I/O, and the other way round.
 */
#include "config.h"

#include "ikeproc.h"

#include <event2/event.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "crypto/crypto.h"
#include "log.h"
#include "net.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "proc/owner.h"
#include "secret.h"

#define FILES_MAX	64
/* SAs are deleted in good order for so long at most. */
#define LEAVE_TICK_MS	50
#define LEAVE_TICKS	40

static const char *const calls[] = {
	"accept4", "recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg",
	"sendmmsg", "getsockopt", "pread64", NULL
};

uint64_t
ikeproc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- out of the engine --- */

static void
ops_send(void *ctx, const struct endpoint *src, const struct endpoint *dst,
	 bool encap, const uint8_t *msg, size_t len)
{
	struct ikeproc *p = ctx;
	int error = net_send(p->net, src, dst, encap, msg, len);

	if (error != 0)
		engine_not_sent(p->engine, error);
}

static void
ops_wake(void *ctx, uint64_t at_ms)
{
	struct ikeproc *p = ctx;
	uint64_t now = ikeproc_now(), wait = at_ms > now ? at_ms - now : 0;
	struct timeval tv = { (time_t)(wait / 1000),
			      (suseconds_t)(wait % 1000) * 1000 };

	if (at_ms == UINT64_MAX)
		event_del(p->wake);
	else
		event_add(p->wake, &tv);
}

static bool
ops_random(void *ctx, void *out, size_t len)
{
	struct ikeproc *p = ctx;

	return crypto_random(p->crypto, out, len);
}

static void
ops_keys(void *ctx, const struct keys_request *q)
{
	keys_ask(ctx, q);
}

static void
ops_fetch(void *ctx, const struct fetch_request *q)
{
	fetch_ask(ctx, q);
}

static void
ops_dataplane(void *ctx, const struct dp_request *q)
{
	struct ikeproc *p = ctx;
	uint8_t body[DP_WIRE_MAX];
	struct wbuf w;

	wbuf_init(&w, body, sizeof(body));
	dp_request_build(&w, q);
	if (!wbuf_ok(&w))
		log_error("a data plane request is too long");
	else if (p->process.monitor != NULL)
		ipc_send(p->process.monitor, IPC_DP_REQUEST, body, w.len);
	secret_wipe_mem(body, sizeof(body));
}

/* The engine's line names the tunnel already. */
static void
ops_event(void *ctx, uint32_t tunnel, int level, const char *line)
{
	(void)ctx;
	(void)tunnel;
	switch (level) {
	case LOG_ERROR:
		log_error("%s", line);
		break;
	case LOG_WARN:
		log_warn("%s", line);
		break;
	case LOG_DBG:
		log_debug("sa", "%s", line);
		break;
	default:
		log_info("%s", line);
		break;
	}
}

static uint64_t
ops_wall(void *ctx)
{
	(void)ctx;
	return (uint64_t)time(NULL);
}

static void
ops_message(void *ctx, const struct engine_message *em)
{
	watch_message(ctx, em);
}

static const struct engine_ops engine_ops = {
	.send = ops_send, .wake = ops_wake, .random = ops_random,
	.keys = ops_keys, .dataplane = ops_dataplane,
	.fetch = ops_fetch, .event = ops_event,
	.wall = ops_wall, .message = ops_message,
};

/* --- into the engine --- */

static void
input(void *arg, const struct endpoint *local, const struct endpoint *remote,
      bool encap, uint8_t *msg, size_t len)
{
	struct ikeproc *p = arg;

	engine_input(p->engine, ikeproc_now(), local, remote, encap, msg, len);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct ikeproc *p = arg;

	(void)fd;
	(void)what;
	engine_tick(p->engine, ikeproc_now());
}

static bool
on_address(struct ikeproc *p, struct rbuf *body)
{
	struct ipc_address a;

	if (!ipc_address_parse(body, &a))
		return false;
	engine_local_address(p->engine, ikeproc_now(), &a.addr, a.present);
	return true;
}

static bool
on_dp_reply(struct ikeproc *p, struct rbuf *body)
{
	struct dp_reply a;

	if (!dp_reply_parse(body, &a))
		return false;
	engine_dp_reply(p->engine, ikeproc_now(), &a);
	return true;
}

static bool
on_dp_event(struct ikeproc *p, struct rbuf *body)
{
	struct dp_event ev;

	if (!dp_event_parse(body, &ev))
		return false;
	/* Traffic must not bring up again what is being taken down. */
	if (p->leaving == NULL)
		engine_dp_event(p->engine, ikeproc_now(), &ev);
	return true;
}

/* The first message: now there is all an engine needs. */
static bool
on_start(struct ikeproc *p, struct rbuf *body)
{
	struct engine_settings s = {
		.port = p->process.opt->port,
		.natt_port = p->process.opt->natt_port,
		.half_open_max = 256,
	};
	struct err e = ERR_INIT;
	struct ipc_start st;

	if (p->engine != NULL || !ipc_start_parse(body, &st))
		return false;
	s.caps = st.caps;
	memcpy(p->plane, st.caps.name, sizeof(p->plane));
	s.worker = st.worker;
	memcpy(p->no_fetch, st.no_fetch, sizeof(p->no_fetch));
	p->engine = engine_new(&engine_ops, p, &s, ikeproc_now(), &e);
	if (p->engine != NULL && net_start(p->net, &e) == 0) {
		p->owner = owner_new(p->process.base, FD_OWNER, p->process.yang,
				     p->process.confd, &ikeproc_owner_ops, p, &e);
		if (p->owner != NULL) {
			keys_start(p);
			ipc_send(p->process.monitor, IPC_READY, NULL, 0);
			return true;
		}
	}
	log_error("%s", e.text);
	process_leave(&p->process, CHILD_FAILED);
	return true;
}

/* A pipe to another life of keys or fetch. */
static bool
on_peer(struct ikeproc *p, struct rbuf *body, int fd)
{
	uint8_t kind = rbuf_u8(body);

	if (rbuf_left(body) == 0 && kind == CHILD_KEYS) {
		keys_attach(p, fd);
		return true;
	}
	if (rbuf_left(body) == 0 && kind == CHILD_FETCH) {
		fetch_attach(p, fd);
		return true;
	}
	close(fd);
	return false;
}

static bool
from_monitor(uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct ikeproc *p = arg;

	if (type == IPC_PEER && fd >= 0 && p->engine != NULL)
		return on_peer(p, body, fd);
	if (fd >= 0) {
		close(fd);
		return false;
	}
	if (type == IPC_START)
		return on_start(p, body);
	if (p->engine == NULL)
		return false;
	switch (type) {
	case IPC_ADDRESS:
		return on_address(p, body);
	case IPC_DP_REPLY:
		return on_dp_reply(p, body);
	case IPC_DP_EVENT:
		return on_dp_event(p, body);
	case IPC_REACHED:
		return config_reached(p);
	case IPC_LOG:
		return p->watch != NULL && watch_log(p, body);
	case IPC_TAP:
		return p->watch != NULL && watch_tap(p, body);
	case IPC_PACKET:
		return p->watch != NULL && watch_packet(p, body);
	}
	return false;
}

/* --- the orderly end --- */

static void
leave_tick(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tick = { 0, LEAVE_TICK_MS * 1000 };
	struct ikeproc *p = arg;
	struct engine_stats st;

	(void)fd;
	(void)what;
	engine_get_stats(p->engine, &st);
	if (st.ike_sas == st.ended || ++p->leaving_ticks >= LEAVE_TICKS) {
		process_leave(&p->process, p->exit_status);
		return;
	}
	event_add(p->leaving, &tick);
}

void
ikeproc_leave(struct ikeproc *p, enum child_exit status)
{
	struct timeval tick = { 0, LEAVE_TICK_MS * 1000 };
	struct err e = ERR_INIT;

	if (p->leaving != NULL) {
		/* The end weighs more than a new start. */
		if (status == CHILD_DONE)
			p->exit_status = status;
		return;
	}
	p->exit_status = status;
	if (p->engine != NULL)
		p->leaving = event_new(p->process.base, -1, 0, leave_tick, p);
	if (p->leaving == NULL) {
		process_leave(&p->process, status);
		return;
	}
	if (status == CHILD_AGAIN && p->process.monitor != NULL)
		ipc_send(p->process.monitor, IPC_AGAIN, NULL, 0);
	if (engine_command(p->engine, ikeproc_now(), ENGINE_TERMINATE, 0, &e) < 0)
		log_debug("sa", "%s", e.text);
	event_add(p->leaving, &tick);
}

static void
stop(void *arg)
{
	ikeproc_leave(arg, CHILD_DONE);
}

static int
start(struct ikeproc *p, const struct options *opt, struct err *e)
{
	if (process_init(&p->process, opt, e) < 0 ||
	    process_load_models(&p->process, e) < 0 ||
	    crypto_new(&p->crypto, e) < 0)
		return -1;
	p->net = net_new(p->process.base, opt, input, p, e);
	if (p->net == NULL)
		return -1;
	p->wake = event_new(p->process.base, -1, 0, on_wake, p);
	if (p->wake == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (process_enter(&p->process, calls, FILES_MAX, e) < 0)
		return -1;
	if (opt->has_fd[FD_KEYS])
		keys_attach(p, FD_KEYS);
	if (opt->has_fd[FD_FETCH])
		fetch_attach(p, FD_FETCH);
	return 0;
}

int
ikeproc_main(const struct options *opt)
{
	struct ikeproc p = { .process = { .received = from_monitor, .stop = stop } };
	struct err e = ERR_INIT;
	int status;

	p.process.arg = &p;
	if (start(&p, opt, &e) < 0) {
		log_error("%s", e.text);
		return CHILD_FAILED;
	}
	status = process_run(&p.process);
	engine_free(p.engine);
	return status;
}
