/*
 * edit_in: what the files of edit share: units that a batch may change (edit), what
 * removes (edit_remove), sets (edit_set) and merges JSON (edit_data).
 */
#ifndef CULVERT_CONFD_EDIT_IN_H
#define CULVERT_CONFD_EDIT_IN_H

#include "edit.h"
#include "path.h"

struct lysc_node;

/* Sets *e; -1. */
int	edit_no_memory(struct err *);
/* Puts a unit that this batch may change in the place of u, or of none; NULL: it
 * cannot. */
struct unit *edit_own(struct batch *, struct unit *u, const struct path *,
		      struct err *);
int	edit_drop(struct batch *, struct unit *, struct err *);
/* The unit that the path is in, if there is one. */
struct unit *edit_unit(struct batch *, const struct path *);

int	edit_remove(struct batch *, const struct path *, bool *found, struct err *);
/* All entries of a list or leaf-list. */
void	edit_free_all(struct unit *, const struct path *);
/* The path names all values of a leaf-list rather than one. */
bool	edit_names_values(const struct path *);

int	edit_set(struct batch *, const struct edit *, const struct path *,
		 bool *changed, struct err *);
/* Whether the author may set that leaf, also to what it is already: see
 * batch->author. */
int	edit_check_secret(const struct batch *, const struct lysc_node *,
			  const char *path, struct err *);
/* What cannot be beside the path's node, once that is set, goes. */
int	edit_switch_cases(struct batch *, const struct path *, struct err *);

/* Members of the node in JSON, which may be several units. */
int	edit_set_data(struct batch *, const struct path *, const char *json,
		      bool *changed, struct err *);

#endif
