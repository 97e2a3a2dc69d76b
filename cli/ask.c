#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "secret.h"
#include "shell.h"
#include "str.h"

/* The terminal is put back before any of these has its effect. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
#define SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t caught;	/* by a signal: no argument */

static void
on_signal(int sig)
{
	caught = sig;
}

/* A line, octet by octet: what is behind it belongs to somebody else. */
static int
read_line(int fd, int timeout_ms, struct str *line, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c = '\0';
	ssize_t n = 0;

	while (!caught && line->len <= ASK_MAX) {
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
	if (caught)
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
	struct sigaction stop = { .sa_handler = on_signal }, was[SIGNALS];
	struct termios cooked, quiet;
	int rc;

	if (tcgetattr(fd, &cooked) < 0)
		return err_set(e, ERR_REALITY, "cannot ask for a password: %s",
			       strerror(errno));
	quiet = cooked;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ISIG | ECHONL;
	quiet.c_iflag |= ICRNL;
	quiet.c_cc[VSUSP] = quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	caught = 0;
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &stop, &was[i]);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	rc = read_line(fd, timeout_ms, line, e);
	tcsetattr(fd, TCSADRAIN, &cooked);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &was[i], NULL);
	if (caught && caught != SIGINT)
		raise(caught);
	caught = 0;
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
