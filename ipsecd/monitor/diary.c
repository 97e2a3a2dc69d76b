#include "diary.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "monitor.h"
#include "proc/ipc.h"
#include "proc/logline.h"

#define LINES		1000
#define BATCH		64		/* read before others get their turn */
#define QUEUE_MAX	(1u << 20)	/* of what waits for ike */

struct diary {
	struct monitor	*monitor;
	struct logbook	 book;
	int		 ends[2];	/* ours, theirs */
	struct event	*readable;
	bool		 wanted;	/* by ike */
	bool		 busy;		/* a line about a line is one too many */
};

static void
tell(struct diary *d, uint64_t time_us, const char *text)
{
	struct ipc *ike = d->monitor->seats[CHILD_IKE].ipc;
	uint8_t body[LOGLINE_MAX];
	struct wbuf w;

	if (ike == NULL || ipc_queued(ike) > QUEUE_MAX)
		return;
	wbuf_init(&w, body, sizeof(body));
	logline_build(&w, time_us, text);
	ipc_send(ike, IPC_LOG, body, w.len);
}

static void
note(struct diary *d, uint64_t time_us, const char *text)
{
	logbook_add(&d->book, time_us, text);
	if (d->wanted)
		tell(d, time_us, text);
}

static void
own_line(void *arg, const char *ident, const char *text)
{
	char line[LOGBOOK_LINE_MAX + 1];
	struct diary *d = arg;

	if (d->busy)
		return;
	d->busy = true;
	logline_join(line, ident, text);
	note(d, logbook_now(), line);
	d->busy = false;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	char text[LOGBOOK_LINE_MAX + 1];
	uint8_t body[LOGLINE_MAX];
	struct diary *d = arg;
	uint64_t time_us;
	struct rbuf r;
	ssize_t n;
	int i;

	(void)what;
	for (i = 0; i < BATCH; i++) {
		n = recv(fd, body, sizeof(body), 0);
		if (n <= 0)
			return;
		rbuf_init(&r, body, (size_t)n);
		if (logline_parse(&r, &time_us, text))
			note(d, time_us, text);
	}
}

int
diary_open(struct monitor *m, struct err *e)
{
	struct diary *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	m->diary = d;
	d->monitor = m;
	d->ends[0] = d->ends[1] = -1;
	logbook_init(&d->book, LINES);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       d->ends) < 0)
		return err_set(e, ERR_RESOURCE, "cannot make a socket pair: %s",
			       strerror(errno));
	d->readable = event_new(m->base, d->ends[0], EV_READ | EV_PERSIST,
				on_readable, d);
	if (d->readable == NULL || event_add(d->readable, NULL) < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	log_listen(own_line, d);
	return 0;
}

void
diary_close(struct monitor *m)
{
	struct diary *d = m->diary;
	int i;

	m->diary = NULL;
	if (d == NULL)
		return;
	log_listen(NULL, NULL);
	if (d->readable != NULL)
		event_free(d->readable);
	for (i = 0; i < 2; i++)
		if (d->ends[i] >= 0)
			close(d->ends[i]);
	logbook_fini(&d->book);
	free(d);
}

int
diary_fd(const struct monitor *m)
{
	return m->diary->ends[1];
}

bool
diary_request(struct monitor *m, struct rbuf *body)
{
	uint64_t since = rbuf_u64(body);
	const struct log_entry *l;
	size_t i;

	if (!rbuf_ok(body) || rbuf_left(body) != 0)
		return false;
	for (i = 0; (l = logbook_get(&m->diary->book, i)) != NULL; i++)
		if (l->time_us > since)
			tell(m->diary, l->time_us, l->text);
	m->diary->wanted = true;
	return true;
}

void
diary_ike_gone(struct monitor *m)
{
	if (m->diary != NULL)
		m->diary->wanted = false;
}
