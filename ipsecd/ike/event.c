#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

#define LOOK_BACK	4	/* attempts repeat in twos and threes */

static const struct kind {
	const char	*name;
	uint8_t		 level;
	bool		 routine;	/* the text does not matter */
} kinds[EV_CODES] = {
	[EV_ERROR]		= { "error",			LOG_ERROR, false },
	[EV_WARNING]		= { "warning",			LOG_WARN, false },
	[EV_INFO]		= { "info",			LOG_NOTE, false },
	[EV_CONNECTING]		= { "connecting",		LOG_NOTE, true },
	[EV_ESTABLISHED]	= { "established",		LOG_NOTE, false },
	[EV_UP]			= { "up",			LOG_NOTE, false },
	[EV_REKEYED]		= { "rekeyed",			LOG_NOTE, true },
	[EV_IKE_REKEYED]	= { "ike-rekeyed",		LOG_NOTE, true },
	[EV_NARROWED]		= { "narrowed",			LOG_NOTE, false },
	[EV_NAT]		= { "nat",			LOG_NOTE, false },
	[EV_MOVED]		= { "peer-moved",		LOG_NOTE, true },
	[EV_COMMAND]		= { "command",			LOG_NOTE, false },
	[EV_REPLACED]		= { "replaced",			LOG_NOTE, true },
	[EV_PEER_BACK]		= { "peer-back",		LOG_NOTE, true },
	[EV_PEER_SILENT]	= { "peer-silent",		LOG_WARN, true },
	[EV_PEER_DEAD]		= { "peer-dead",		LOG_WARN, false },
	[EV_PEER_CLOSED]	= { "peer-closed",		LOG_WARN, false },
	[EV_EXPIRED]		= { "expired",			LOG_WARN, false },
	[EV_REKEY_FAILED]	= { "rekey-failed",		LOG_WARN, true },
	[EV_PFS]		= { "pfs-mismatch",		LOG_WARN, true },
	[EV_REAUTH]		= { "reauth-failed",		LOG_WARN, false },
	[EV_MALFORMED]		= { "malformed",		LOG_WARN, false },
	[EV_SA_LOST]		= { "sa-lost",			LOG_WARN, true },
	[EV_DATA_PLANE]		= { "data-plane",		LOG_ERROR, false },
	[EV_NO_ANSWER]		= { "no-answer",		LOG_WARN, false },
	[EV_PROPOSAL]		= { "proposal-mismatch",	LOG_WARN, false },
	[EV_AUTH]		= { "auth-failed",		LOG_WARN, false },
	[EV_IDENTITY]		= { "identity-mismatch",	LOG_WARN, false },
	[EV_NO_SECRET]		= { "secret-missing",		LOG_WARN, false },
	[EV_CERTIFICATE]	= { "certificate",		LOG_WARN, false },
	[EV_PPK]		= { "ppk-mismatch",		LOG_WARN, false },
	[EV_REVOKED]		= { "certificate-revoked",	LOG_WARN, false },
	[EV_UNCHECKED]		= { "revocation-unknown",	LOG_WARN, false },
	[EV_SELECTORS]		= { "selectors-mismatch",	LOG_WARN, false },
	[EV_REFUSED]		= { "refused",			LOG_WARN, false },
	[EV_VERSION]		= { "version-mismatch",		LOG_WARN, false },
	[EV_AGGRESSIVE]		= { "aggressive-mode",		LOG_WARN, false },
	[EV_NO_ADDRESS]		= { "address-missing",		LOG_WARN, false },
	[EV_NOT_SENT]		= { "not-sent",			LOG_WARN, false },
	[EV_UNUSED]		= { "not-in-use",		LOG_WARN, false },
	[EV_RESOURCES]		= { "resources",		LOG_ERROR, false },
};

const char *
event_code_str(enum event_code code)
{
	return kinds[code].name;
}

int
event_level(enum event_code code)
{
	return kinds[code].level;
}

const char *
event_level_str(enum event_code code)
{
	static const char *const names[] = { [LOG_ERROR] = "error",
	    [LOG_WARN] = "warning", [LOG_NOTE] = "info" };

	return names[kinds[code].level];
}

void
events_fini(struct events *es)
{
	while (es->n > 0)
		free(es->slot[--es->n]);
	free(es->slot);
	memset(es, 0, sizeof(*es));
}

static void
take_out(struct events *es, unsigned int i)
{
	es->n--;
	memmove(&es->slot[i], &es->slot[i + 1],
	    (es->n - i) * sizeof(*es->slot));
}

/* One of the last few says the same: out with it. */
static struct event *
repeated(struct events *es, enum event_code code, const char *text)
{
	struct event *ev;
	unsigned int i;

	for (i = es->n; i-- > 0 && i + LOOK_BACK >= es->n;) {
		ev = es->slot[i];
		if (ev->code != code ||
		    (!kinds[code].routine && strcmp(ev->text, text) != 0))
			continue;
		take_out(es, i);
		return ev;
	}
	return NULL;
}

static bool
make_room(struct events *es)
{
	unsigned int size = es->size == 0 ? 4 : es->size * 2u;
	struct event **p;

	if (es->n < es->size)
		return true;
	if (es->n == EVENTS_MAX) {
		free(es->slot[0]);
		take_out(es, 0);
		return true;
	}
	if (size > EVENTS_MAX)
		size = EVENTS_MAX;
	p = realloc(es->slot, size * sizeof(*p));
	if (p == NULL)
		return false;
	es->slot = p;
	es->size = (uint8_t)size;
	return true;
}

void
events_add(struct events *es, uint64_t time, enum event_code code,
	   const char *text)
{
	struct event *old = repeated(es, code, text), *ev;
	size_t len = strlen(text);

	es->serial++;
	ev = make_room(es) ? malloc(sizeof(*ev) + len + 1) : NULL;
	if (ev != NULL) {
		ev->time = time;
		ev->first = old != NULL ? old->first : time;
		ev->count = old != NULL ? old->count + 1 : 1;
		ev->serial = es->serial;
		ev->code = (uint8_t)code;
		memcpy(ev->text, text, len + 1);
		es->slot[es->n++] = ev;
	}
	free(old);
}

const struct event *
events_get(const struct events *es, uint32_t i)
{
	return i < es->n ? es->slot[i] : NULL;
}

/* --- texts --- */

static size_t
add(char *buf, size_t size, size_t at, const char *s, size_t len)
{
	if (at + len >= size)
		len = size - at - 1;
	memcpy(buf + at, s, len);
	return at + len;
}

const char *
event_line(const char *text, char *buf, size_t size)
{
	static const char *const prefixes[] = { EVENT_HERE, EVENT_PEER,
	    EVENT_RUN };
	const char *last = NULL, *p;
	size_t at = 0, i, len;

	for (;;) {
		len = strcspn(text, "\n");
		at = add(buf, size, at, text, len);
		text += len;
		if (*text == '\0')
			break;
		for (p = NULL, i = 0; i < 3 && p == NULL; i++)
			if (strncmp(text, prefixes[i],
			    strlen(prefixes[i])) == 0)
				p = prefixes[i];
		at = add(buf, size, at, p != NULL && p == last ? ", " : "; ", 2);
		text += p != NULL && p == last ? strlen(p) : 1;
		last = p;
	}
	buf[at] = '\0';
	return buf;
}

bool
event_setting(const char *text, const char *prefix, size_t *at, char *buf,
	      size_t size)
{
	const char *p = strstr(text + *at, prefix);
	size_t len;

	if (p == NULL)
		return false;
	p += strlen(prefix);
	len = strcspn(p, "\n");
	*at = (size_t)(p - text) + len;
	buf[add(buf, size, 0, p, len)] = '\0';
	return true;
}
