/*
 * monitor: see monitor.h; what is opened, in which order, and the signals.
 */
#include "monitor.h"

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps.h"
#include "dataplane/localaddr.h"
#include "diary.h"
#include "log.h"
#include "msg.h"
#include "proc/process.h"
#include "proc/ipc.h"
#include "proc/sandbox.h"
#include "tap.h"

/* How often the children are asked whether they live, without a watchdog. */
#define WATCH_MS	10000u

static const char *const door_names[CHILD_KINDS] = {
	[CHILD_KEYS] = "ipsecd-keys.sock", [CHILD_IKE] = "ipsecd.sock",
};

static void
door_path(char *out, size_t size, const struct monitor *m, int kind)
{
	snprintf(out, size, "%s/%s", m->opt->rundir, door_names[kind]);
}

static int
make_folder(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s: %s",
			       path, strerror(errno));
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_REALITY, "%s is not a folder", path);
	return 0;
}

/* The root of the children must be nobody's but root's. */
static int
make_folders(struct monitor *m, struct err *e)
{
	char empty[256];

	process_folder(empty, sizeof(empty), m->opt);
	if (make_folder(m->opt->rundir, 0755, e) < 0 ||
	    make_folder(empty, 0555, e) < 0)
		return -1;
	if (chown(empty, 0, 0) < 0 || chmod(empty, 0555) < 0)
		return err_set(e, ERR_REALITY, "cannot protect the folder %s: %s",
			       empty, strerror(errno));
	return 0;
}

static int
open_doors(struct monitor *m, struct err *e)
{
	const struct passwd *pw = getpwnam(m->opt->user_confd);
	gid_t gid = pw != NULL ? pw->pw_gid : (gid_t)-1;
	char path[256];
	int k;

	for (k = 0; k < CHILD_KINDS; k++) {
		if (door_names[k] == NULL)
			continue;
		door_path(path, sizeof(path), m, k);
		m->seats[k].listener = msg_listen(path, 0660, gid, e);
		if (m->seats[k].listener < 0)
			return -1;
	}
	return 0;
}

static void
close_doors(struct monitor *m)
{
	char path[256];
	int k;

	for (k = 0; k < CHILD_KINDS; k++) {
		if (door_names[k] == NULL || m->seats[k].listener < 0)
			continue;
		door_path(path, sizeof(path), m, k);
		unlink(path);
	}
}

/* Datagrams from esp to ike; held here, so that neither notices when the other
 * starts again.  They queue in this pipe like others in a UDP socket: when a
 * thousand tunnels start at once it must hold as many. */
static int
open_esp(struct monitor *m, struct err *e)
{
	static const int room = SOCKETS_BUFFER;

	m->seats[CHILD_ESP].used = strcmp(m->caps.name, "user") == 0;
	if (!m->seats[CHILD_ESP].used)
		return 0;
	if (ipc_pair(m->esp_ike, e) < 0)
		return -1;
	if (setsockopt(m->esp_ike[0], SOL_SOCKET, SO_SNDBUFFORCE, &room,
		       sizeof(room)) < 0)
		return err_set(e, ERR_REALITY, "SO_SNDBUFFORCE: %s",
			       strerror(errno));
	return 0;
}

static int
open_all(struct monitor *m, struct err *e)
{
	if (make_folders(m, e) < 0 || open_doors(m, e) < 0 || dp_open(m, e) < 0)
		return -1;
	fetch_open(m);
	if (sockets_open(&m->sockets, m->dp_ops->name, m->opt->port,
			 m->opt->natt_port, e) < 0 || open_esp(m, e) < 0)
		return -1;
	m->addresses = localaddr_new(m->base, children_tell_address, m, e);
	return m->addresses != NULL ? 0 : -1;
}

/* --- signals --- */

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct monitor *m = arg;

	(void)what;
	switch (sig) {
	case SIGCHLD:
		children_reap(m);
		break;
	case SIGHUP:
		log_info("SIGHUP: the configuration is confd's, nothing to read");
		break;
	default:
		log_info("ends: %s", strsignal((int)sig));
		notify_stopping(&m->notify);
		children_stop(m);
		break;
	}
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_warn("a process did not end in time and is killed");
	children_kill(arg);
}

static void
on_watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	children_watch(arg);
}

/* As often as systemd hears from us, or WATCH_MS. */
static int
watch_children(struct monitor *m, struct err *e)
{
	uint64_t us = m->notify.watchdog_us > 0 ? m->notify.watchdog_us / 2 :
	    WATCH_MS * 1000;
	struct timeval tv = { (time_t)(us / 1000000),
			      (suseconds_t)(us % 1000000) };

	m->watch = event_new(m->base, -1, EV_PERSIST, on_watch, m);
	if (m->watch == NULL || event_add(m->watch, &tv) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return 0;
}

static int
watch_signals(struct monitor *m, struct event *events[4], struct err *e)
{
	static const int sigs[4] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };
	int i;

	signal(SIGPIPE, SIG_IGN);
	m->deadline = event_new(m->base, -1, 0, on_deadline, m);
	for (i = 0; i < 4; i++) {
		events[i] = evsignal_new(m->base, sigs[i], on_signal, m);
		if (events[i] == NULL || event_add(events[i], NULL) < 0)
			return err_set(e, ERR_RESOURCE, "cannot watch signals");
	}
	return m->deadline != NULL ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}

static void
monitor_init(struct monitor *m, const struct options *opt, char *argv[])
{
	int k;

	memset(m, 0, sizeof(*m));
	m->opt = opt;
	m->argv = argv;
	m->phase = STARTING;
	m->esp_ike[0] = m->esp_ike[1] = m->cache = -1;
	for (k = 0; k < FD_UDP_MAX; k++)
		m->sockets.fd[k] = -1;
	for (k = 0; k < CHILD_KINDS; k++) {
		m->seats[k].monitor = m;
		m->seats[k].kind = (enum child_kind)k;
		m->seats[k].listener = -1;
		m->seats[k].used = k != CHILD_ESP && k != CHILD_FETCH;
	}
}

static void
monitor_fini(struct monitor *m, struct event *events[4])
{
	int i;

	close_doors(m);
	tap_close(m);
	children_free(m);
	/* A service that is restarted is no reason to send in clear. */
	dp_close(m);
	diary_close(m);
	localaddr_free(m->addresses);
	sockets_close(&m->sockets);
	for (i = 0; i < 2; i++)
		if (m->esp_ike[i] >= 0)
			close(m->esp_ike[i]);
	if (m->cache >= 0)
		close(m->cache);
	for (i = 0; i < 4; i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (m->deadline != NULL)
		event_free(m->deadline);
	if (m->watch != NULL)
		event_free(m->watch);
	notify_fini(&m->notify);
	if (m->base != NULL)
		event_base_free(m->base);
}

static int
check_users(const struct options *opt, struct err *e)
{
	int k;

	if (geteuid() != 0)
		return err_set(e, ERR_DENIED, "ipsecd must be started as root: it "
			       "opens the ports of IKE and gives root up for "
			       "everything else");
	for (k = 0; k < CHILD_KINDS; k++)
		if (k != CHILD_FETCH && sandbox_check_user(opt->user[k], e) < 0)
			return -1;
	return 0;
}

int
monitor_clear(const struct options *opt)
{
	struct err e = ERR_INIT;
	char path[256];
	int fd;

	if (check_users(opt, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s", opt->rundir, door_names[CHILD_IKE]);
	fd = msg_connect(path, &e);
	if (fd >= 0) {
		close(fd);
		log_error("ipsecd is running, and would make it all anew: end it "
			  "first");
		return 1;
	}
	dp_clear(opt);
	log_info("policies, routes and SAs of all tunnels are removed: what they "
		 "protected is sent in clear from now on");
	return 0;
}

static int
monitor_start(struct monitor *m, struct event *events[4], struct err *e)
{
	/* Nothing it ever starts may gain anything. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, ERR_REALITY, "prctl: %s", strerror(errno));
	if (caps_keep(e) < 0)
		return -1;
	m->base = event_base_new();
	if (m->base == NULL)
		return err_set(e, ERR_RESOURCE, "cannot make an event loop");
	if (watch_signals(m, events, e) < 0 || diary_open(m, e) < 0 || open_all(m, e) < 0)
		return -1;
	if (watch_children(m, e) < 0)
		return -1;
	return children_start(m, e);
}

int
monitor_run(const struct options *opt, char *argv[], void (*started)(void *),
	    void *arg)
{
	struct event *events[4] = { NULL };
	struct err e = ERR_INIT;
	struct monitor m;

	if (check_users(opt, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	monitor_init(&m, opt, argv);
	notify_init(&m.notify);
	m.started = started;
	m.arg = arg;
	if (monitor_start(&m, events, &e) < 0) {
		log_error("%s", e.text);
		m.status = 1;
	} else {
		log_info("data plane %s, UDP ports %u and %u", m.caps.name,
			 opt->port, opt->natt_port);
		event_base_dispatch(m.base);
	}
	monitor_fini(&m, events);
	return m.status;
}
