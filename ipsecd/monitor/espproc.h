/*
 * espproc: the process esp up to the call of esp_main().
 */
#ifndef CULVERT_ESPPROC_H
#define CULVERT_ESPPROC_H

struct options;

/* Returns the exit status. */
int	espproc_main(const struct options *);

#endif
