/*
 * worker: a thread is started when there is a job and ends when there is none;
 * what it has run comes back over a pipe, as a pointer.
 */
#include "worker.h"

#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
	pthread_mutex_t		 lock;		/* of the next three */
	STAILQ_HEAD(, job)	 waiting;
	unsigned int		 running;	/* threads */
	unsigned int		 threads;
	int			 back[2];
	struct event		*event;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct job *j;

	for (;;) {
		pthread_mutex_lock(&w->lock);
		j = STAILQ_FIRST(&w->waiting);
		if (j == NULL) {
			w->running--;
			pthread_mutex_unlock(&w->lock);
			return NULL;
		}
		STAILQ_REMOVE_HEAD(&w->waiting, next);
		pthread_mutex_unlock(&w->lock);
		j->run(j);
		/* A pointer is written whole, or the pipe is full: it waits. */
		while (write(w->back[1], &j, sizeof(j)) < 0)
			;
	}
}

static void
on_done(evutil_socket_t fd, short what, void *arg)
{
	struct job *j;

	(void)what;
	(void)arg;
	while (read(fd, &j, sizeof(j)) == (ssize_t)sizeof(j))
		j->done(j);
}

static bool
start_thread(struct worker *w)
{
	pthread_attr_t attr;
	pthread_t id;
	bool ok;

	if (pthread_attr_init(&attr) != 0)
		return false;
	ok = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
	    pthread_create(&id, &attr, work, w) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

struct worker *
worker_new(struct event_base *base, unsigned int threads, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w != NULL && pipe2(w->back, O_CLOEXEC) == 0 &&
	    pthread_mutex_init(&w->lock, NULL) == 0 &&
	    evutil_make_socket_nonblocking(w->back[0]) == 0)
		w->event = event_new(base, w->back[0], EV_READ | EV_PERSIST,
				     on_done, NULL);
	if (w == NULL || w->event == NULL || event_add(w->event, NULL) < 0) {
		err_set(e, ERR_RESOURCE, "out of memory");
		free(w);		/* the process ends */
		return NULL;
	}
	STAILQ_INIT(&w->waiting);
	w->threads = threads;
	return w;
}

void
worker_give(struct worker *w, struct job *j)
{
	bool more;

	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->waiting, j, next);
	more = w->running < w->threads;
	if (more)
		w->running++;
	pthread_mutex_unlock(&w->lock);
	if (!more || start_thread(w))
		return;
	/* A job waits for the next that comes; a deadline is its owner's. */
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_mutex_unlock(&w->lock);
}
