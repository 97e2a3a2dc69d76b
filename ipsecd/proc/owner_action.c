/*
 * owner_action: actions of the model, answered at once or later.
 */
#include "owner_in.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "proto.h"
#include "ytree.h"

/* An OP_ACTION that is not answered. */
struct action {
	struct question		*question;
	struct json		 output;
	struct msg		 warnings;	/* attributes of the answer to be */
};

/* --- actions --- */

struct json *
action_output(struct action *a)
{
	return &a->output;
}

void
action_warn(struct action *a, const char *text)
{
	msg_add_str(&a->warnings, A_WARNING, text);
}

static void
action_free(struct action *a)
{
	question_free(a->question);
	json_fini(&a->output);
	msg_fini(&a->warnings);
	free(a);
}

/* NULL: too many at once, or no memory. */
static struct action *
action_new(struct client *c, const struct msg *m)
{
	struct action *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->question = question_new(c, m);
	if (a->question == NULL) {
		free(a);
		return NULL;
	}
	json_init(&a->output);
	json_object(&a->output, NULL);
	msg_init(&a->warnings, OP_ACTION, MSG_REPLY, m->id);
	return a;
}

/* The answer; e is NULL or says why not. */
static void
action_answer(struct action *a, const struct err *e)
{
	struct client *c = a->question->client;
	struct err none = ERR_INIT;
	struct msg reply;

	if (c == NULL)
		return;
	json_object_end(&a->output);
	if (e == NULL && !json_ok(&a->output)) {
		err_set(&none, ERR_RESOURCE, "out of memory");
		e = &none;
	}
	reply = a->warnings;
	msg_init(&a->warnings, 0, 0, 0);
	if (e == NULL && strcmp(a->output.text, "{}") != 0)
		msg_add(&reply, A_DATA, a->output.text, a->output.len);
	owner_respond(c, OP_ACTION, a->question->id, e == NULL ? 0 : -1, &reply, e);
}

void
action_done(struct action *a, const struct err *e)
{
	action_answer(a, e);
	action_free(a);
}

static int
action_run(struct client *c, const struct msg *m, const char *path,
	   struct action *a, struct err *e)
{
	struct msg_attr data;
	struct owner *o = c->owner;
	struct lyd_node *input;
	int rc;

	if (!msg_find(m, A_DATA, &data))
		data = (struct msg_attr){ .p = (const uint8_t *)"{}", .len = 2 };
	if (o->ops->action == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'",
			       path);
	if (ytree_parse_input(&input, o->yang, path, (const char *)data.p,
			      data.len, e) < 0)
		return -1;
	rc = o->ops->action(o->ctx, path, input, a, e);
	ytree_op_free(input);
	return rc;
}

int
owner_action(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	char *path = msg_str(m, A_PATH);
	struct action *a;
	int rc;

	(void)reply;
	if (path == NULL)
		return err_set(e, ERR_INVALID, "a path is missing");
	a = action_new(c, m);
	if (a == NULL) {
		free(path);
		return err_set(e, ERR_RESOURCE, "too many questions at once");
	}
	rc = action_run(c, m, path, a, e);
	free(path);
	if (rc != 1)
		action_done(a, rc < 0 ? e : NULL);
	return 1;
}
