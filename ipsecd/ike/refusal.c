#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>

#include "context.h"
#include "sa.h"
#include "tunnel.h"

bool
refuse(struct refusal *no, enum event_code code, const char *fmt, ...)
{
	va_list ap;

	no->code = (uint8_t)code;
	va_start(ap, fmt);
	vsnprintf(no->why, sizeof(no->why), fmt, ap);
	va_end(ap);
	return false;
}

void
refusal_tell(struct engine *e, const struct ike_sa *sa, struct tunnel *t,
	     enum event_code code, const char *why)
{
	char who[ENDPOINT_STRLEN], line[ERR_TEXT_MAX];

	snprintf(line, sizeof(line), "authentication of a peer at %s failed: %.650s",
	    endpoint_str(&sa->remote, who), why);
	if (log_rate_ok(&e->strangers, e->now))
		tunnel_event(e, t, code, "%s", line);
	if (t != NULL && (tunnel_sa(t) == NULL || tunnel_sa(t) == sa))
		tunnel_set_reason(t, code, line);
}
