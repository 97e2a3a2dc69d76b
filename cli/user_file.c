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

#include "quiet.h"
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

/* Behind what is not taken: no line of it may become one of the shell. */
#define REST_MS		300
#define REST_MAX	(16u << 20)

/* What is pasted, a line at a time. */
struct paste {
	struct str	*text;
	size_t		 at;		/* where the last line begins */
	unsigned int	 lines, block;	/* how many; of them in this block */
	bool		 headed;	/* this block has headers, and a blank line */
	bool		 cr;		/* the last line ended with CR */
	bool		 all;		/* a dot on a line of its own */
};

/* What stands for a block that nobody sees: what it is and how long. */
static void
paste_tell(struct paste *p, const char *line)
{
	p->lines++;
	p->block += p->block > 0;
	if (!strncmp(line, "-----BEGIN ", 11)) {
		p->block = 1;
		p->headed = false;
	} else if (!strncmp(line, "-----END ", 9)) {
		size_t len = strspn(line + 9, "ABCDEFGHIJKLMNOPQRSTUVWXYZ "
				    "0123456789");

		printf("%.*s: %u lines\n", len > 40 ? 40 : (int)len,
		       line + 9, p->block);
		fflush(stdout);
		p->block = 0;
	}
}

/* Looks at the last line. It ends with LF, whatever it was sent with: some
 * terminals send CR twice for CR LF, which makes blank lines in a block. */
static void
paste_line(struct paste *p)
{
	struct str *t = p->text;
	char *last = &t->s[t->len - 1];
	bool cr = *last == '\r';

	if (p->cr && t->len - p->at == 1 && *last == '\n') {
		str_cut(t, p->at);		/* of CR LF */
		p->cr = false;
		return;
	}
	p->cr = cr;
	if (cr)
		*last = '\n';
	p->all = !strcmp(t->s + p->at, ".\n");
	p->headed |= strchr(t->s + p->at, ':') != NULL;
	if (p->all || (p->block && !p->headed && t->s[p->at] == '\n'))
		str_cut(t, p->at);
	else
		paste_tell(p, t->s + p->at);
}

static int
read_lines(size_t max, struct paste *p, struct err *e)
{
	char buf[4096];
	ssize_t n = 1;

	while (n > 0 && p->text->len <= max && !p->all && !quiet_caught()) {
		p->at = p->text->len;
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR && !quiet_caught())
			n = 1;
		else if (n > 0) {
			str_addn(p->text, buf, (size_t)n);
			paste_line(p);
		}
	}
	secret_wipe_mem(buf, sizeof(buf));
	if (n < 0 || quiet_caught())
		return err_set(e, ERR_REALITY, "interrupted");
	if (p->text->len > max)
		return err_set(e, ERR_INVALID, "it is larger than %zu kB",
			       max >> 10);
	return 0;
}

/* Until nothing comes any more. */
static void
drop_rest(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t dropped = 0;
	char buf[4096];
	ssize_t n = 1;

	while (n > 0 && dropped < REST_MAX && poll(&fd, 1, REST_MS) > 0) {
		n = read(STDIN_FILENO, buf, sizeof(buf));
		dropped += n > 0 ? (size_t)n : 0;
	}
	secret_wipe_mem(buf, sizeof(buf));
}

static int
read_pasted(size_t max, struct str *text, struct err *e)
{
	struct paste p = { .text = text };
	struct quiet q;
	int rc;

	if (quiet_begin(&q, STDIN_FILENO, QUIET_PASTE) < 0)
		return err_set(e, ERR_REALITY, "cannot turn off the echo: %s",
			       strerror(errno));
	printf("Paste it; it is not shown. A dot on a line of its own, or "
	       "Ctrl-D, ends it,\nCtrl-C forgets it.\n");
	fflush(stdout);
	rc = read_lines(max, &p, e);
	if (rc < 0)
		drop_rest();
	else
		printf("%u lines in all\n", p.lines);
	quiet_end(&q);
	return rc;
}

/* Ctrl-C ends the reading and not the session. */
static int
read_typed(const char *hint, size_t max, struct str *text, struct err *e)
{
	struct sigaction stop = { .sa_handler = on_interrupt }, was;
	int rc;

	fputs(hint, stdout);
	fflush(stdout);
	interrupted = 0;
	sigaction(SIGINT, &stop, &was);
	rc = read_all(STDIN_FILENO, max, text, e);
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
				USER_FILE_MAX, text, e);
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
		return read_pasted(max, text, e);
	return read_all(STDIN_FILENO, max, text, e);
}
