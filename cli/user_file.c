#include "user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret.h"
#include "str.h"

static int
hidden(const char *name, size_t len, struct err *e)
{
	if (len == 0 || name[0] != '.' || len == 1 ||
	    (len == 2 && name[1] == '.'))
		return 0;
	return err_set(e, ERR_INVALID, "'%.*s' begins with a dot: such files "
		       "steer other programs and are not written from here",
		       len > 60 ? 60 : (int)len, name);
}

int
user_file_check(const char *path, struct err *e)
{
	const char *p = path;
	struct stat st;

	for (;; p++) {
		size_t len = strcspn(p, "/");

		if (hidden(p, len, e) < 0)
			return -1;
		p += len;
		if (!*p)
			break;
	}
	if (!*path || p[-1] == '/')
		return err_set(e, ERR_INVALID, "the name of a file is expected "
			       "here");
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%.200s is there and is not a "
			       "plain file", path);
	return 0;
}

int
user_file_create(struct user_file *u, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) + 1 : 0, fd;

	memset(u, 0, sizeof(*u));
	if (user_file_check(path, e) < 0)
		return -1;
	u->path = str_dup(path);
	u->tmp = str_f("%.*s.culvert.XXXXXX", len, path);
	fd = mkostemp(u->tmp, O_CLOEXEC);		/* mode 0600 */
	u->f = fd < 0 ? NULL : fdopen(fd, "w");
	if (u->f)
		return 0;
	err_set(e, ERR_REALITY, "cannot write %.200s: %s", path,
		strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(u->tmp);
	}
	free(u->path);
	free(u->tmp);
	memset(u, 0, sizeof(*u));
	return -1;
}

int
user_file_keep(struct user_file *u, struct err *e)
{
	bool ok = fflush(u->f) == 0 && !ferror(u->f) &&
	    fsync(fileno(u->f)) == 0;

	/* somebody may have put something else there meanwhile */
	if (ok && user_file_check(u->path, e) < 0)
		return -1;
	if (!ok || rename(u->tmp, u->path) < 0)
		return err_set(e, ERR_REALITY, "cannot write %.200s: %s",
			       u->path, strerror(errno));
	free(u->tmp);
	u->tmp = NULL;
	return 0;
}

void
user_file_drop(struct user_file *u)
{
	if (u->f)
		fclose(u->f);
	if (u->tmp)
		unlink(u->tmp);
	free(u->path);
	free(u->tmp);
	memset(u, 0, sizeof(*u));
}

/* --- reading --- */

static volatile sig_atomic_t interrupted;	/* by a signal: no argument */

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int
read_all(int fd, size_t max, struct str *text, struct err *e)
{
	char buf[16384];
	ssize_t n = 1;

	while (n > 0 && text->len <= max) {
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			str_addn(text, buf, (size_t)n);
		else if (n < 0 && errno == EINTR && !interrupted)
			n = 1;
	}
	secret_wipe_mem(buf, sizeof(buf));
	if (n < 0)
		return err_set(e, ERR_REALITY, errno == EINTR ? "interrupted" :
			       "cannot read: %s", strerror(errno));
	if (text->len > max)
		return err_set(e, ERR_INVALID, "it is larger than %zu %s",
			       max >> (max >> 20 ? 20 : 10),
			       max >> 20 ? "MB" : "kB");
	return 0;
}

/* --- at a terminal --- */

/* What is pasted comes at once; then nobody goes on. */
#define PASTE_MS	1000

/* What has been typed so far, a line at a time. */
struct paste {
	struct str	*text;
	size_t		 line;		/* where the last one begins */
	bool		 pem;		/* a block has ended, */
	bool		 open;		/* or one has begun */
};

/* Looks at the last line; true: it says that this is all. */
static bool
paste_ends(struct paste *p)
{
	const char *line = p->text->s + p->line;

	if (!strcmp(line, ".\n") || !strcmp(line, ".\r\n")) {
		str_cut(p->text, p->line);
		return true;
	}
	if (!strncmp(line, "-----BEGIN ", 11))
		p->open = true;
	if (!strncmp(line, "-----END ", 9)) {
		p->open = false;
		p->pem = true;
	}
	return false;
}

/* Whether somebody goes on behind the end of a block. */
static bool
paste_goes_on(const struct paste *p)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return !p->pem || p->open || poll(&fd, 1, PASTE_MS) > 0;
}

static int
read_pasted(size_t max, struct str *text, struct err *e)
{
	struct paste p = { .text = text };
	char buf[4096];
	ssize_t n = 1;

	while (n > 0 && text->len <= max && paste_goes_on(&p)) {
		p.line = text->len;
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR && !interrupted)
			n = 1;
		else if (n > 0) {
			str_addn(text, buf, (size_t)n);
			if (paste_ends(&p))
				break;
		}
	}
	secret_wipe_mem(buf, sizeof(buf));
	if (n < 0 || interrupted)
		return err_set(e, ERR_REALITY, "interrupted");
	if (text->len > max)
		return err_set(e, ERR_INVALID, "it is larger than %zu kB",
			       max >> 10);
	return 0;
}

/* Ctrl-C ends the reading and not the session. */
static int
read_typed(const char *hint, size_t max, bool octets, struct str *text,
	   struct err *e)
{
	struct sigaction stop = { .sa_handler = on_interrupt }, was;
	int rc;

	fputs(hint, stdout);
	fflush(stdout);
	interrupted = 0;
	sigaction(SIGINT, &stop, &was);
	rc = octets ? read_pasted(max, text, e) :
	    read_all(STDIN_FILENO, max, text, e);
	sigaction(SIGINT, &was, NULL);
	interrupted = 0;
	return rc;
}

static int
read_file(const char *path, size_t max, struct str *text, struct err *e)
{
	struct stat st;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot read %.200s: %s", path,
			       strerror(errno));
	rc = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ?
	    err_set(e, ERR_INVALID, "not a plain file") :
	    read_all(fd, max, text, e);
	if (rc < 0)
		err_prefix(e, "%.200s", path);
	close(fd);
	return rc;
}

int
user_file_read(const char *path, bool tty, struct str *text, struct err *e)
{
	int rc;

	if (strcmp(path, "-") != 0)
		rc = read_file(path, USER_FILE_MAX, text, e);
	else if (tty)
		rc = read_typed("Type or paste settings; Ctrl-D on a line of "
				"its own ends them, Ctrl-C forgets them.\n",
				USER_FILE_MAX, false, text, e);
	else
		rc = read_all(STDIN_FILENO, USER_FILE_MAX, text, e);
	if (rc < 0 || !text->len || !memchr(text->s, '\0', text->len))
		return rc;
	err_set(e, ERR_INVALID, "there is a NUL in it: this is no "
		"configuration");
	return strcmp(path, "-") ? err_prefix(e, "%.200s", path) : -1;
}

int
user_file_octets(const char *path, bool tty, size_t max, struct str *text,
		 struct err *e)
{
	if (strcmp(path, "-") != 0)
		return read_file(path, max, text, e);
	if (tty)
		return read_typed("Paste it. PEM ends by itself, anything else "
				  "with a dot on a line of its own;\nCtrl-C "
				  "forgets it.\n", max, true, text, e);
	return read_all(STDIN_FILENO, max, text, e);
}
