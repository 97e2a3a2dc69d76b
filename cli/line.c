#include "line.h"

#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <readline/readline.h>

#include "client.h"
#include "keys.h"
#include "loop.h"
#include "pager.h"
#include "shell.h"
#include "str.h"
#include "term.h"
#include "tool.h"

#define SIGNALS		4
#define LAST_CALL	60	/* seconds before an idle session ends */

static struct editor {
	struct shell	*sh;
	struct event	*input;
	struct event	*sig[SIGNALS];
	struct event	*idle;		/* nothing was typed for long */
	char		*line;
	struct pager	*pager;
	struct out_screen screen;
	struct str	 held;		/* announced while a command ran */
	struct termios	 cooked;	/* while the pager has the terminal */
	bool		 paging;
	bool		 active;	/* readline has the terminal */
	bool		 readable, interrupted, resized, hangup;
	bool		 warned;	/* of being idle */
	bool		 done, eof;
} ed;		/* the one global: readline's callbacks have no argument */

/* --- the loop --- */

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ed.readable = true;
	event_base_loopbreak(ed.sh->base);
}

/* Stops the request that waits, if one does. */
static bool
stop_request(void)
{
	if (ed.sh->starting || !client_interrupt(ed.sh->client))
		return false;
	/* what comes next stands below the ^C of the terminal */
	putchar('\n');
	return true;
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	(void)arg;
	if (sig == SIGINT && ed.sh->tool_runs)
		tool_stop(ed.sh->tools);
	else if (sig == SIGINT && !stop_request())
		ed.interrupted = true;
	else if (sig == SIGWINCH)
		ed.resized = true;
	else if (sig == SIGHUP || sig == SIGTERM) {
		ed.hangup = true;
		if (ed.sh->tool_runs)
			tool_stop(ed.sh->tools);
		client_interrupt(ed.sh->client);
	}
	event_base_loopbreak(ed.sh->base);
}

/* --- nobody there? --- */

static void
rest(unsigned int seconds)
{
	if (seconds)
		event_add(ed.idle, &(struct timeval){ .tv_sec = seconds });
}

/* A key was typed, or a command has run: the time begins anew. */
static void
awake(void)
{
	ed.warned = false;
	rest(ed.sh->idle > LAST_CALL ? ed.sh->idle - LAST_CALL : ed.sh->idle);
}

/* Above the line being typed, which stays. */
static void
tell(const char *text)
{
	if (ed.active)
		rl_clear_visible_line();
	else
		fputs("\r\n", stdout);
	shell_note(ed.sh, "%s", text);
	if (ed.active)
		rl_forced_update_display();
}

static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (!ed.warned && ed.sh->idle > LAST_CALL) {
		ed.warned = true;
		rest(LAST_CALL);
		tell("nothing was typed for long: log-out in a minute");
	} else {
		ed.hangup = true;
		tell(ed.sh->changed ? "logged out: nothing was typed for too "
		     "long. The changes that were not committed are lost." :
		     "logged out: nothing was typed for too long");
	}
	event_base_loopbreak(ed.sh->base);
}

static void
wait_for_key(void)
{
	event_add(ed.input, NULL);
	loop_turn(ed.sh->base, EVLOOP_ONCE);
	event_del(ed.input);
	if (ed.readable)
		awake();
}

static void
release(void)
{
	if (ed.active)
		rl_callback_handler_remove();
	ed.active = false;
}

static void
on_line(char *line)
{
	/* The terminal is given back while the command runs. */
	release();
	ed.line = line;
	ed.eof = line == NULL;
	ed.done = true;
}

static void
drop_line(void)
{
	rl_callback_sigcleanup();
	rl_free_line_state();
	rl_crlf();
	rl_replace_line("", 0);
	rl_on_new_line();
	rl_redisplay();
}

static void
turn(void)
{
	wait_for_key();
	if (ed.interrupted) {
		ed.interrupted = false;
		drop_line();
	}
	if (ed.resized) {
		ed.resized = false;
		rl_resize_terminal();
	}
	if (ed.readable) {
		ed.readable = false;
		rl_callback_read_char();
	}
}

/* From within the event loop, so never through the pager. */
void
line_announce(const char *text)
{
	struct str clean = STR_INIT;

	if (ed.sh->out.clean && term_clean(text, &clean))
		text = str_get(&clean);
	if (ed.active && !ed.paging) {
		rl_clear_visible_line();
		fputs(text, stdout);
		fflush(stdout);
		rl_forced_update_display();
	} else
		str_add(&ed.held, text);
	str_fini(&clean);
}

void
line_show(const char *prompt)
{
	ed.done = ed.eof = ed.interrupted = false;
	ed.line = NULL;
	if (ed.held.len) {
		fputs(str_get(&ed.held), stdout);
		str_clear(&ed.held);
	}
	fflush(stdout);
	if (!ed.hangup) {
		rl_callback_handler_install(prompt, on_line);
		ed.active = true;
	}
}

char *
line_read(int *hangup)
{
	awake();
	while (!ed.done && !ed.hangup)
		turn();
	event_del(ed.idle);
	release();
	*hangup = ed.hangup;
	return ed.line;
}

/* --- the pager's keys --- */

static void
page_end(void *arg)
{
	(void)arg;
	if (ed.paging)
		tcsetattr(STDIN_FILENO, TCSANOW, &ed.cooked);
	ed.paging = false;
}

static bool
page_begin(void *arg)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct termios raw;

	/* a stream, or what is told while a call waits */
	if (loop_runs() ||
	    tcgetattr(STDIN_FILENO, &ed.cooked) < 0)
		return false;
	raw = ed.cooked;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return false;
	ed.paging = true;
	if (poll(&p, 1, 0) == 0)
		return true;
	page_end(arg);
	return false;
}

static int
page_key(void *arg)
{
	unsigned char key;

	(void)arg;
	awake();
	wait_for_key();
	event_del(ed.idle);
	if (ed.hangup || ed.interrupted) {
		ed.interrupted = false;
		return PAGER_STOP;
	}
	if (ed.readable) {
		ed.readable = false;
		return read(STDIN_FILENO, &key, 1) == 1 ? key : PAGER_STOP;
	}
	ed.resized = false;
	rl_reset_screen_size();
	return PAGER_RESIZED;
}

static bool
interrupted(void *arg)
{
	bool was;

	(void)arg;
	if (loop_runs())
		return false;
	loop_turn(ed.sh->base, EVLOOP_NONBLOCK);
	was = ed.interrupted || ed.hangup;
	ed.interrupted = false;
	return was;
}

static unsigned int
rows(void *arg)
{
	(void)arg;
	return ed.sh->length < 0 ? term_height() : (unsigned int)ed.sh->length;
}

static unsigned int
columns(void *arg)
{
	(void)arg;
	return term_width();
}

static void
add_screen(struct shell *sh)
{
	static const struct pager_ops ops = {
		page_begin, page_end, page_key, interrupted, rows, columns,
		NULL
	};

	if (!isatty(STDOUT_FILENO))
		return;
	ed.pager = pager_new(stdout, &ops);
	ed.screen = (struct out_screen){ pager_line, pager_end, ed.pager };
	sh->out.screen = &ed.screen;
	/* written at each answer's end, not line by line */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

static void
at_exit(void)
{
	release();
	page_end(NULL);
}

static int
add_signals(struct shell *sh)
{
	static const int signals[SIGNALS] = { SIGINT, SIGWINCH, SIGHUP,
					      SIGTERM };

	for (int i = 0; i < SIGNALS; i++) {
		ed.sig[i] = evsignal_new(sh->base, signals[i], on_signal, NULL);
		if (!ed.sig[i] || event_add(ed.sig[i], NULL) < 0)
			return -1;
	}
	/* There is no shell to go back to: Ctrl-Z and Ctrl-\ do nothing. */
	signal(SIGTSTP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	return 0;
}

int
line_init(struct shell *sh)
{
	memset(&ed, 0, sizeof(ed));
	ed.sh = sh;
	ed.input = event_new(sh->base, STDIN_FILENO, EV_READ, on_input, NULL);
	ed.idle = evtimer_new(sh->base, on_idle, NULL);
	if (!ed.input || !ed.idle || add_signals(sh) < 0)
		return -1;
	add_screen(sh);
	atexit(at_exit);
	rl_readline_name = "culvert";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_initialize();
	/* A pasted configuration is lines, not one line with newlines in it. */
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_variable_bind("completion-ignore-case", "on");
	rl_variable_bind("bell-style", "none");
	keys_init(sh);
	return 0;
}

void
line_fini(void)
{
	if (!ed.sh)
		return;
	release();
	str_fini(&ed.held);
	ed.sh->out.screen = NULL;
	pager_free(ed.pager);
	if (ed.input)
		event_free(ed.input);
	if (ed.idle)
		event_free(ed.idle);
	for (int i = 0; i < SIGNALS; i++)
		if (ed.sig[i])
			event_free(ed.sig[i]);
	memset(&ed, 0, sizeof(ed));
}
