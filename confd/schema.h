/*
 * schema: what confd has to know of the models: who owns what, and the units.
 *
 * A unit is the piece of configuration that is handed over, compared, copied
 * and validated as one: an entry of a list marked cv:unit, or what is left of a
 * top-level node without such entries.
 */
#ifndef CULVERT_CONFD_SCHEMA_H
#define CULVERT_CONFD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct ly_ctx;
struct lysc_node;

struct unit_schema {
	const struct lysc_node	*node;
	unsigned int		 rank;	/* its place in the order of all */
	bool			 list;	/* one unit for each entry */
	uint32_t		 max;	/* max-elements, 0: any number */
	const struct lysc_node	*on;	/* its leaf with cv:impact "switch" */
};

/* A must of a one-line container that looks at nothing outside of it, and so
 * can be judged before the rest is there. */
struct rule {
	const struct lysc_node	*container;
	const struct lysc_node	*node;		/* it, or one of its leaves */
	const char		*expr;
	const char		*message;	/* or NULL */
};

struct owner {
	char			*name;
	unsigned int		 depth;	/* nested owners come first */
	const char		*outer;	/* the owner around it, or NULL */
};

#define SCHEMA_LOGS_MAX	8

struct schema {
	struct ly_ctx		*ctx;
	struct unit_schema	*units;
	size_t			 n_units;
	struct owner		*owners;
	size_t			 n_owners;
	struct rule		*rules;
	size_t			 n_rules;
	/* Actions that stream what an owner logs (cv:log). */
	const struct lysc_node	*logs[SCHEMA_LOGS_MAX];
	size_t			 n_logs;
	/* A rule looks beyond its unit: single units cannot be validated. */
	bool			 crosses;
	bool			 whens;		/* some node has a when */
	bool			 hides;		/* some node is not for all */
};

int	schema_init(struct schema *, const char *yangdir, struct err *)
		__attribute__((warn_unused_result));
void	schema_fini(struct schema *);
/* The unit that a node of the configuration is in; NULL for what lies above
 * units only (a list of units without a key). */
const struct unit_schema *schema_unit(const struct schema *,
				      const struct lysc_node *);

#endif
