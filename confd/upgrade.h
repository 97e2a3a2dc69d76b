/*
 * upgrade: reads configuration that was written under older revisions of the
 * models, by what these say of themselves (cv:upgrade).
 */
#ifndef CULVERT_CONFD_UPGRADE_H
#define CULVERT_CONFD_UPGRADE_H

#include <stddef.h>

#include "err.h"

struct lyd_node;
struct schema;

/* What to tell a person: settings that are gone. */
typedef void upgrade_note_fn(const char *sentence, void *arg);

/* Every cv:upgrade can be understood. */
int	upgrade_check(const struct schema *, struct err *)
		__attribute__((warn_unused_result));
/* "culvert-system@2026-11-21 culvert-tunnel@2026-11-21": the modules that have
 * configuration, by name; the caller frees. NULL without memory. */
char	*upgrade_modules(const struct schema *);
/* As ytree_parse_config(), of JSON that was written under `modules`.  NULL: it
 * is not known; then it is read as it is, and only if that fails, as old.
 * note may be NULL. */
int	upgrade_parse(struct lyd_node **, const struct schema *,
		      const char *modules, const char *json, size_t len,
		      upgrade_note_fn *note, void *arg, struct err *)
		__attribute__((warn_unused_result));

#endif
