/*
 * value: a leaf's value between a person's form and the model's.
 */
#ifndef CULVERT_CLI_VALUE_H
#define CULVERT_CLI_VALUE_H

#include <stdbool.h>

#include <libyang/libyang.h>

#include "err.h"

struct str;
struct expect;

/* What was typed (abbreviated enumeration, 15m, host bits set) to the model's
 * text, which the caller frees; NULL with a sentence that says what is allowed.
 * note (may be NULL) gets a sentence if the value was taken as another one.
 * Values of secrets never reach a sentence. */
char	*value_parse(const struct lysc_node *leaf, const char *typed,
		     struct str *note, struct err *);
/* "ADDRESS" and "NETMASK" as "ADDRESS/LEN"; the caller frees it. */
char	*value_netmask(const char *address, const char *mask, struct err *);
bool	 value_is_address(const char *);	/* no "/" in it */

/* The model's text as a person writes it (15m), without quotes. */
void	 value_show(const struct lysc_node *leaf, const char *canon, struct str *);

/* "<1..86400>", "<ADDRESS>", "psk|cert" */
void	 value_syntax(const struct lysc_node *leaf, struct str *);
/* "1 to 86400 seconds, default 30" */
void	 value_limits(const struct lysc_node *leaf, struct str *);
/* The enumerations, identities or bits, or one placeholder. */
void	 value_expect(const struct lysc_node *leaf, struct expect *);

#endif
