/*
 * fetch: the process that downloads what ike asks for (CRLs, OCSP answers) and keeps
 * on disk what ike asks to keep.  It has the network, but no key, and parses
 * nothing of what it brings.  The same program, with a URL, does one download for
 * whoever starts it.
 */
#ifndef CULVERT_FETCH_H
#define CULVERT_FETCH_H

#include <stddef.h>

#include "err.h"
#include "proc/sandbox.h"

struct options;

/* child.c: as a child of ipsecd; returns the exit status. */
int	fetch_child(const struct options *);
/* once.c: the octets on standard output, or a sentence on standard error and
 * nothing there; returns the exit status. */
int	fetch_once(const char *url, size_t most);

/* syscalls.c: what both may ask of the kernel; writable: a folder, or -1. */
struct sandbox fetch_sandbox(int writable);

#endif
