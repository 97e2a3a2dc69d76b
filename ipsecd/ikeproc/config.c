/*
 * config: what confd asks of ike, in the engine's terms.
 */
#include <stdlib.h>
#include <string.h>

#include "ikeproc.h"
#include "json.h"
#include "log.h"
#include "proc/ipc.h"
#include "proc/owner.h"
#include "proc/path.h"

static int
prepare(void *ctx, const struct lyd_node *tree, const char *const *removed,
	size_t n, bool replace, void (*warn)(void *, const char *), void *arg,
	struct err *e)
{
	struct ikeproc *p = ctx;

	if (p->engine == NULL)
		return err_set(e, ERR_REALITY, "ipsecd is not ready yet");
	return engine_prepare(p->engine, tree, removed, n, replace, warn, arg, e);
}

static void
apply(void *ctx)
{
	struct ikeproc *p = ctx;

	engine_apply(p->engine, ikeproc_now());
}

/* A packet may follow a commit at once: its policies must be there first. */
struct settling {
	struct settling	*next;
	void		(*done)(void *);
	void		*arg;
};

static void
settle(void *ctx, void (*done)(void *), void *arg)
{
	struct ikeproc *p = ctx;
	struct settling *s = calloc(1, sizeof(*s)), **at = &p->settling;

	if (s == NULL || p->process.monitor == NULL) {
		free(s);
		done(arg);
		return;
	}
	s->done = done;
	s->arg = arg;
	while (*at != NULL)
		at = &(*at)->next;
	*at = s;
	ipc_send(p->process.monitor, IPC_REACHED, NULL, 0);
}

bool
config_reached(struct ikeproc *p)
{
	struct settling *s = p->settling;

	if (s == NULL)
		return false;
	p->settling = s->next;
	s->done(s->arg);
	free(s);
	return true;
}

static void
abort_txn(void *ctx)
{
	struct ikeproc *p = ctx;

	engine_abort(p->engine);
}

/* Only the CHILD_SAs have counters that somebody else counts. */
static void
refresh(void *ctx, const char *path, const char *fields, void (*done)(void *),
	void *arg)
{
	struct ikeproc *p = ctx;
	struct tunnel_path t;

	if (p->engine == NULL || tunnel_path_parse(&t, path, NULL) < 0 ||
	    (fields != NULL && strstr(fields, "child-sa") == NULL &&
	     strstr(fields, "diagnosis") == NULL))
		done(arg);
	else
		engine_refresh(p->engine, ikeproc_now(), t.id, done, arg);
}

static int
get(void *ctx, const char *path, const char *fields, struct json *j,
    struct err *e)
{
	struct ikeproc *p = ctx;
	struct tunnel_path t;

	if (p->engine == NULL)
		return err_set(e, ERR_REALITY, "ipsecd is not ready yet");
	if (crls_path(path))
		return crls_get(p, j);
	if (tunnel_path_parse(&t, path, e) < 0)
		return -1;
	return engine_state(p->engine, ikeproc_now(), t.id, fields, j, e);
}

static const char *
plane(void *ctx)
{
	const struct ikeproc *p = ctx;

	return p->plane;
}

struct command {
	const char		*name;
	bool			 of_tunnel;
	enum engine_command	 command;
};

static const struct command commands[] = {
	{ "initiate",	true,	ENGINE_INITIATE },
	{ "terminate",	true,	ENGINE_TERMINATE },
	{ "rekey",	true,	ENGINE_REKEY_CHILD },
	{ "rekey-ike",	true,	ENGINE_REKEY_IKE },
	{ "reauth",	true,	ENGINE_REAUTH },
};

static int
action(void *ctx, const char *path, const struct lyd_node *input,
       struct action *answer, struct err *e)
{
	struct ikeproc *p = ctx;
	const struct command *a;
	struct tunnel_path t;
	size_t i;

	(void)input;
	if (p->engine == NULL)
		return err_set(e, ERR_REALITY, "ipsecd is not ready yet");
	if (crls_path(path))
		return crls_action(p, path, answer, e);
	if (tunnel_path_parse(&t, path, e) < 0)
		return -1;
	if (t.id == 0 && strcmp(t.rest, "restart") == 0) {
		log_info("restart: asked for by confd");
		ikeproc_leave(p, CHILD_AGAIN);
		return 0;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		a = &commands[i];
		if (a->of_tunnel == (t.id != 0) && strcmp(t.rest, a->name) == 0)
			return engine_command(p->engine, ikeproc_now(),
					      a->command, t.id, e);
	}
	return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'", path);
}

const struct owner_ops ikeproc_owner_ops = {
	.prepare = prepare, .apply = apply, .settle = settle,
	.abort = abort_txn,
	.refresh = refresh, .plane = plane, .get = get, .action = action,
	.subscribe = watch_subscribe, .unsubscribe = watch_unsubscribe,
};
