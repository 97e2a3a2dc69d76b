/* Actions: who may ask for them, what they are given, and who asked. */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confd.h"
#include "msg.h"
#include "path.h"
#include "request.h"
#include "session.h"
#include "unit.h"
#include "ytree.h"

/* Two files of 256 kB in base64, and names. */
#define INPUT_MAX	(1u << 20)
#define WHAT_MAX	512		/* octets of it in the audit log */

int
action_path(struct session *s, const struct msg *m, struct path *p,
		    struct err *e)
{
	char *text = msg_str(m, A_PATH), unit[PATH_MAX_LEN];
	enum role needs;
	int rc;

	if (text == NULL)
		return err_set(e, ERR_INVALID, "the action has no path");
	rc = path_parse(p, &s->confd->schema, text, e);
	free(text);
	if (rc < 0)
		return -1;
	if (!(p->node->nodetype & (LYS_ACTION | LYS_RPC)))
		return err_set_path(e, ERR_INVALID, p->text, "%s is nothing to "
				    "do", p->node->name);
	needs = rights_needed(p->node, RIGHT_RUN);
	if (s->role < needs)
		return rights_refuse(e, p->node->name, needs, s->role);
	if (p->unit == NULL || !p->unit->list)
		return 0;
	memcpy(unit, p->text, p->unit_len);
	unit[p->unit_len] = '\0';
	if (map_find(s->confd->running, p->unit, p->num, unit) == NULL)
		return err_set_path(e, ERR_NOTFOUND, unit, "there is no such %s "
				    "in the running configuration",
				    p->unit->node->name);
	return 0;
}

/* "/culvert-certificate:certificate/import label gw1 kind local": without
 * secrets, and without what came from a file. */
static void
describe(char out[WHAT_MAX], const struct path *p, const struct lyd_node *op)
{
	size_t n = (size_t)snprintf(out, WHAT_MAX, "%.200s", p->text);
	const struct lyd_node *c;
	const char *v;

	LY_LIST_FOR(lyd_child(op), c) {
		if (c->flags & LYD_DEFAULT || ytree_is_secret(c->schema) ||
		    ytree_ext(c->schema, "file") != NULL || n >= WHAT_MAX ||
		    !(c->schema->nodetype & LYD_NODE_TERM))
			continue;
		v = lyd_get_value(c);
		n += (size_t)snprintf(out + n, WHAT_MAX - n, " %s%s%.80s",
				      c->schema->name, *v != '\0' ? " " : "", v);
	}
}

/* What it is given must fit the model; what is there to be said of it. */
static int
check_input(struct session *s, const struct msg *m, const struct path *p,
	    char what[WHAT_MAX], struct err *e)
{
	struct msg_attr data;
	struct lyd_node *op;

	if (!msg_find(m, A_DATA, &data))
		data = (struct msg_attr){ .p = (const uint8_t *)"{}", .len = 2 };
	if (data.len > INPUT_MAX)
		return err_set_path(e, ERR_INVALID, p->text, "%s is given more "
				    "than %u kB", p->node->name,
				    INPUT_MAX >> 10);
	if (ytree_parse_input(&op, s->confd->schema.ctx, p->text,
			      (const char *)data.p, data.len, e) < 0)
		return -1;
	describe(what, p, op);
	ytree_op_free(op);
	return 0;
}

enum verdict
action_request(struct session *s, const struct msg *m, struct msg *r,
	       struct err *e)
{
	char what[WHAT_MAX];
	struct path p;

	(void)r;
	if (action_path(s, m, &p, e) < 0)
		return REFUSED;
	if (ytree_ext(p.node, "stream") != NULL) {
		err_set_path(e, ERR_INVALID, p.text, "%s goes on until it is "
			     "stopped: subscribe to it", p.node->name);
		return REFUSED;
	}
	if (check_input(s, m, &p, what, e) < 0 ||
	    forward_ask(s, m, ytree_owner(p.node), &p, 1, what, e) < 0)
		return REFUSED;
	audit_note(&s->confd->audit, s, "%s", what);
	return LATER;
}
