#include "tunnel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "names.h"

static const struct name statuses[] = {
	{ TUNNEL_UNKNOWN,	 "down-unknown" },
	{ TUNNEL_CONNECTING,	 "down-connecting" },
	{ TUNNEL_IKE,		 "down-ike-established" },
	{ TUNNEL_UP,		 "up-installed" },
	{ TUNNEL_RETRANSMISSION, "down-retransmission" },
	{ 0, NULL },
};

const char *
tunnel_status_str(enum tunnel_status status)
{
	return name_find(statuses, status);
}

void
tunnel_event(struct engine *e, struct tunnel *t, enum event_code code,
	     const char *fmt, ...)
{
	char text[EVENT_TEXT_MAX], flat[EVENT_TEXT_MAX + 16];
	char line[EVENT_TEXT_MAX + 120];
	int level = event_level(code);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event_line(text, flat, sizeof(flat));
	if (t == NULL) {
		if (e->ops->event != NULL)
			e->ops->event(e->ctx, 0, level, flat);
		return;
	}
	events_add(&t->events, e->ops->wall(e->ctx), code, text);
	if (t->conf->description != NULL)
		snprintf(line, sizeof(line), "ipsec %u \"%s\": %s", t->conf->id,
		    t->conf->description, flat);
	else
		snprintf(line, sizeof(line), "ipsec %u: %s", t->conf->id, flat);
	if (e->ops->event != NULL)
		e->ops->event(e->ctx, t->conf->id, level, line);
}

void
tunnel_set_reason(struct tunnel *t, enum event_code code, const char *why)
{
	char *text;

	t->reason_code = (uint8_t)code;
	if (t->reason != NULL && strcmp(t->reason, why) == 0)
		return;
	text = strdup(why);	/* may be a part of the old one */
	free(t->reason);
	t->reason = text;
}

void
tunnel_no_reason(struct tunnel *t)
{
	free(t->reason);
	t->reason = NULL;
	t->reason_code = EV_INFO;
}

void
tunnel_trouble(struct engine *e, struct tunnel *t, enum event_code code,
	       const char *why)
{
	tunnel_set_reason(t, code, why);
	tunnel_event(e, t, code, "%s", why);
}

static enum tunnel_status
status_of(const struct tunnel *t)
{
	enum tunnel_status best = TUNNEL_UNKNOWN;
	const struct ike_sa *sa;
	uint64_t silent = 0;	/* since then on a newer one */

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		if (sa->state > IKE_UP)
			continue;	/* another one has taken its place */
		if (child_any_up(sa)) {
			if (sa->state != IKE_UP || (sa->sent.tries == 0 &&
			    sa->heard >= silent))
				return TUNNEL_UP;
			if (best != TUNNEL_RETRANSMISSION)
				silent = sa->authenticated;
			best = TUNNEL_RETRANSMISSION;
		} else if (best == TUNNEL_RETRANSMISSION) {
			continue;
		} else if (sa->state == IKE_UP) {
			best = sa->sent.tries == 0 ? TUNNEL_IKE :
			    TUNNEL_RETRANSMISSION;
		} else if (best == TUNNEL_UNKNOWN && sa->state < IKE_UP &&
		    sa->initiator) {
			best = TUNNEL_CONNECTING;
		}
	}
	if (best == TUNNEL_UNKNOWN && timer_armed(&t->retry))
		best = TUNNEL_CONNECTING;
	return best;
}

void
tunnel_update(struct engine *e, struct tunnel *t)
{
	enum tunnel_status status = status_of(t);

	if (status == t->status)
		return;
	if (status == TUNNEL_RETRANSMISSION)
		tunnel_event(e, t, EV_PEER_SILENT,
		    "the peer does not answer; asking again");
	else if (t->status == TUNNEL_RETRANSMISSION && status == TUNNEL_UP)
		tunnel_event(e, t, EV_PEER_BACK, "the peer answers again");
	if (log_debugging("sa"))
		log_debug("sa", "ipsec %u: %s -> %s", t->conf->id,
		    tunnel_status_str(t->status), tunnel_status_str(status));
	t->status = (uint8_t)status;
	t->since = e->now;
}

void
tunnel_touch(struct engine *e, struct tunnel *t)
{
	t->since = e->now;
}
