#include "logline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "options.h"

void
logline_join(char out[LOGBOOK_LINE_MAX + 1], const char *ident, const char *text)
{
	int n = snprintf(out, LOGBOOK_LINE_MAX + 1, "%.32s: ", ident);

	if (n > 0)
		snprintf(out + n, LOGBOOK_LINE_MAX + 1 - (size_t)n, "%s", text);
}

void
logline_build(struct wbuf *w, uint64_t time_us, const char *text)
{
	wbuf_u64(w, time_us);
	wbuf_bytes(w, text, strlen(text));
}

bool
logline_parse(struct rbuf *r, uint64_t *time_us, char text[LOGBOOK_LINE_MAX + 1])
{
	size_t len;

	*time_us = rbuf_u64(r);
	len = rbuf_left(r);
	if (!rbuf_ok(r) || len == 0 || len > LOGBOOK_LINE_MAX)
		return false;
	rbuf_copy(r, text, len);
	text[len] = '\0';
	return strlen(text) == len;
}

static void
to_monitor(void *arg, const char *ident, const char *text)
{
	char line[LOGBOOK_LINE_MAX + 1];
	uint8_t body[LOGLINE_MAX];
	struct wbuf w;

	(void)arg;
	logline_join(line, ident, text);
	wbuf_init(&w, body, sizeof(body));
	logline_build(&w, logbook_now(), line);
	if (wbuf_ok(&w))
		(void)!write(FD_LOG, body, w.len);
}

void
logline_to_monitor(void)
{
	log_listen(to_monitor, NULL);
}
