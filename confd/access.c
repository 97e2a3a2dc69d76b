#include "access.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static gid_t
group_id(const char *name)
{
	struct group *g = getgrnam(name);

	return g != NULL ? g->gr_gid : (gid_t)-1;
}

void
access_init(struct access *a)
{
	a->owner = getuid();
	a->admin = group_id(ACCESS_ADMIN_GROUP);
	a->operator = group_id(ACCESS_OPERATOR_GROUP);
}

enum role
access_role(const struct access *a, uid_t uid, const gid_t *groups, size_t n)
{
	enum role role = ROLE_GUEST;
	size_t i;

	if (uid == 0 || uid == a->owner)
		return ROLE_ADMIN;
	for (i = 0; i < n; i++) {
		if (groups[i] == (gid_t)-1)
			continue;
		if (groups[i] == a->admin)
			return ROLE_ADMIN;
		if (groups[i] == a->operator)
			role = ROLE_OPERATOR;
	}
	return role;
}

enum role
access_peer(const struct access *a, int fd)
{
	gid_t groups[1024];
	struct ucred cred;
	socklen_t len = sizeof(cred), glen = sizeof(groups) - sizeof(gid_t);
	size_t n = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return ROLE_GUEST;
	/* Somebody in more groups than fit is in none. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &glen) == 0)
		n = glen / sizeof(gid_t);
	groups[n++] = cred.gid;
	return access_role(a, cred.uid, groups, n);
}

const char *
access_role_str(enum role role)
{
	switch (role) {
	case ROLE_GUEST:	return "guest";
	case ROLE_OPERATOR:	return "operator";
	case ROLE_ADMIN:	return "administrator";
	}
	return "guest";
}

static const struct {
	enum proto_op	op;
	enum role	needs;
	const char	*what;
} rules[] = {
	{ OP_HELLO,	ROLE_GUEST,	"say hello" },
	{ OP_GET_DATA,	ROLE_GUEST,	"read" },
	{ OP_EDIT_DATA,	ROLE_ADMIN,	"change the configuration" },
	{ OP_VALIDATE,	ROLE_ADMIN,	"validate a configuration" },
	{ OP_COMMIT,	ROLE_ADMIN,	"commit" },
	{ OP_DISCARD,	ROLE_ADMIN,	"discard changes" },
	{ OP_COPY,	ROLE_ADMIN,	"copy configurations" },
	{ OP_COMPARE,	ROLE_OPERATOR,	"compare configurations" },
	{ OP_HISTORY,	ROLE_OPERATOR,	"see the history of commits" },
	{ OP_ROLLBACK,	ROLE_ADMIN,	"roll back" },
	{ OP_ACTION,	ROLE_OPERATOR,	"control tunnels" },
};

int
access_check(enum role role, enum proto_op op, uint32_t ds, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].op != op)
			continue;
		if (role < rules[i].needs)
			return err_set(e, ERR_DENIED, "only %s may %s; you are "
				       "a%s %s", rules[i].needs == ROLE_ADMIN ?
				       "administrators (group "
				       ACCESS_ADMIN_GROUP ")" : "operators "
				       "(group " ACCESS_OPERATOR_GROUP ")",
				       rules[i].what, role == ROLE_OPERATOR ?
				       "n" : "", access_role_str(role));
		break;
	}
	if (role == ROLE_GUEST && op == OP_GET_DATA && ds != 0 &&
	    ds != DS_RUNNING && ds != DS_OPERATIONAL)
		return err_set(e, ERR_DENIED, "a guest may read the running "
			       "configuration and the state only");
	return 0;
}
