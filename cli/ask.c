#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "quiet.h"
#include "shell.h"
#include "str.h"

/* A line, octet by octet: what is behind it belongs to somebody else. */
static int
read_line(int fd, int timeout_ms, struct str *line, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c = '\0';
	ssize_t n = 0;

	while (!quiet_caught() && line->len <= ASK_MAX) {
		n = poll(&p, 1, timeout_ms);
		if (n == 0)
			return err_set(e, ERR_REALITY, "nothing was typed");
		if (n > 0)
			n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c == '\n')
			break;
		str_addc(line, c);
	}
	if (quiet_caught())
		return err_set(e, ERR_REALITY, "interrupted");
	if (n < 0)
		return err_set(e, ERR_REALITY, "cannot read: %s",
			       strerror(errno));
	if (line->len > ASK_MAX)
		return err_set(e, ERR_INVALID, "it is longer than %d "
			       "characters", ASK_MAX);
	if (line->len && line->s[line->len - 1] == '\r')
		str_cut(line, line->len - 1);
	if (n == 0 && !line->len)
		return err_set(e, ERR_REALITY, "there is no password to read");
	return 0;
}

static int
read_quietly(int fd, int timeout_ms, struct str *line, struct err *e)
{
	struct quiet q;
	int rc;

	if (quiet_begin(&q, fd, QUIET_LINE) < 0)
		return err_set(e, ERR_REALITY, "cannot ask for a password: %s",
			       strerror(errno));
	rc = read_line(fd, timeout_ms, line, e);
	if (rc < 0)
		dprintf(fd, "\n");	/* nobody has typed one */
	quiet_end(&q);
	return rc;
}

int
ask_secret(struct shell *sh, const char *prompt, struct str *answer,
	   struct err *e)
{
	int fd, rc;

	if (sh->passwords >= 0)
		return read_line(sh->passwords, -1, answer, e);
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set(e, ERR_REALITY, "there is no terminal to ask "
			       "for it; a script hands it over with "
			       "--password-fd");
	fflush(stdout);
	dprintf(fd, "%s: ", prompt);
	rc = read_quietly(fd, sh->tty && sh->idle ? (int)sh->idle * 1000 : -1,
			  answer, e);
	close(fd);
	return rc;
}
