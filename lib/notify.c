#include "notify.h"

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* A new socket each time: the one at the other end is new when systemd has
 * replaced itself. */
static void
tell(struct notify *n, const char *state)
{
	int fd;

	if (n->len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			     (struct sockaddr *)&n->to, n->len) < 0)
		log_warn("systemd cannot be told \"%.20s\": %s", state,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
set_socket(struct notify *n, const char *path)
{
	size_t len = path != NULL ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(n->to.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, path, len);
	if (path[0] == '@')
		n->to.sun_path[0] = '\0';
	n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* sd_watchdog_enabled(3): a pid that is not ours is somebody else's watchdog. */
static uint64_t
watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10);
}

void
notify_init(struct notify *n)
{
	memset(n, 0, sizeof(*n));
	set_socket(n, getenv("NOTIFY_SOCKET"));
	if (n->len > 0)
		n->watchdog_us = watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_fini(struct notify *n)
{
	if (n->timer != NULL)
		event_free(n->timer);
	n->timer = NULL;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell(arg, "WATCHDOG=1");
}

void
notify_ready(struct notify *n, struct event_base *base, const char *status)
{
	struct timeval tv;
	char text[256];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s", status);
	tell(n, text);
	if (n->watchdog_us < 2 || n->timer != NULL)
		return;
	tv.tv_sec = (time_t)(n->watchdog_us / 2000000);
	tv.tv_usec = (suseconds_t)(n->watchdog_us / 2 % 1000000);
	n->timer = event_new(base, -1, EV_PERSIST, on_timer, n);
	if (n->timer == NULL || event_add(n->timer, &tv) < 0)
		log_error("no memory for signs of life: systemd will start this "
			  "again");
}

void
notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1");
}
