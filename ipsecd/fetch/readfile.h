/*
 * readfile: regular files, read by the thread of a worker: who knows on what they are.
 */
#ifndef CULVERT_FETCH_READFILE_H
#define CULVERT_FETCH_READFILE_H

#include <stddef.h>

#include "proc/messages.h"
#include "worker.h"

struct file_job {
	struct job	 job;
	char		 path[FETCH_URL_MAX + 1];
	size_t		 most;
	/* what came of it */
	int		 fd;			/* sealed; -1: why */
	size_t		 len;
	char		 why[FETCH_WHY_MAX];
	/* in the loop, with the job, which is the callee's to free */
	void		(*then)(struct file_job *);
	void		*arg;
};

/* A job to be given to a worker; NULL: out of memory. */
struct file_job *file_job_new(const char *path, size_t most,
			      void (*then)(struct file_job *), void *arg);
void	file_job_free(struct file_job *);

#endif
