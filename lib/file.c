#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_write(int dirfd, const char *name, const void *p, size_t len, struct err *e)
{
	char tmp[128];
	int fd, why;

	snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot write %s: %s", tmp,
			       strerror(errno));
	if (write_all(fd, p, len) < 0 || fsync(fd) < 0) {
		why = errno;
		close(fd);
		unlinkat(dirfd, tmp, 0);
		return err_set(e, ERR_REALITY, "cannot write %s: %s", tmp,
			       strerror(why));
	}
	close(fd);
	if (renameat(dirfd, tmp, dirfd, name) < 0)
		return err_set(e, ERR_REALITY, "cannot rename %s to %s: %s",
			       tmp, name, strerror(errno));
	if (fsync(dirfd) < 0)
		return err_set(e, ERR_REALITY, "cannot write the folder of %s: "
			       "%s", name, strerror(errno));
	return 0;
}

static int
read_all(int fd, const char *name, char *p, size_t len, struct err *e)
{
	ssize_t n;

	while (len > 0) {
		n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_REALITY, "cannot read %s: %s",
				       name, n < 0 ? strerror(errno) :
				       "it became shorter");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_read(int dirfd, const char *name, char **text, size_t *len, struct err *e)
{
	struct stat st;
	int fd, rc;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_REALITY,
			       "cannot open %s: %s", name, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		close(fd);
		return err_set(e, ERR_REALITY, "%s is not a file, or longer "
			       "than %u bytes", name, FILE_MAX);
	}
	*len = (size_t)st.st_size;
	*text = malloc(*len + 1);
	if (*text == NULL) {
		close(fd);
		return err_set(e, ERR_RESOURCE, "no memory to read %s", name);
	}
	(*text)[*len] = '\0';
	rc = read_all(fd, name, *text, *len, e);
	close(fd);
	if (rc < 0) {
		free(*text);
		*text = NULL;
	}
	return rc;
}
