#include "rights.h"

#include <libyang/libyang.h>
#include <string.h>

#include "ytree.h"

#define OPERATIONS	"culvert-operations"

static const struct {
	const char	*name;
	const char	*group;		/* its members, or NULL: everybody */
} roles[] = {
	[ROLE_GUEST]	= { "guest", NULL },
	[ROLE_OPERATOR]	= { "operator", RIGHTS_OPERATOR_GROUP },
	[ROLE_ADMIN]	= { "administrator", RIGHTS_ADMIN_GROUP },
};
#define ROLES		(sizeof(roles) / sizeof(roles[0]))

static const struct {
	const char	*extension;
	enum role	 otherwise;
} rights[] = {
	[RIGHT_READ]	= { "may-read", ROLE_GUEST },
	[RIGHT_EDIT]	= { "may-edit", ROLE_ADMIN },
	[RIGHT_RUN]	= { "may-run", ROLE_OPERATOR },
};
#define RIGHTS		(sizeof(rights) / sizeof(rights[0]))

const char *
role_str(enum role role)
{
	return roles[role].name;
}

bool
role_parse(const char *name, enum role *role)
{
	size_t i;

	for (i = 0; i < ROLES; i++) {
		if (strcmp(roles[i].name, name) != 0)
			continue;
		*role = (enum role)i;
		return true;
	}
	return false;
}

enum role
rights_needed(const struct lysc_node *node, enum right right)
{
	enum role role = rights[right].otherwise;
	const char *name = NULL;

	for (; node != NULL && name == NULL; node = node->parent)
		name = ytree_ext(node, rights[right].extension);
	/* What cannot be understood is for those who can repair it. */
	if (name != NULL && !role_parse(name, &role))
		role = ROLE_ADMIN;
	return role;
}

enum role
rights_strictest(const struct lysc_node *node, enum right right)
{
	enum role most = rights_needed(node, right), r;
	const struct lysc_node *n = NULL;

	if (!(node->nodetype & (LYS_CONTAINER | LYS_LIST)))
		return most;
	while ((n = lys_getnext(n, node, NULL, 0)) != NULL) {
		r = n->flags & LYS_CONFIG_W && !lysc_is_key(n) ?
		    rights_strictest(n, right) : ROLE_GUEST;
		if (r > most)
			most = r;
	}
	return most;
}

bool
rights_any(const struct lysc_node *node, enum right right, enum role role)
{
	const struct lysc_node *n = NULL;

	if (rights_needed(node, right) <= role)
		return true;
	if (!(node->nodetype & (LYS_CONTAINER | LYS_LIST)))
		return false;
	while ((n = lys_getnext(n, node, NULL, 0)) != NULL)
		if (!lysc_is_key(n) && rights_any(n, right, role))
			return true;
	return false;
}

/* --- operations --- */

static const struct lysc_node *
first_rpc(const struct ly_ctx *ctx)
{
	const struct lys_module *m;

	m = ly_ctx_get_module_implemented(ctx, OPERATIONS);
	return m != NULL && m->compiled != NULL && m->compiled->rpcs != NULL ?
	    &m->compiled->rpcs->node : NULL;
}

static const struct lysc_node *
find_rpc(const struct ly_ctx *ctx, const char *name)
{
	const struct lysc_node *n;

	for (n = first_rpc(ctx); n != NULL; n = n->next)
		if (name != NULL && strcmp(n->name, name) == 0)
			break;
	return n;
}

enum role
rights_operation(const struct ly_ctx *ctx, const char *rpc)
{
	const struct lysc_node *n = find_rpc(ctx, rpc);

	return n != NULL ? rights_needed(n, RIGHT_RUN) : ROLE_ADMIN;
}

bool
rights_audited(const struct ly_ctx *ctx, const char *rpc)
{
	const struct lysc_node *n = find_rpc(ctx, rpc);

	return n != NULL && ytree_ext(n, "audit") != NULL;
}

/* How many characters of the command the rule names; 0: another one. */
static size_t
fits(const char *rule, const char *words)
{
	size_t len = strlen(rule);

	return strncmp(rule, words, len) == 0 &&
	    (words[len] == '\0' || words[len] == ' ') ? len : 0;
}

bool
rights_command(const struct ly_ctx *ctx, const char *words, enum role *role)
{
	const struct lysc_ext_instance *x;
	const struct lysc_node *n;
	LY_ARRAY_COUNT_TYPE i;
	size_t best = 0, len;

	for (n = first_rpc(ctx); n != NULL; n = n->next) {
		LY_ARRAY_FOR(n->exts, i) {
			x = &n->exts[i];
			if (strcmp(x->def->name, "command") != 0)
				continue;
			len = fits(x->argument, words);
			if (len <= best)
				continue;
			best = len;
			*role = rights_needed(n, RIGHT_RUN);
		}
	}
	return best > 0;
}

/* --- checking, and saying no --- */

struct check {
	bool		*hides;
	struct err	*e;
};

static LY_ERR
check_node(struct lysc_node *node, void *arg, ly_bool *dont_descend)
{
	struct check *c = arg;
	const char *name;
	enum role role;
	size_t i;

	(void)dont_descend;
	for (i = 0; i < RIGHTS; i++) {
		name = ytree_ext(node, rights[i].extension);
		if (name == NULL)
			continue;
		if (role_parse(name, &role)) {
			*c->hides |= i == RIGHT_READ && role > ROLE_GUEST;
			continue;
		}
		err_set(c->e, ERR_INVALID, "the model %s says that '%s' %s %s: "
			"there are guest, operator and administrator",
			node->module->name, name, rights[i].extension,
			node->name);
		return LY_EVALID;
	}
	return LY_SUCCESS;
}

int
rights_check(const struct ly_ctx *ctx, bool *hides, struct err *e)
{
	struct check c = { hides, e };
	const struct lys_module *m;
	uint32_t i = 0;

	*hides = false;
	while ((m = ly_ctx_get_module_iter(ctx, &i)) != NULL)
		if (m->implemented && m->compiled != NULL &&
		    lysc_module_dfs_full(m, check_node, &c) != LY_SUCCESS)
			return -1;
	return 0;
}

int
rights_refuse(struct err *e, const char *what, enum role needs, enum role is)
{
	return err_set(e, ERR_DENIED, "%.200s needs the role %s (group %s); you "
		       "are %s %s", what, roles[needs].name,
		       roles[needs].group != NULL ? roles[needs].group : "any",
		       is == ROLE_GUEST ? "a" : "an", roles[is].name);
}
