/*
 * notify: what a service tells systemd, in the protocol of sd_notify(3), and
 * the watchdog: a sign of life from the event loop, so that one that hangs is
 * started again.  Without systemd nothing is sent.
 */
#ifndef CULVERT_NOTIFY_H
#define CULVERT_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct event;
struct event_base;

struct notify {
	struct sockaddr_un	 to;
	socklen_t		 len;		/* 0: nobody listens */
	uint64_t		 watchdog_us;	/* 0: nobody watches */
	struct event		*timer;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the
 * environment: children are not to speak for us. */
void	notify_init(struct notify *);
void	notify_fini(struct notify *);
/* READY=1, with what `systemctl status` is to show; then signs of life from the
 * loop, twice as often as they are waited for. */
void	notify_ready(struct notify *, struct event_base *, const char *status);
void	notify_stopping(struct notify *);

#endif
