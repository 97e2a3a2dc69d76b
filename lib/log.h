/*
 * log: one line for each event that an operator would act on.
 *
 * INFO tells the story of a tunnel in under ten lines; DEBUG is for each
 * subsystem and off by default.  Lines go to standard error (with a "<N>"
 * priority when JOURNAL_STREAM is set) or to syslog.  Control characters and
 * bytes outside ASCII are escaped here, so that no peer can forge a line.
 */
#ifndef CULVERT_LOG_H
#define CULVERT_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_DBG, LOG_QUIET };

/* ident is borrowed for ever (a literal); debug takes names of subsystems
 * separated by commas, "all", or NULL. */
void	log_init(const char *ident, bool to_syslog, const char *debug);

/* Every line goes there, too, without its time: who logs and the text, escaped.
 * fn must not log; any thread may call it.  NULL: nobody. */
typedef void log_listener(void *arg, const char *ident, const char *text);
void	log_listen(log_listener *, void *arg);

void	log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* subsystem: "wire", "net", "sa", "dp", "conf", "ipc". */
void	log_debug(const char *subsystem, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* What not everybody may read who may read the log here: not to the listener. */
void	log_quietly(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool	log_debugging(const char *subsystem);

/* Allows `burst` lines and then one each `interval_ms`; says how many it
 * suppressed with the next allowed one.  For what a stranger can provoke. */
struct log_rate {
	uint64_t	next_ms;
	unsigned int	interval_ms;
	unsigned int	burst;
	unsigned int	left;
	unsigned int	suppressed;
};
bool	log_rate_ok(struct log_rate *, uint64_t now_ms);

#endif
