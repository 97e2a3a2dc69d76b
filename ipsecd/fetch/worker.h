/*
 * worker: threads for what the kernel may take its time over: files and disks.
 *
 * A job runs in a thread and is then done in the event loop.  Whoever lost
 * interest forgets his pointer from the job, not the job.
 */
#ifndef CULVERT_FETCH_WORKER_H
#define CULVERT_FETCH_WORKER_H

#include <sys/queue.h>

#include "err.h"

struct event_base;
struct worker;

struct job {
	STAILQ_ENTRY(job)	 next;
	void			(*run)(struct job *);	/* in a thread */
	void			(*done)(struct job *);	/* in the loop; frees it */
};

/* Up to so many threads at once; with one, jobs run in their order. */
struct worker *worker_new(struct event_base *, unsigned int threads, struct err *);
/* Takes the job. */
void	worker_give(struct worker *, struct job *);

#endif
