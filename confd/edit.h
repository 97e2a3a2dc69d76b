/*
 * edit: edits of a candidate, in batches that succeed whole or change nothing.
 *
 * Values are checked against their types at once; a one-line container that
 * contradicts itself is refused at the end of its batch.  What is merely
 * missing is the business of validation.
 */
#ifndef CULVERT_CONFD_EDIT_H
#define CULVERT_CONFD_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "proto.h"
#include "rights.h"

struct map;
struct schema;
struct unit;

struct edit {
	enum proto_edit	 op;
	const char	*path;
	const char	*value;		/* or NULL */
	const char	*data;		/* or NULL: members of the node, JSON */
};

struct undo {
	struct unit	*before;	/* NULL: there was none */
	struct unit	*is;		/* which one it is about */
};

struct one_line {
	char		*path;
	unsigned int	 index;
};

struct batch {
	const struct schema	*schema;
	struct map		*map;		/* borrowed */
	/* Who may not edit a secret must not learn either that he has guessed it,
	 * which setting it to what it is would tell.  NULL: anybody. */
	const enum role		*author;	/* borrowed */
	unsigned int		 serial;
	unsigned int		 index;		/* of the next edit */
	/* How many changed something; 0 after edit_end if all is as before. */
	unsigned int		 changed;
	/* A remark on the edit just applied, or "". */
	char			 note[256];
	struct undo		*undo;
	size_t			 n_undo, undo_size;
	struct one_line		*lines;
	size_t			 n_lines, lines_size;
};

/* serial must be one that no batch of this process had before. */
void	edit_begin(struct batch *, const struct schema *, struct map *,
		   unsigned int serial);
/* On an error the batch must be undone; batch->index is the edit's number. */
int	edit_apply(struct batch *, const struct edit *, struct err *)
		__attribute__((warn_unused_result));
/* The checks that need the whole batch, then the end of it: 0, or -1 and
 * everything is as before, batch->index naming the edit. */
int	edit_end(struct batch *, struct err *)
		__attribute__((warn_unused_result));
void	edit_undo(struct batch *);

#endif
