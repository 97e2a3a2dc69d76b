/*
 * rights: what the models say of who may do what: cv:may-read, cv:may-edit and
 * cv:may-run. confd decides by it, and the shell offers by it.
 */
#ifndef CULVERT_RIGHTS_H
#define CULVERT_RIGHTS_H

#include <stdbool.h>

#include "err.h"

struct ly_ctx;
struct lysc_node;

#define RIGHTS_ADMIN_GROUP	"culvert-admin"
#define RIGHTS_OPERATOR_GROUP	"culvert-operator"

/* Each may what those before it may. */
enum role {
	ROLE_GUEST,
	ROLE_OPERATOR,
	ROLE_ADMIN,
};

enum right {
	RIGHT_READ,
	RIGHT_EDIT,
	RIGHT_RUN,
};

const char *role_str(enum role);
bool	role_parse(const char *name, enum role *);

/* The least role that has the right to a node. */
enum role rights_needed(const struct lysc_node *, enum right);
/* The same for it and everything in it. */
enum role rights_strictest(const struct lysc_node *, enum right);
/* Whether the role has the right to anything at the node or below. */
bool	rights_any(const struct lysc_node *, enum right, enum role);
/* The least role for an operation of confd, by the name of its rpc. */
enum role rights_operation(const struct ly_ctx *, const char *rpc);
/* Whether asking for it is kept in the audit log (cv:audit). */
bool	rights_audited(const struct ly_ctx *, const char *rpc);
/* The least role for a command of the shell. False: the models do not know it,
 * and it is for everybody to try. */
bool	rights_command(const struct ly_ctx *, const char *words, enum role *);
/* Every rule in the models names a role, or e names the node. *hides: there are
 * nodes that not everybody may read. */
int	rights_check(const struct ly_ctx *, bool *hides, struct err *)
		__attribute__((warn_unused_result));

/* "WHAT needs the role operator ...; you are a guest". Returns -1. */
int	rights_refuse(struct err *, const char *what, enum role needs,
		      enum role is);

#endif
