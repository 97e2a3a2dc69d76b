/*
 * keys: the process that holds the pre-shared keys and answers "MAC this".
 * It has no network and never parses what a peer sent.
 */
#ifndef CULVERT_KEYS_H
#define CULVERT_KEYS_H

struct options;

/* Returns the exit status. */
int	keys_main(const struct options *);

#endif
