/*
 * bind: what a tunnel's configuration becomes with the certificates that are
 * there: its automatic identity, or why it cannot be in use; and what becomes of a
 * tunnel when they change.
 *
 * A tunnel whose certificate is not there is blocked and says so, and comes to life
 * by itself when it arrives.  A renewed certificate is used by the next
 * authentication, and nothing else happens; unless the tunnel's own identity is the
 * subject, and that is another one now.  One that is up stays up as long as it can
 * when its certificate goes.
 */
#ifndef CULVERT_BIND_H
#define CULVERT_BIND_H

#include <stdbool.h>

#include "err.h"

struct conf;
struct engine;

/*
 * For a commit: conf, which is not in force yet, uses its labels from now on.  -1:
 * the certificate does not do for it, unless lenient.  What is not there is no error
 * and makes it refused, or waiting as long as keys has not told all it has.
 */
int	bind_conf(struct engine *, struct conf *, bool lenient, struct err *)
		__attribute__((warn_unused_result));
/* What is right but deserves a word: validity, a chain that leads elsewhere. */
void	bind_warn(struct engine *, const struct conf *,
		  void (*warn)(void *, const char *), void *arg);
/* For a tunnel, whose configuration this may be: looks at its certificates again;
 * changed: they have, and what failed because of them may succeed. */
void	bind_tunnel(struct engine *, struct conf *, bool changed);

#endif
