#include "server.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confd.h"
#include "log.h"
#include "session.h"

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct confd *c = arg;
	struct err e;
	int client;

	(void)what;
	client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			log_warn("cannot accept a client: %s", strerror(errno));
		return;
	}
	if (session_new(c, client, &e) < 0)
		log_warn("a client was turned away: %s", e.text);
}

int
server_open(struct confd *c, int fd, struct err *e)
{
	c->accept = event_new(c->base, fd, EV_READ | EV_PERSIST, on_accept, c);
	if (c->accept == NULL || event_add(c->accept, NULL) < 0) {
		close(fd);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	return 0;
}

void
server_close(struct confd *c)
{
	if (c->accept == NULL)
		return;
	close(event_get_fd(c->accept));
	event_free(c->accept);
	c->accept = NULL;
}
