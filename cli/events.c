/* What confd says without being asked. */
#include "shell.h"

#include <stdlib.h>

#include "client.h"
#include "impact_text.h"
#include "json.h"
#include "line.h"
#include "msg.h"

/* While a commit waits for it; a call that was interrupted may be late. */
static void
preview(struct shell *sh, const struct msg *m)
{
	struct str s = STR_INIT;

	if (!sh->committing || sh->previewed)
		return;
	sh->previewed = true;
	if (sh->out.json) {
		json_object(&sh->preview, NULL);
		impact_json(m, &sh->preview);
		return;
	}
	impact_text(m, &s);
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
	fflush(sh->out.to);
}

/* Something that concerns everybody has happened: said at once, also while
 * somebody types. A script does not care. */
static void
notice(struct shell *sh, const struct msg *m)
{
	char *text = sh->tty ? msg_str(m, A_WARNING) : NULL;
	struct str s = STR_INIT;

	if (text) {
		str_addf(&s, "%% notice: %s\n", text);
		line_announce(str_get(&s));
		str_fini(&s);
	}
	free(text);
}

static void
on_event(const struct msg *m, void *arg)
{
	if (m->op == OP_IMPACT)
		preview(arg, m);
	else if (m->op == OP_NOTICE)
		notice(arg, m);
}

void
shell_events(struct shell *sh)
{
	client_on_event(sh->client, on_event, sh);
}
