/*
 * children: who sits where, with which descriptors, and what happens when one
 * ends.  Pipes belong to two lives: when either ends both get a new one, but
 * that between esp and ike carries datagrams only and stays.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "carried.h"
#include "dataplane/localaddr.h"
#include "dataplane/user.h"
#include "diary.h"
#include "log.h"
#include "monitor.h"
#include "proc/process.h"
#include "proc/ipc.h"
#include "proc/messages.h"
#include "tap.h"

/* ike asks faster than it reads: it waits. */
#define IKE_QUEUE_MAX	(4 << 20)
/* Starts in a row that a child may ask for without waiting. */
#define AGAIN_AT_ONCE	3
/* So many questions whether it lives without an answer, and a child hangs. */
#define SILENT_MAX	3

static int	start(struct seat *, struct err *);

static uint64_t
monitor_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
after(struct event *timer, unsigned int ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(timer, &tv);
}

/* --- what children say --- */

/* Tunnels come up without what fetches CRLs. */
static bool
needed(const struct seat *s)
{
	return s->used && s->kind != CHILD_FETCH;
}

static void
now_ready(struct seat *s)
{
	struct monitor *m = s->monitor;
	char status[64];
	int k;

	s->ready = true;
	log_debug("ipc", "%s is ready", child_names[s->kind]);
	for (k = 0; k < CHILD_KINDS; k++)
		if (needed(&m->seats[k]) && !m->seats[k].ready)
			return;
	if (m->phase != STARTING)
		return;
	m->phase = RUNNING;
	m->started(m->arg);
	snprintf(status, sizeof(status), "data plane %s", m->caps.name);
	notify_ready(&m->notify, m->base, status);
}

static bool
received(struct ipc *p, uint16_t type, struct rbuf *body, int fd, void *arg)
{
	struct seat *s = arg;

	(void)p;
	if (fd >= 0) {
		close(fd);
		return false;
	}
	if (type == IPC_READY && rbuf_left(body) == 0 && !s->ready) {
		now_ready(s);
		return true;
	}
	if (type == IPC_ALIVE && rbuf_left(body) == 0) {
		s->silent = 0;
		return true;
	}
	if (s->kind != CHILD_IKE)
		return false;
	if (type == IPC_AGAIN && rbuf_left(body) == 0) {
		carried_ike_ended(s->monitor->carried);
		return true;
	}
	if (type == IPC_REACHED && rbuf_left(body) == 0) {
		ipc_send(s->ipc, IPC_REACHED, NULL, 0);
		return true;
	}
	if (type == IPC_LOG)
		return diary_request(s->monitor, body);
	if (type == IPC_TAP)
		return tap_request(s->monitor, body);
	return type == IPC_DP_REQUEST && dp_request(s->monitor, body);
}

/* It ends, or it is not what it was: either way it is over. */
static void
pipe_closed(struct ipc *p, const char *why, void *arg)
{
	struct seat *s = arg;

	(void)p;
	s->ipc = NULL;
	log_debug("ipc", "%s: %s", child_names[s->kind], why);
	if (s->pid > 0)
		kill(s->pid, SIGKILL);
}

static const struct ipc_ops child_ops = { received, pipe_closed };

/* --- what ike is told --- */

void
children_tell_address(const struct addr *a, bool present, void *arg)
{
	const struct ipc_address ia = { *a, present };
	struct monitor *m = arg;
	struct ipc *ike = m->seats[CHILD_IKE].ipc;
	char text[ADDR_STRLEN];
	uint8_t body[IPC_SMALL_MAX];
	struct wbuf w;

	log_debug("net", "address %s is %s", addr_str(a, text),
		  present ? "there" : "gone");
	if (ike == NULL)
		return;
	wbuf_init(&w, body, sizeof(body));
	ipc_address_build(&w, &ia);
	ipc_send(ike, IPC_ADDRESS, body, w.len);
}

static void
tell_start(struct seat *ike)
{
	struct ipc_start st = { .caps = ike->monitor->caps };
	uint8_t body[IPC_SMALL_MAX];
	struct wbuf w;

	memcpy(st.no_fetch, ike->monitor->no_fetch, sizeof(st.no_fetch));
	wbuf_init(&w, body, sizeof(body));
	ipc_start_build(&w, &st);
	ipc_send(ike->ipc, IPC_START, body, w.len);
	localaddr_each(ike->monitor->addresses, children_tell_address, ike->monitor);
}

/* --- starting --- */

static void
close_fds(int *fds, int n)
{
	while (n-- > 0)
		if (fds[n] >= 0)
			close(fds[n]);
}

/* A child starts: a new pipe between it and another, one end to be inherited, the
 * other sent to the one that is there. */
static int
pipe_to(struct seat *s, enum child_kind kind, int *inherited, struct err *e)
{
	struct seat *other = &s->monitor->seats[kind];
	const uint8_t body = (uint8_t)s->kind;
	int ends[2];

	if (other->ipc == NULL)
		return 0;
	if (ipc_pair(ends, e) < 0)
		return -1;
	*inherited = ends[0];
	ipc_send_fd(other->ipc, IPC_PEER, &body, sizeof(body), ends[1]);
	return 0;
}

static void
udp_fds(struct seat *s, struct spawn_fds *f)
{
	int i;

	for (i = 0; i < FD_UDP_MAX; i++)
		if (s->kind == CHILD_IKE || i == SOCK_NATT4 || i == SOCK_NATT6)
			f->fd[FD_UDP + i] = s->monitor->sockets.fd[i];
}

static int
start_process(struct seat *s, const char *extra, struct spawn_fds *f,
	      struct err *e)
{
	struct monitor *m = s->monitor;
	pid_t pid;

	f->fd[FD_LOG] = diary_fd(m);
	pid = spawn(s->kind, s->kind == CHILD_FETCH ? m->opt->fetch : NULL,
		    m->argv, extra, f, e);
	if (pid < 0)
		return -1;
	s->pid = pid;
	s->ready = false;
	s->silent = 0;
	s->backoff.started_ms = monitor_now();
	log_debug("ipc", "%s is process %d", child_names[s->kind], (int)pid);
	return 0;
}

/* Its pipes to the others: to be closed here when it has them. */
static int
pipes_to_others(struct seat *s, struct spawn_fds *f, struct err *e)
{
	if (s->kind != CHILD_IKE)
		return pipe_to(s, CHILD_IKE,
			       &f->fd[s->kind == CHILD_KEYS ? FD_KEYS : FD_FETCH],
			       e);
	return pipe_to(s, CHILD_KEYS, &f->fd[FD_KEYS], e) < 0 ? -1 :
	    pipe_to(s, CHILD_FETCH, &f->fd[FD_FETCH], e);
}

static int
start_with_pipes(struct seat *s, int to_us, struct err *e)
{
	struct monitor *m = s->monitor;
	struct spawn_fds f;
	int rc;

	spawn_fds_init(&f);
	rc = pipes_to_others(s, &f, e);
	f.fd[FD_MONITOR] = to_us;
	f.fd[FD_OWNER] = s->listener;
	if (s->kind == CHILD_FETCH)
		f.fd[FD_CACHE] = m->cache;
	if (s->kind == CHILD_KEYS)
		keys_open(m, &f);
	if (s->kind == CHILD_IKE) {
		f.fd[FD_ESP] = m->esp_ike[1];
		udp_fds(s, &f);
	}
	if (rc == 0)
		rc = start_process(s, NULL, &f, e);
	close_fds(&f.fd[FD_KEYS], 1);
	close_fds(&f.fd[FD_FETCH], 1);
	keys_close(&f);
	return rc;
}

/* ike, keys or fetch. */
static int
start_with_ipc(struct seat *s, struct err *e)
{
	struct monitor *m = s->monitor;
	int ends[2], rc;

	if (ipc_pair(ends, e) < 0)
		return -1;
	rc = start_with_pipes(s, ends[1], e);
	close_fds(&ends[1], 1);
	if (rc < 0) {
		close_fds(&ends[0], 1);
		return -1;
	}
	s->ipc = ipc_new(m->base, ends[0], &child_ops, s);
	if (s->ipc == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (s->kind != CHILD_IKE)
		return 0;
	ipc_limit(s->ipc, IKE_QUEUE_MAX);
	if (dp_begin(m, e) < 0) {
		kill(s->pid, SIGKILL);	/* it would wait for ever */
		return -1;
	}
	tell_start(s);
	return 0;
}

static int
start_esp(struct seat *s, struct err *e)
{
	struct monitor *m = s->monitor;
	struct esp_options opt;
	struct esp_fds esp;
	struct spawn_fds f;
	char extra[OPTIONS_ESP_MAX];
	unsigned int i;
	int ends[2], rc;

	if (ipc_pair(ends, e) < 0)
		return -1;
	spawn_fds_init(&f);
	memset(&esp, 0, sizeof(esp));
	memset(&opt, 0, sizeof(opt));
	dataplane_user_tun(m->dp, &esp, &opt);
	f.fd[FD_MONITOR] = ends[1];
	f.fd[FD_ESP] = m->esp_ike[0];
	udp_fds(s, &f);
	for (i = 0; i < esp.n_tun && FD_TUN + (int)i < FD_LOG; i++)
		f.fd[FD_TUN + i] = esp.tun[i];
	options_esp(extra, opt.replay_window, opt.offload, opt.offload_udp);
	rc = start_process(s, extra, &f, e);
	close(ends[1]);
	if (rc < 0) {
		close(ends[0]);
		return -1;
	}
	dataplane_user_attach(m->dp, ends[0]);
	now_ready(s);
	return 0;
}

static int
start(struct seat *s, struct err *e)
{
	return s->kind == CHILD_ESP ? start_esp(s, e) : start_with_ipc(s, e);
}

static void
start_again(evutil_socket_t fd, short what, void *arg)
{
	struct seat *s = arg;
	struct err e = ERR_INIT;

	(void)fd;
	(void)what;
	if (s->monitor->phase > RUNNING || s->pid > 0)
		return;
	if (start(s, &e) == 0)
		return;
	log_error("%s", e.text);
	if (s->pid == 0)
		after(s->again, backoff_next(&s->backoff, monitor_now()));
}

int
children_start(struct monitor *m, struct err *e)
{
	int k;

	for (k = 0; k < CHILD_KINDS; k++) {
		m->seats[k].again = event_new(m->base, -1, 0, start_again,
					      &m->seats[k]);
		if (m->seats[k].again == NULL)
			return err_set(e, ERR_RESOURCE, "out of memory");
	}
	for (k = 0; k < CHILD_KINDS; k++)
		if (m->seats[k].used && start(&m->seats[k], e) < 0)
			return -1;
	return 0;
}

/* --- watching --- */

void
children_watch(struct monitor *m)
{
	struct seat *s;

	for (s = m->seats; s < m->seats + CHILD_KINDS; s++) {
		if (m->phase != RUNNING || !s->ready || s->pid == 0 ||
		    s->ipc == NULL)
			continue;
		if (s->silent == SILENT_MAX) {
			log_error("%s (process %d) hangs and is killed",
				  child_names[s->kind], (int)s->pid);
			kill(s->pid, SIGKILL);
			continue;
		}
		s->silent++;
		ipc_send(s->ipc, IPC_ALIVE, NULL, 0);
	}
}

/* --- ending --- */

static void
leave_loop(struct monitor *m)
{
	int k;

	for (k = 0; k < CHILD_KINDS; k++)
		if (m->seats[k].pid > 0)
			return;
	event_base_loopbreak(m->base);
}

static void
tell_stop(struct seat *s)
{
	if (s->pid > 0 && s->ipc != NULL)
		ipc_send(s->ipc, IPC_STOP, NULL, 0);
	else if (s->pid > 0)
		kill(s->pid, SIGKILL);
}

static void
stop_rest(struct monitor *m)
{
	m->phase = STOPPING_REST;
	tell_stop(&m->seats[CHILD_KEYS]);
	tell_stop(&m->seats[CHILD_FETCH]);
	if (m->seats[CHILD_ESP].pid > 0)
		dataplane_user_detach(m->dp);
	after(m->deadline, 1000);
	leave_loop(m);
}

void
children_stop(struct monitor *m)
{
	if (m->phase == STOPPING_IKE || m->phase == STOPPING_REST) {
		children_kill(m);
		return;
	}
	m->phase = STOPPING_IKE;
	tell_stop(&m->seats[CHILD_IKE]);
	after(m->deadline, 5000);
	if (m->seats[CHILD_IKE].pid == 0)
		stop_rest(m);
}

void
children_kill(struct monitor *m)
{
	int k;

	for (k = 0; k < CHILD_KINDS; k++)
		if (m->seats[k].pid > 0)
			kill(m->seats[k].pid, SIGKILL);
}

static void
bury(struct seat *s)
{
	struct monitor *m = s->monitor;

	s->pid = 0;
	ipc_free(s->ipc);
	s->ipc = NULL;
	if (s->kind == CHILD_IKE) {
		dp_end(m);
		tap_close(m);
		diary_ike_gone(m);
	}
	if (s->kind == CHILD_ESP)
		dataplane_user_detach(m->dp);
}

static void
replace(struct seat *s, int status)
{
	unsigned int wait = backoff_next(&s->backoff, monitor_now());
	char fate[160];

	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_AGAIN) {
		log_info("%s starts again as it was asked to",
			 child_names[s->kind]);
		/* One that was taken over could ask for ever. */
		if (s->backoff.young <= AGAIN_AT_ONCE)
			wait = 0;
	} else {
		log_error("%s (process %d) %s; starting it again%s",
			  child_names[s->kind], (int)s->pid,
			  spawn_fate(status, fate, sizeof(fate)),
			  wait >= 1000 ? " in a while" : "");
	}
	bury(s);
	after(s->again, wait);
}

static void
ended(struct seat *s, int status)
{
	struct monitor *m = s->monitor;
	char fate[160];

	switch (m->phase) {
	case RUNNING:
		replace(s, status);
		return;
	case STARTING:
		if (!needed(s)) {
			replace(s, status);
			return;
		}
		log_error("%s %s before it was at work; ipsecd ends",
			  child_names[s->kind],
			  spawn_fate(status, fate, sizeof(fate)));
		bury(s);
		m->status = 1;
		m->phase = STOPPING_REST;
		children_kill(m);
		break;
	case STOPPING_IKE:
		bury(s);
		if (s->kind == CHILD_IKE)
			stop_rest(m);
		break;
	case STOPPING_REST:
		bury(s);
		break;
	}
	leave_loop(m);
}

void
children_reap(struct monitor *m)
{
	int k, status;

	for (k = 0; k < CHILD_KINDS; k++)
		if (m->seats[k].pid > 0 &&
		    waitpid(m->seats[k].pid, &status, WNOHANG) > 0)
			ended(&m->seats[k], status);
}

void
children_free(struct monitor *m)
{
	int k, status;

	children_kill(m);
	for (k = 0; k < CHILD_KINDS; k++) {
		struct seat *s = &m->seats[k];

		if (s->pid > 0)
			waitpid(s->pid, &status, 0);
		ipc_free(s->ipc);
		if (s->again != NULL)
			event_free(s->again);
		if (s->listener >= 0)
			close(s->listener);
	}
}
