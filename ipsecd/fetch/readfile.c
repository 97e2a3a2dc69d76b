#include "readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealed.h"
#include "why.h"

static int
fail(struct file_job *f, const char *why)
{
	snprintf(f->why, sizeof(f->why), "cannot be read: %s", why);
	return -1;
}

/* Neither a way round (a link) nor something to wait for (a pipe, a device). */
static int
open_file(struct file_job *f)
{
	int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
		      O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail(f, errno == ELOOP ? "it is a symbolic link, which is "
			    "not followed" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return fail(f, "it is no regular file");
}

static int
copy(struct file_job *f, int from)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		f->len += (size_t)n;
		if (f->len > f->most) {
			why_too_long(f->why, f->most);
			return -1;
		}
		if (!sealed_add(f->fd, buf, (size_t)n))
			return fail(f, strerror(errno));
	}
	if (n < 0)
		return fail(f, strerror(errno));
	if (f->len == 0) {
		snprintf(f->why, sizeof(f->why), "is empty");
		return -1;
	}
	return sealed_close(f->fd) ? 0 : fail(f, strerror(errno));
}

static void
run(struct job *j)
{
	struct file_job *f = (struct file_job *)j;
	int from = open_file(f);

	if (from < 0)
		return;
	f->fd = sealed_new();
	if ((f->fd < 0 ? fail(f, strerror(errno)) : copy(f, from)) < 0 &&
	    f->fd >= 0) {
		close(f->fd);
		f->fd = -1;
	}
	close(from);
}

static void
done(struct job *j)
{
	struct file_job *f = (struct file_job *)j;

	f->then(f);
}

struct file_job *
file_job_new(const char *path, size_t most, void (*then)(struct file_job *),
	     void *arg)
{
	struct file_job *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->job.run = run;
	f->job.done = done;
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->most = most;
	f->fd = -1;
	f->then = then;
	f->arg = arg;
	return f;
}

void
file_job_free(struct file_job *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}
