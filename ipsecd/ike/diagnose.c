#include "diagnose_in.h"

#include <string.h>

#include "child.h"
#include "context.h"
#include "json.h"
#include "log.h"
#include "tunnel.h"

static void
count(struct facts *f, const struct child_sa *c)
{
	uint64_t since = f->e->now - c->counted, age;

	f->in += c->in.packets;
	f->out += c->out.packets;
	f->errors += c->in.errors;
	f->replays += c->in.replays;
	if (c->in.idle_ms != UINT32_MAX && c->in.idle_ms + since < f->idle_in)
		f->idle_in = c->in.idle_ms + since;
	if (c->out.idle_ms != UINT32_MAX && c->out.idle_ms + since < f->idle_out)
		f->idle_out = c->out.idle_ms + since;
	if (!child_is_up(c))
		return;
	age = f->e->now - c->installed;
	if (age > f->age)
		f->age = age;
	if (f->child == NULL)
		f->child = c;
}

static void
gather(struct facts *f, const struct engine *e, const struct tunnel *t)
{
	const struct ike_sa *sa;
	const struct child_sa *c;

	memset(f, 0, sizeof(*f));
	f->e = e;
	f->t = t;
	f->c = t->conf;
	f->idle_in = f->idle_out = NEVER;
	f->sa = tunnel_sa(t);
	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next)
			count(f, c);
	f->up = t->status == TUNNEL_UP || t->status == TUNNEL_RETRANSMISSION;
}

struct report {
	struct finding	 d;
	void		(*found)(void *, const struct finding *);
	void		*arg;
	bool		 any;
};

/* False: all has been said. */
static bool
apply(struct report *r, const struct facts *f, const struct rule *rule)
{
	memset(&r->d, 0, sizeof(r->d));
	r->d.code = rule->code;
	r->d.level = rule->level;
	if (!rule->holds(f, &r->d))
		return true;
	r->found(r->arg, &r->d);
	r->any = true;
	return !rule->last;
}

static void
diagnose(const struct engine *e, const struct tunnel *t,
	 void (*found)(void *, const struct finding *), void *arg)
{
	struct report r = { .found = found, .arg = arg };
	const struct rule *rule;
	struct facts f;

	gather(&f, e, t);
	for (rule = diagnose_rules; rule->code != NULL; rule++)
		if (!apply(&r, &f, rule))
			return;
	if (!r.any && !apply(&r, &f, &diagnose_well))
		for (rule = diagnose_notes; rule->code != NULL; rule++)
			(void)apply(&r, &f, rule);
	if (r.any)
		return;
	memset(&r.d, 0, sizeof(r.d));
	r.d.code = "changing";
	r.d.level = LOG_NOTE;
	symptom(&r.d, "the tunnel is between two states");
	say(&r.d, "its state has just changed: ask again in a moment");
	found(arg, &r.d);
}

/* --- as data --- */

struct printing {
	const struct tunnel	*t;
	struct json		*j;
	uint32_t		 n;
};

static void
settings(const struct printing *p, const char *text)
{
	char line[EVENT_TEXT_MAX];
	size_t at = 0;
	bool any = false;

	json_array(p->j, "command");
	while (event_setting(text, EVENT_HERE, &at, line, sizeof(line))) {
		if (!any)
			json_strf(p->j, NULL, "config tunnel ipsec %u",
			    p->t->conf->id);
		any = true;
		json_str(p->j, NULL, line);
	}
	if (any)
		json_str(p->j, NULL, "leave");
	for (at = 0; event_setting(text, EVENT_RUN, &at, line, sizeof(line));)
		json_str(p->j, NULL, line);
	json_array_end(p->j);
	json_array(p->j, "peer-command");
	for (at = 0; event_setting(text, EVENT_PEER, &at, line, sizeof(line));)
		json_str(p->j, NULL, line);
	json_array_end(p->j);
}

static bool
is_setting(const char *line)
{
	return strncmp(line, EVENT_HERE, strlen(EVENT_HERE)) == 0 ||
	    strncmp(line, EVENT_PEER, strlen(EVENT_PEER)) == 0 ||
	    strncmp(line, EVENT_RUN, strlen(EVENT_RUN)) == 0;
}

/* The cause, and the lines that are sentences. */
static void
sentences(const struct printing *p, const char *text)
{
	size_t len = strcspn(text, "\n");

	json_strf(p->j, "cause", "%.*s", (int)len, text);
	json_array(p->j, "remedy");
	for (text += len; *text == '\n'; text += 1 + len) {
		len = strcspn(text + 1, "\n");
		if (!is_setting(text) && len > 0)
			json_strf(p->j, NULL, "%.*s", (int)len, text + 1);
	}
	json_array_end(p->j);
}

static void
print(void *arg, const struct finding *d)
{
	struct printing *p = arg;

	json_object(p->j, NULL);
	json_u32(p->j, "serial", ++p->n);
	json_str(p->j, "code", d->code);
	json_str(p->j, "level", d->level == LOG_ERROR ? "error" :
	    d->level == LOG_WARN ? "warning" : "info");
	json_str(p->j, "symptom", d->symptom);
	sentences(p, d->text);
	settings(p, d->text);
	json_object_end(p->j);
}

void
diagnose_print(const struct engine *e, const struct tunnel *t, struct json *j)
{
	struct printing p = { t, j, 0 };

	json_array(j, "diagnosis");
	diagnose(e, t, print, &p);
	json_array_end(j);
}
