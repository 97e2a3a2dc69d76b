#include "script.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lexer.h"
#include "secret.h"
#include "str.h"

#define CHUNK	65536

struct reader {
	int		 fd;
	char		 buf[CHUNK];
	size_t		 len, off;
	struct str	 line;
	bool		 eof;
};

static bool
is_idle(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* More bytes; what was gathered is sent first if there are none yet. */
static enum status
fill(struct shell *sh, struct reader *r)
{
	enum status st = ST_OK;
	ssize_t n;

	if (is_idle(r->fd))
		st = shell_flush(sh);
	do
		n = read(r->fd, r->buf, sizeof(r->buf));
	while (n < 0 && errno == EINTR);
	if (n < 0 && st == ST_OK) {
		shell_complain(sh, "cannot read: %s", strerror(errno));
		st = ST_FAILED;
	}
	r->eof = n <= 0;
	r->off = 0;
	r->len = n > 0 ? (size_t)n : 0;
	return st;
}

/* What comes through SSH may end anywhere, and the beginning of a line may well
 * mean something else: "commit" of "commit confirmed". */
static bool
is_cut(int fd)
{
	const char *ssh = getenv("SSH_CONNECTION");
	struct stat st;

	return ssh && *ssh && fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* The next line in r->line; false at the end or after an error. */
static bool
next_line(struct shell *sh, struct reader *r, enum status *st)
{
	str_clear(&r->line);
	while (*st == ST_OK && !r->eof) {
		char *nl;
		size_t n;

		if (r->off == r->len) {
			*st = fill(sh, r);
			continue;
		}
		nl = memchr(r->buf + r->off, '\n', r->len - r->off);
		n = nl ? (size_t)(nl - r->buf) - r->off : r->len - r->off;
		if (r->line.len <= LEXER_LINE_MAX)
			str_addn(&r->line, r->buf + r->off, n);
		r->off += n + (nl != NULL);
		if (nl)
			return true;
	}
	if (*st != ST_OK || r->line.len == 0)
		return false;
	if (!is_cut(r->fd))
		return true;
	shell_complain(sh, "the last line has no end, as if the connection had "
		       "been lost in it: it was not run");
	*st = ST_USAGE;
	return false;
}

static enum status
run_line(struct shell *sh, struct str *line)
{
	sh->source.line++;
	if (line->len && line->s[line->len - 1] == '\r')
		str_cut(line, line->len - 1);
	if (line->len != strlen(str_get(line))) {
		shell_complain(sh, "a NUL in the line; is this a script?");
		return ST_USAGE;
	}
	return shell_run(sh, str_get(line));
}

enum status
script_fd(struct shell *sh, int fd, const char *name)
{
	struct reader *r = mem_zero(1, sizeof(*r));
	enum status st = ST_OK;

	r->fd = fd;
	sh->source.name = name;
	sh->source.line = 0;
	while (st == ST_OK && !sh->quit && next_line(sh, r, &st))
		st = run_line(sh, &r->line);
	secret_wipe_mem(r->buf, sizeof(r->buf));
	str_wipe(&r->line);
	free(r);
	return st == ST_OK ? shell_end(sh) : st;
}

enum status
script_text(struct shell *sh, const char *commands)
{
	enum status st = ST_OK;
	char *line;

	sh->source.name = "-c";
	sh->source.line = 0;
	while (st == ST_OK && !sh->quit && (line = lexer_command(&commands))) {
		sh->source.line++;
		st = shell_run(sh, line);
		secret_wipe_mem(line, strlen(line));
		free(line);
	}
	return st == ST_OK ? shell_end(sh) : st;
}
