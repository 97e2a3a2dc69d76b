#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "access.h"
#include "confd.h"
#include "diff.h"
#include "msg.h"
#include "session.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

#define FILE_NOW	"audit"
#define FILE_BEFORE	"audit.1"
#define LINE_MAX_LEN	1024
#define VALUE_MAX	80
#define TAIL		(1u << 18)	/* octets of each file to look at */
/* Somebody who tries all day must not wear the file out, nor hide behind his own
 * words what came of it. */
#define DENIALS_BURST	30
#define DENIALS_MS	60000
#define PATH_SHOWN	200

int
audit_open(struct audit *a, int dir, struct err *e)
{
	struct stat st;

	a->dir = dir;
	a->denials = (struct log_rate){ .interval_ms = DENIALS_MS,
					.burst = DENIALS_BURST };
	a->fd = openat(dir, FILE_NOW, O_WRONLY | O_APPEND | O_CREAT |
		       O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->fd < 0 || fstat(a->fd, &st) < 0)
		return err_set(e, ERR_REALITY, "cannot open the audit log: %s",
			       strerror(errno));
	a->size = (size_t)st.st_size;
	return 0;
}

void
audit_close(struct audit *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

/* --- writing --- */

static void
rotate(struct audit *a)
{
	struct err e;

	if (renameat(a->dir, FILE_NOW, a->dir, FILE_BEFORE) < 0) {
		log_error("cannot put the audit log aside: %s", strerror(errno));
		return;
	}
	audit_close(a);
	if (audit_open(a, a->dir, &e) < 0)
		log_error("%s", e.text);
}

/* One field: no separator and no end of a line in it. */
static size_t
add_field(char *out, size_t size, size_t n, const char *text, char end)
{
	size_t from = n;

	for (; *text != '\0' && n + 2 < size; text++)
		out[n++] = *text;
	out[n] = '\0';
	msg_tame(out + from);
	out[n++] = end;
	out[n] = '\0';
	return n;
}

static void
write_line(struct audit *a, const char *user, const char *role,
	   const char *from, const char *text)
{
	char line[LINE_MAX_LEN], when[32];
	time_t now = time(NULL);
	struct tm tm;
	size_t n = 0;

	log_quietly("audit: %s (%s) from %s: %s", user, role, from, text);
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = add_field(line, sizeof(line), n, when, '\t');
	n = add_field(line, sizeof(line), n, user, '\t');
	n = add_field(line, sizeof(line), n, role, '\t');
	n = add_field(line, sizeof(line), n, from, '\t');
	n = add_field(line, sizeof(line), n, text, '\n');
	if (a->fd < 0)
		return;
	if (a->size + n > AUDIT_MAX)
		rotate(a);
	if (a->fd >= 0 && write(a->fd, line, n) == (ssize_t)n)
		a->size += n;
	else
		log_error("cannot write the audit log: %s", strerror(errno));
}

/* Who it was, also if his session has gone by now. */
struct author {
	const char	*user, *role, *from;
};

static struct author
author_of(const struct session *s, const struct commit *c)
{
	if (s != NULL)
		return (struct author){ s->who, role_str(s->role),
		    s->from != NULL ? s->from : "-" };
	if (c != NULL && c->user != NULL)
		return (struct author){ c->user, "-",
		    c->from != NULL ? c->from : "-" };
	return (struct author){ "confd", "-", "-" };
}

void
audit_note(struct audit *a, const struct session *s, const char *fmt, ...)
{
	struct author by = author_of(s, NULL);
	char text[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_line(a, by.user, by.role, by.from, text);
}

/* --- commits --- */

struct changes {
	struct audit	*audit;
	struct author	 by;
	uint32_t	 number;
	size_t		 lines;
};

static const char *
shown(const struct change *c, const char *value)
{
	if (value == NULL)
		return "";
	return ytree_is_secret(c->node) ? VIEW_MASK : value;
}

static int
note_change(const struct change *c, void *arg)
{
	struct changes *ch = arg;
	const char *old = shown(c, c->old), *value = shown(c, c->value);
	char text[LINE_MAX_LEN];

	if (c->op == EDIT_DELETE)
		snprintf(text, sizeof(text), "commit %u: removed %s%s%.*s",
			 ch->number, c->path, *old != '\0' ? " " : "",
			 VALUE_MAX, old);
	else if (*old != '\0' && *value != '\0')
		snprintf(text, sizeof(text), "commit %u: set %s %.*s (was %.*s)",
			 ch->number, c->path, VALUE_MAX, value, VALUE_MAX, old);
	else
		snprintf(text, sizeof(text), "commit %u: set %s%s%.*s",
			 ch->number, c->path, *value != '\0' ? " " : "",
			 VALUE_MAX, value);
	write_line(ch->audit, ch->by.user, ch->by.role, ch->by.from, text);
	return ++ch->lines == AUDIT_CHANGES;
}

static int
count_unit(struct unit *before, struct unit *after, void *arg)
{
	size_t *n = arg;

	*n += !unit_equal(before, after);
	return 0;
}

void
audit_commit(struct audit *a, const struct session *s, const struct commit *c,
	     const struct map *before, const struct map *after)
{
	struct changes ch = { a, author_of(s, c), c->number, 0 };
	const char *comment = c->comment != NULL ? c->comment : "";
	char text[LINE_MAX_LEN];
	size_t units = 0;

	map_diff(before, after, count_unit, &units);
	snprintf(text, sizeof(text), "commit %u, %zu part%s of the "
		 "configuration%s%s", c->number, units, units == 1 ? "" : "s",
		 *comment != '\0' ? ": " : "", comment);
	write_line(a, ch.by.user, ch.by.role, ch.by.from, text);
	if (diff_maps(before, after, note_change, &ch) == 1) {
		snprintf(text, sizeof(text), "commit %u: and more: compare %u "
			 "with what was before", c->number, c->number);
		write_line(a, ch.by.user, ch.by.role, ch.by.from, text);
	}
}

/* --- requests --- */

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The rule for "lock" is that for "unlock"; what was done is not the same. */
static const char *
done(const struct msg *m, const char *rpc)
{
	struct msg_attr a;

	if (m->op != OP_UNLOCK)
		return rpc != NULL ? rpc : "an unknown operation";
	return msg_find(m, A_FORCE, &a) ? "unlock force" : "unlock";
}

void
audit_request(struct session *s, const struct msg *m, const struct err *e)
{
	const struct schema *schema = &s->confd->schema;
	struct audit *a = &s->confd->audit;
	const char *name = access_operation(m);
	/* An action that was asked for has said so, with its input. */
	bool action = m->op == OP_SUBSCRIBE || (m->op == OP_ACTION && e != NULL);
	char *path = action ? msg_str(m, A_PATH) : NULL;
	bool denied = e != NULL && e->kind == ERR_DENIED;

	if ((denied || action || rights_audited(schema->ctx, name)) &&
	    (e == NULL || log_rate_ok(&a->denials, now_ms())))
		audit_note(a, s, "%.*s%s%s%s%s", PATH_SHOWN,
			   path != NULL ? path : done(m, name),
			   denied ? " denied: " : e != NULL ? " refused: " : "",
			   e != NULL ? e->text : "",
			   e != NULL && e->path[0] != '\0' ? ", at " : "",
			   e != NULL ? e->path : "");
	free(path);
}

/* --- reading --- */

/* The end of a file, appended; nothing if there is none. */
static int
add_tail(int dir, const char *name, char **buf, size_t *len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	off_t at;
	ssize_t n;
	char *b, *skip;

	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT ? 0 : -1;
	}
	at = st.st_size > (off_t)TAIL ? st.st_size - (off_t)TAIL : 0;
	b = realloc(*buf, *len + TAIL + 1);
	if (b == NULL) {
		close(fd);
		return -1;
	}
	*buf = b;
	n = pread(fd, b + *len, TAIL, at);
	close(fd);
	if (n < 0)
		return -1;
	/* Not the half of a line. */
	skip = at > 0 ? memchr(b + *len, '\n', (size_t)n) : NULL;
	if (skip != NULL) {
		n -= skip + 1 - (b + *len);
		memmove(b + *len, skip + 1, (size_t)n);
	}
	*len += (size_t)n;
	b[*len] = '\0';
	return 0;
}

static void
add_line(struct msg *m, char *line)
{
	char *field[5], *p = line;
	struct tm tm = { 0 };
	size_t i;

	for (i = 0; i < 5; i++)
		field[i] = strsep(&p, "\t");
	if (field[4] == NULL || strptime(field[0], "%Y-%m-%dT%H:%M:%SZ",
					 &tm) == NULL)
		return;
	msg_add_u64(m, A_TIME, (uint64_t)timegm(&tm));
	msg_add_str(m, A_USER, field[1]);
	msg_add_str(m, A_ROLE, field[2]);
	msg_add_str(m, A_FROM, field[3]);
	msg_add_str(m, A_AUDIT, field[4]);
}

int
audit_list(const struct audit *a, size_t lines, struct msg *m, struct err *e)
{
	char *buf = NULL, *line, *p;
	size_t len = 0;

	if (add_tail(a->dir, FILE_BEFORE, &buf, &len) < 0 ||
	    add_tail(a->dir, FILE_NOW, &buf, &len) < 0) {
		free(buf);
		return err_set(e, ERR_REALITY, "cannot read the audit log: %s",
			       strerror(errno));
	}
	for (p = buf != NULL ? buf + len : NULL; p != NULL && p > buf; p--)
		if (p[-1] == '\n' && lines-- == 0)
			break;
	while (p != NULL && (line = strsep(&p, "\n")) != NULL)
		if (*line != '\0')
			add_line(m, line);
	free(buf);
	return 0;
}
