/*
 * level: where in the shell somebody is, as a stack of contexts.
 */
#ifndef CULVERT_CLI_LEVEL_H
#define CULVERT_CLI_LEVEL_H

#include <stdbool.h>

struct lysc_node;
struct str;

enum level_kind {
	LEVEL_EXEC	= 1 << 0,	/* example:/#> */
	LEVEL_STATE	= 1 << 1,	/* example:/tunnel/#> */
	LEVEL_CONFIG	= 1 << 2,	/* example:/config/#> */
	LEVEL_NODE	= 1 << 3,	/* example:/config/tunnel/#> */
};
#define LEVEL_ANY	0xf
#define LEVEL_EDIT	(LEVEL_CONFIG | LEVEL_NODE)
#define LEVEL_RUN	(LEVEL_EXEC | LEVEL_STATE)

struct level {
	enum level_kind	 kind;
	const struct lysc_node *node;	/* NULL in exec and config */
	char		*path;		/* its instance, "" at a root */
	char		*name;		/* in the prompt, "" for exec */
};

#define LEVELS_MAX	16

struct levels {
	struct level	 l[LEVELS_MAX];
	unsigned int	 n;
};

void	levels_init(struct levels *);		/* in exec */
void	levels_fini(struct levels *);
void	levels_copy(struct levels *to, const struct levels *from);
void	levels_move(struct levels *to, struct levels *from);
const struct level *levels_top(const struct levels *);
/* False if there are too many already. */
bool	levels_push(struct levels *, enum level_kind, const struct lysc_node *,
		    const char *path, const char *name);
/* False at the bottom. */
bool	levels_pop(struct levels *);
void	levels_to_exec(struct levels *);
bool	levels_editing(const struct levels *);
/* "example:/config/tunnel/#> " */
void	levels_prompt(const struct levels *, const char *hostname, struct str *);

#endif
