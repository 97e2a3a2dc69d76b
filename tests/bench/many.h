/*
 * many: tunnels by the thousand, for benchmarks of two engines (pair/world.h).
 */
#ifndef CULVERT_TESTS_BENCH_MANY_H
#define CULVERT_TESTS_BENCH_MANY_H

#include <stdbool.h>

/* The list entries of tunnels 1 to n between 192.0.2.1, which is alice's, and
 * 192.0.2.2, as node_config() takes them; ike: what is below that node, or NULL
 * for the default; certificates: each with the label of its local identity, and the
 * CA "corp".  The caller frees it; NULL: no memory. */
char	*many_tunnels(bool alices, unsigned int n, const char *ike,
		      bool certificates);

/* Seconds of CPU that this process has used. */
double	many_cpu(void);

#endif
