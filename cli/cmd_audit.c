/* show audit: who did what, from where. */
#include "cmds.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "shell.h"

#define LINES	20

struct deed {
	uint64_t	 time;
	char		*user, *role, *from, *text;
};

static void
deed_fini(struct deed *d)
{
	free(d->user);
	free(d->role);
	free(d->from);
	free(d->text);
	memset(d, 0, sizeof(*d));
}

static const char *
or_dash(const char *s)
{
	return s ? s : "-";
}

static void
deed_text(struct out *out, const struct deed *d)
{
	char when[TIME_TEXT_MAX];

	out_f(out, "%s  %-12s %-13s %-16s %s\n", time_text(d->time, when),
	      or_dash(d->user), or_dash(d->role), or_dash(d->from), d->text);
}

static void
deed_json(struct json *j, const struct deed *d)
{
	json_object(j, NULL);
	json_u64(j, "time", d->time);
	json_str(j, "user", or_dash(d->user));
	json_str(j, "role", or_dash(d->role));
	json_str(j, "from", or_dash(d->from));
	json_str(j, "text", d->text);
	json_object_end(j);
}

/* A_AUDIT is the last of each. */
static void
print_deeds(struct shell *sh, const struct msg *m)
{
	struct deed d = { 0, NULL, NULL, NULL, NULL };
	struct msg_attr a;
	struct json j;
	size_t pos = 0;

	json_init(&j);
	json_array(&j, NULL);
	while (msg_next(m, &pos, &a)) {
		char **to = a.type == A_USER ? &d.user :
		    a.type == A_ROLE ? &d.role : a.type == A_FROM ? &d.from :
		    a.type == A_AUDIT ? &d.text : NULL;

		if (a.type == A_TIME)
			d.time = msg_attr_number(&a);
		if (to) {
			free(*to);
			*to = msg_attr_str(&a);
		}
		if (!d.text)
			continue;
		if (sh->out.json)
			deed_json(&j, &d);
		else
			deed_text(&sh->out, &d);
		deed_fini(&d);
	}
	deed_fini(&d);
	json_array_end(&j);
	if (sh->out.json && json_ok(&j))
		json_show(&sh->out, j.text);
	json_fini(&j);
}

int
cmd_show_audit(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_AUDIT, 0, 0);
	msg_add_u32(&req, A_COUNT, p->number < 0 ? LINES : (uint32_t)p->number);
	st = shell_call(sh, &req, &reply, &e);
	sh->out.fold = true;
	if (st == ST_OK)
		print_deeds(sh, &reply);
	else
		shell_error(sh, &e);
	msg_fini(&reply);
	return st;
}
