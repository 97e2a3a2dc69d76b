/*
 * die: preloaded into a program, kills it with SIGKILL at one of the steps in
 * which it writes a file.
 *
 * DIE_ON is part of the path that counts; DIE_AT the step: 1 is in the middle
 * of the first write, 2 after it, then before and after fsync, rename and the
 * folder's fsync.  Above that, the program lives.
 */
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
counts(int fd, const char *name)
{
	const char *on = getenv("DIE_ON");
	char link[64], path[PATH_MAX + 1 + NAME_MAX + 1];
	ssize_t n;

	if (on == NULL)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX);
	if (n < 0)
		return 0;
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s", name);
	return strstr(path, on) != NULL;
}

static void
step(void)
{
	static int steps;
	const char *at = getenv("DIE_AT");

	if (at != NULL && ++steps == atoi(at))
		kill(getpid(), SIGKILL);
}

ssize_t
write(int fd, const void *p, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) =
	    (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	ssize_t n;

	if (!counts(fd, ""))
		return real(fd, p, len);
	n = real(fd, p, len / 2);
	step();
	if (n >= 0 && (size_t)n < len)
		n += real(fd, (const char *)p + n, len - (size_t)n);
	step();
	return n;
}

int
fsync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	int rc;

	if (!counts(fd, ""))
		return real(fd);
	step();
	rc = real(fd);
	step();
	return rc;
}

int
renameat(int from, const char *old, int to, const char *new)
{
	int (*real)(int, const char *, int, const char *) =
	    (int (*)(int, const char *, int, const char *))
	    dlsym(RTLD_NEXT, "renameat");
	int rc;

	if (!counts(to, new))
		return real(from, old, to, new);
	step();
	rc = real(from, old, to, new);
	step();
	return rc;
}
