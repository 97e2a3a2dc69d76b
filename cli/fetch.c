#include "fetch.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "secret.h"
#include "shell.h"
#include "str.h"
#include "tool.h"

#define WHY_MAX		4096	/* of what it says when it fails */

struct run {
	struct shell	*sh;
	struct str	*out;
	size_t		 max;
	bool		 ended;
};

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf));

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && r->out->len <= r->max + WHY_MAX)
		str_addn(r->out, buf, (size_t)n);
	secret_wipe_mem(buf, sizeof(buf));
	if (n <= 0) {
		r->ended = true;
		event_base_loopbreak(r->sh->base);
	}
}

/* Until its output ends; its exit status. */
static int
collect(struct run *r, int fd)
{
	struct shell *sh = r->sh;
	struct event *ev = event_new(sh->base, fd, EV_READ | EV_PERSIST,
				     on_output, r);

	sh->tool_runs = true;
	if (ev && event_add(ev, NULL) == 0)
		while (!r->ended && loop_turn(sh->base, EVLOOP_ONCE) >= 0)
			;
	sh->tool_runs = false;
	if (ev)
		event_free(ev);
	close(fd);
	return tool_status(sh->tools);
}

/* What it has said, on one line, without its name. */
static int
failed(struct str *said, struct err *e)
{
	static const char name[] = "culvert-fetch: ";
	char *s;

	str_addc(said, '\0');
	for (s = said->s; *s; s++)
		if (*s == '\n')
			*s = s[1] ? ' ' : '\0';
	s = said->s;
	if (!strncmp(s, name, sizeof(name) - 1))
		s += sizeof(name) - 1;
	err_set(e, ERR_REALITY, "%s", *s ? s : "interrupted");
	str_wipe(said);
	return -1;
}

int
fetch_url(struct shell *sh, const char *url, size_t max, struct str *out,
	  struct err *e)
{
	struct tool_request req = { .tool = TOOL_FETCH,
				    .size = (unsigned int)max };
	struct run r = { .sh = sh, .out = out, .max = max };
	int fd;

	if (sh->tools < 0)
		return err_set(e, ERR_REALITY, "this shell was started without "
			       "the process that fetches");
	if (strlen(url) >= sizeof(req.host))
		return err_set(e, ERR_INVALID, "a URL has %d characters at "
			       "most", TOOL_HOST_MAX - 1);
	strcpy(req.host, url);
	if (tool_run(sh->tools, &req, &fd, e) < 0)
		return -1;
	if (collect(&r, fd) != 0)
		return failed(out, e);
	if (out->len > max)
		return err_set(e, ERR_INVALID, "%.200s is larger than %zu kB",
			       url, max >> 10);
	return 0;
}
