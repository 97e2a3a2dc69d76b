#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"

#define LINE_TEXT_MAX	1024
/* An escaped byte takes four characters. */
#define LINE_MAX_OUT	(4 * LINE_TEXT_MAX + 128)

/* The one global of the tree: who logs is a property of the process, and a
 * parameter in every function that may log would say nothing more. */
static struct {
	const char	*ident;
	const char	*debug;
	bool		 to_syslog;
	bool		 journal;
	log_listener	*listener;
	void		*listener_arg;
} self = { .ident = "culvert" };

static const int priorities[] = {
	[LOG_ERROR] = LOG_ERR, [LOG_WARN] = LOG_WARNING, [LOG_NOTE] = LOG_INFO,
	[LOG_DBG] = LOG_DEBUG, [LOG_QUIET] = LOG_INFO,
};

void
log_init(const char *ident, bool to_syslog, const char *debug)
{
	static char names[128];

	self.ident = ident;
	self.to_syslog = to_syslog;
	self.journal = getenv("JOURNAL_STREAM") != NULL;
	snprintf(names, sizeof(names), "%s", debug != NULL ? debug : "");
	self.debug = names[0] != '\0' ? names : NULL;
	if (to_syslog)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void
log_listen(log_listener *fn, void *arg)
{
	self.listener = fn;
	self.listener_arg = arg;
}

/* What a peer or a user sent stays on its line and moves nothing on it. */
static size_t
escape(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0, len;

	for (; *text != '\0' && n + 5 < size; text += len) {
		unsigned char c = (unsigned char)*text;

		len = utf8_shown(text, 4);
		if (len > 0) {
			memcpy(out + n, text, len);
			n += len;
			continue;
		}
		len = 1;
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return n;
}

static size_t
line_head(char *out, size_t size, enum log_level level)
{
	struct timespec now;
	struct tm tm;
	char when[32];

	if (self.journal)
		return (size_t)snprintf(out, size, "<%d>", priorities[level]);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	return (size_t)snprintf(out, size, "%s.%03ldZ %.32s[%d]: ", when,
				now.tv_nsec / 1000000, self.ident,
				(int)getpid());
}

static void __attribute__((format(printf, 3, 0)))
log_line(enum log_level level, const char *subsystem, const char *fmt,
	 va_list ap)
{
	char text[LINE_TEXT_MAX], out[LINE_MAX_OUT];
	size_t n = 0, head;
	ssize_t done;
	int len;

	len = vsnprintf(text, sizeof(text), fmt, ap);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	if (!self.to_syslog)
		n = line_head(out, sizeof(out), level);
	head = n;
	if (level == LOG_ERROR || level == LOG_WARN)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s",
				      level == LOG_ERROR ? "error: " : "warning: ");
	if (subsystem != NULL)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.16s: ",
				      subsystem);
	n += escape(out + n, sizeof(out) - n - 1, text);
	if (self.listener != NULL && level != LOG_QUIET)
		self.listener(self.listener_arg, self.ident, out + head);
	if (self.to_syslog) {
		syslog(priorities[level], "%s", out);
		return;
	}
	out[n++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	done = write(STDERR_FILENO, out, n);
	(void)done;
}

#define LOG_VIA(level, subsystem) do {					\
	va_list ap_;							\
	va_start(ap_, fmt);						\
	log_line(level, subsystem, fmt, ap_);				\
	va_end(ap_);							\
} while (0)

void
log_error(const char *fmt, ...)
{
	LOG_VIA(LOG_ERROR, NULL);
}

void
log_warn(const char *fmt, ...)
{
	LOG_VIA(LOG_WARN, NULL);
}

void
log_info(const char *fmt, ...)
{
	LOG_VIA(LOG_NOTE, NULL);
}

void
log_quietly(const char *fmt, ...)
{
	LOG_VIA(LOG_QUIET, NULL);
}

bool
log_debugging(const char *subsystem)
{
	const char *p = self.debug;
	size_t n, len = strlen(subsystem);

	while (p != NULL && *p != '\0') {
		n = strcspn(p, ",");
		if ((n == 3 && memcmp(p, "all", 3) == 0) ||
		    (n == len && memcmp(p, subsystem, n) == 0))
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

void
log_debug(const char *subsystem, const char *fmt, ...)
{
	if (log_debugging(subsystem))
		LOG_VIA(LOG_DBG, subsystem);
}

bool
log_rate_ok(struct log_rate *r, uint64_t now_ms)
{
	if (r->next_ms == 0) {
		r->left = r->burst;
		r->next_ms = now_ms + r->interval_ms;
	}
	if (now_ms >= r->next_ms) {
		if (r->left == 0)
			r->left = 1;
		r->next_ms = now_ms + r->interval_ms;
	}
	if (r->left == 0) {
		r->suppressed++;
		return false;
	}
	r->left--;
	if (r->suppressed > 0)
		log_info("%u lines like the next one were left out",
			 r->suppressed);
	r->suppressed = 0;
	return true;
}
