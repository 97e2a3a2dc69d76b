#include "work.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "log.h"

struct work {
	int			 fd;		/* the thread is done */
	struct event		*readable;
	pthread_t		 thread;
	struct job		*running;	/* in the thread; or NULL */
	STAILQ_HEAD(, job)	 waiting;
	unsigned int		 n;		/* with the one under way */
};

struct start {
	struct job	*job;
	int		 fd;
};

static void *
thread(void *arg)
{
	struct start s = *(struct start *)arg;
	const uint64_t one = 1;

	free(arg);
	s.job->run(s.job);
	if (write(s.fd, &one, sizeof(one)) != sizeof(one))
		log_error("a thread of keys cannot say that it is done: %s",
			  strerror(errno));
	return NULL;
}

static int
run(struct work *w, struct job *j, struct err *e)
{
	struct start *s = malloc(sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	s->job = j;
	s->fd = w->fd;
	rc = pthread_create(&w->thread, NULL, thread, s);
	if (rc != 0) {
		free(s);
		return err_set(e, ERR_RESOURCE, "cannot start a thread: %s",
			       strerror(rc));
	}
	w->running = j;
	return 0;
}

static void
finish(struct work *w, struct job *j)
{
	w->n--;
	j->done(j);
}

static void
next(struct work *w)
{
	struct err e = ERR_INIT;
	struct job *j;

	while (w->running == NULL && (j = STAILQ_FIRST(&w->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&w->waiting, next);
		if (run(w, j, &e) == 0)
			return;
		log_error("%s", e.text);
		j->cancelled = true;
		finish(w, j);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct work *w = arg;
	struct job *j = w->running;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != sizeof(n) || j == NULL)
		return;
	pthread_join(w->thread, NULL);
	w->running = NULL;
	finish(w, j);
	next(w);
}

struct work *
work_new(struct event_base *base, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	STAILQ_INIT(&w->waiting);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd >= 0)
		w->readable = event_new(base, w->fd, EV_READ | EV_PERSIST,
					on_readable, w);
	if (w->readable == NULL || event_add(w->readable, NULL) < 0) {
		err_set(e, ERR_RESOURCE, "cannot watch a descriptor");
		work_free(w);
		return NULL;
	}
	return w;
}

void
work_free(struct work *w)
{
	struct job *j;

	if (w == NULL)
		return;
	if (w->running != NULL) {
		w->running->cancelled = true;
		pthread_join(w->thread, NULL);
		finish(w, w->running);
	}
	while ((j = STAILQ_FIRST(&w->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&w->waiting, next);
		j->cancelled = true;
		finish(w, j);
	}
	if (w->readable != NULL)
		event_free(w->readable);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

int
work_start(struct work *w, struct job *j, struct err *e)
{
	if (w->n >= WORK_MAX)
		return err_set(e, ERR_RESOURCE, "%d keys are being made or imported "
			       "already: try again when one is done", WORK_MAX);
	if (w->running != NULL)
		STAILQ_INSERT_TAIL(&w->waiting, j, next);
	else if (run(w, j, e) < 0)
		return -1;
	w->n++;
	return 0;
}
