/*
 * names: tables between numbers and names.  A table ends with a NULL name.
 */
#ifndef CULVERT_NAMES_H
#define CULVERT_NAMES_H

struct name {
	int		 value;
	const char	*name;
};

/* NULL if unknown. */
const char *name_find(const struct name *, int value);
/* -1 if unknown; names are compared exactly. */
int	 name_value(const struct name *, const char *);
/* The name, or the number as text in buf (at least 16 bytes). */
const char *name_str(const struct name *, int value, char *buf);

/* Edits (insertion, deletion, replacement, swap of two neighbours) from one
 * word to another, regardless of case: how likely it is a slip of the finger.
 * NAME_FAR if one is too long to be compared. */
#define NAME_FAR	64
unsigned int name_distance(const char *, const char *);

#endif
