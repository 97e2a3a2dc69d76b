/* ping and traceroute: their arguments, and their output line by line. */
#include "cmds.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "parse.h"
#include "shell.h"
#include "suggest.h"
#include "tool.h"

#define PINGS	5

struct run {
	struct shell	*sh;
	bool		 ended;
};

/* --- arguments --- */

static void
take_source(struct parse *p)
{
	const char *w = parse_any(p, "<ADDRESS>", "An address of this system.");

	if (!w && p->offer)
		suggest_addresses(&p->next);
	if (w && strlen(w) < sizeof(p->tool.source))
		strcpy(p->tool.source, w);
	else if (w)
		parse_fail(p, "source is an address of this system");
}

static void
take_number(struct parse *p, unsigned int max, unsigned int *out)
{
	const char *w = parse_any(p, "<NUMBER>", "");
	char *end;
	unsigned long n;

	if (!w)
		return;
	n = strtoul(w, &end, 10);
	if (*w < '0' || *w > '9' || *end || n < 1 || n > max)
		parse_fail(p, "'%.20s' is not a number from 1 to %u", w, max);
	else
		*out = (unsigned int)n;
}

enum { OPT_SOURCE = 1, OPT_COUNT, OPT_SIZE };

static const struct {
	const char	*word, *help;
	int		 option;
} options[] = {
	{ "source", "The address to send from.", OPT_SOURCE },
	{ "count", "How many, instead of 5.", OPT_COUNT },
	{ "size", "Octets of data in each, instead of 56.", OPT_SIZE },
};

static void
take_options(struct parse *p, unsigned int n)
{
	unsigned int seen = 0;
	struct expect_item it;
	struct expect set;

	while (!p->done) {
		expect_init(&set);
		for (unsigned int i = 0; i < n; i++)
			if (!(seen & 1u << i))
				expect_add(&set, EXPECT_WORD, options[i].word,
					   options[i].help, NULL,
					   options[i].option);
		expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
		if (!parse_choose(p, &set, "option", &it))
			return;
		seen |= 1u << (it.n - OPT_SOURCE);
		if (it.n == OPT_SOURCE)
			take_source(p);
		else if (it.n == OPT_COUNT)
			take_number(p, TOOL_COUNT_MAX, &p->tool.count);
		else
			take_number(p, TOOL_SIZE_MAX, &p->tool.size);
	}
}

static void
args_tool(struct parse *p, enum tool tool, unsigned int n_options)
{
	const char *w = parse_any(p, "<HOST>", "An address or a name.");
	struct err e = ERR_INIT;

	if (!w)
		return;
	p->tool.tool = tool;
	if (strlen(w) < sizeof(p->tool.host))
		strcpy(p->tool.host, w);
	if (tool_check(&p->tool, &e) < 0) {
		parse_fail(p, "%s", e.text);
		return;
	}
	take_options(p, n_options);
	if (!parse_failed(p) && tool_check(&p->tool, &e) < 0)
		parse_fail(p, "%s", e.text);
}

void
args_ping(struct parse *p)
{
	args_tool(p, TOOL_PING, 3);
}

void
args_traceroute(struct parse *p)
{
	args_tool(p, TOOL_TRACEROUTE, 1);
}

/* --- running --- */

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		r->ended = true;
		event_base_loopbreak(r->sh->base);
		return;
	}
	buf[n] = '\0';
	out_text(&r->sh->out, buf);
	if (out_stopped(&r->sh->out))
		tool_stop(r->sh->tools);
}

static enum status
run_tool(struct shell *sh, const struct tool_request *req)
{
	struct run r = { sh, false };
	struct err e = ERR_INIT;
	struct event *ev;
	int fd, status;

	if (tool_run(sh->tools, req, &fd, &e) < 0) {
		shell_error(sh, &e);
		return ST_FAILED;
	}
	ev = event_new(sh->base, fd, EV_READ | EV_PERSIST, on_output, &r);
	sh->tool_runs = true;
	if (ev && event_add(ev, NULL) == 0)
		while (!r.ended && loop_turn(sh->base, EVLOOP_ONCE) >= 0)
			;
	sh->tool_runs = false;
	if (ev)
		event_free(ev);
	close(fd);
	status = tool_status(sh->tools);
	return status == 0 ? ST_OK : ST_FAILED;
}

int
cmd_tool(struct shell *sh, struct parse *p)
{
	struct tool_request req = p->tool;

	if (sh->tools < 0) {
		shell_complain(sh, "this shell was started without the process "
			       "that runs ping");
		return ST_FAILED;
	}
	if (req.tool == TOOL_PING && !req.count)
		req.count = PINGS;
	sh->out.live = true;
	return run_tool(sh, &req);
}
