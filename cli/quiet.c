#include "quiet.h"

#include <stddef.h>
#include <unistd.h>

/* The terminal is put back before any of these has its effect. */
static const int signals[QUIET_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t caught;	/* by a signal: no argument */

static void
on_signal(int sig)
{
	caught = sig;
}

int
quiet_begin(struct quiet *q, int fd, enum quiet_mode mode)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct termios quiet;

	if (tcgetattr(fd, &q->cooked) < 0)
		return -1;
	q->fd = fd;
	quiet = q->cooked;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	quiet.c_cc[VSUSP] = quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	if (mode == QUIET_LINE) {
		quiet.c_lflag |= ECHONL;
		quiet.c_iflag |= ICRNL;
	} else {
		quiet.c_iflag &= ~(tcflag_t)(ICRNL | IGNCR | INLCR);
		quiet.c_cc[VEOL] = '\r';
	}
	caught = 0;
	for (size_t i = 0; i < QUIET_SIGNALS; i++)
		sigaction(signals[i], &stop, &q->was[i]);
	tcsetattr(fd, mode == QUIET_LINE ? TCSAFLUSH : TCSADRAIN, &quiet);
	return 0;
}

void
quiet_end(struct quiet *q)
{
	tcsetattr(q->fd, TCSADRAIN, &q->cooked);
	for (size_t i = 0; i < QUIET_SIGNALS; i++)
		sigaction(signals[i], &q->was[i], NULL);
	if (caught && caught != SIGINT)
		raise(caught);
	caught = 0;
}

bool
quiet_caught(void)
{
	return caught != 0;
}
