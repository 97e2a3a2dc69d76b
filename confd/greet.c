#include "greet.h"

#include <libyang/libyang.h>
#include <stdlib.h>

#include "confd.h"
#include "msg.h"
#include "path.h"
#include "proto.h"
#include "unit.h"
#include "ytree.h"

#define SYSTEM	"/culvert-system:system"

static void
add_leaves(struct msg *m, const struct lyd_node *system)
{
	const char *idle = ytree_leaf(system, "idle-timeout");

	msg_add_str(m, A_HOSTNAME, ytree_leaf(system, "hostname"));
	msg_add_str(m, A_BANNER, ytree_leaf(system, "banner"));
	msg_add_u32(m, A_IDLE_MAX, idle != NULL ? (uint32_t)strtoul(idle, NULL, 10)
		    : 0);
}

void
greet_add(const struct confd *c, struct msg *m)
{
	struct lyd_node *defaults = NULL;
	struct unit *u;
	struct path p;
	struct err e;

	if (path_parse(&p, &c->schema, SYSTEM, &e) < 0 || p.unit == NULL)
		return;		/* other models than ours */
	u = map_find(c->running, p.unit, p.num, p.text);
	if (u != NULL) {
		add_leaves(m, u->node);
		return;
	}
	if (lyd_new_inner(NULL, p.node->module, p.node->name, 0, &defaults)
	    == LY_SUCCESS)
		add_leaves(m, defaults);
	lyd_free_all(defaults);
}
