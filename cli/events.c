/* What confd says without being asked. */
#include "shell.h"

#include "client.h"
#include "impact_text.h"
#include "json.h"
#include "msg.h"

/* While a commit waits for it; a call that was interrupted may be late. */
static void
preview(struct shell *sh, const struct msg *m)
{
	struct str s = STR_INIT;
	struct json j;

	if (!sh->committing)
		return;
	sh->previewed = true;
	if (!sh->out.json) {
		impact_text(m, &s);
		out_text(&sh->out, str_get(&s));
		str_fini(&s);
		fflush(sh->out.to);
		return;
	}
	json_init(&j);
	json_object(&j, NULL);
	impact_json(m, &j);
	json_object_end(&j);
	if (json_ok(&j))
		out_f(&sh->out, "%s\n", j.text);
	json_fini(&j);
}

static void
on_event(const struct msg *m, void *arg)
{
	if (m->op == OP_IMPACT)
		preview(arg, m);
}

void
shell_events(struct shell *sh)
{
	client_on_event(sh->client, on_event, sh);
}
