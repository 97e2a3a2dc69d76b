/*
 * work: what takes long (making a key, opening a PKCS#12) is done in a thread, one
 * job after the other, so that who waits for a MAC or a signature does not notice.
 */
#ifndef CULVERT_KEYS_WORK_H
#define CULVERT_KEYS_WORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "err.h"

#define WORK_MAX	8		/* jobs, waiting and under way */

struct event_base;
struct work;

struct job {
	STAILQ_ENTRY(job)	 next;
	atomic_bool		 cancelled;
	/* In the thread: touches nothing but the job, and leaves off when it is
	 * cancelled. */
	void			(*run)(struct job *);
	/* In the loop, afterwards; also of a job that was cancelled, run or not.
	 * Frees it. */
	void			(*done)(struct job *);
};

/* Opens what the threads need; none is started before there is a job. */
struct work *work_new(struct event_base *, struct err *);
/* Cancels all jobs and waits for the thread, which leaves off soon. */
void	work_free(struct work *);
/* -1: too many wait already, or no thread can be started; done is not called. */
int	work_start(struct work *, struct job *, struct err *)
		__attribute__((warn_unused_result));

#endif
