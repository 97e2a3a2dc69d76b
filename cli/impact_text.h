/*
 * impact_text: what a commit does to the tunnels, from OP_IMPACT.
 */
#ifndef CULVERT_CLI_IMPACT_TEXT_H
#define CULVERT_CLI_IMPACT_TEXT_H

struct json;
struct msg;
struct str;

/* "ipsec-3: restarts (peer); 9,999 untouched" and a line's end; what is touched
 * in different ways has lines of its own. */
void	impact_text(const struct msg *, struct str *);
/* The same as members of an object. */
void	impact_json(const struct msg *, struct json *);

#endif
