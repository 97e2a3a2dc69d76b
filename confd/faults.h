/*
 * faults: all that is wrong with a piece of configuration.
 *
 * libyang says whether it is valid, and stops at the first thing that is not.
 * Who commits wants to hear all of them at once.
 */
#ifndef CULVERT_CONFD_FAULTS_H
#define CULVERT_CONFD_FAULTS_H

#include <stdbool.h>

#include "err.h"

struct ly_ctx;
struct lyd_node;

enum fault {
	FAULT_MUST	= 1 << 0,
	FAULT_WHEN	= 1 << 1,
	FAULT_MISSING	= 1 << 2,
	FAULT_REFERENCE	= 1 << 3,
	FAULT_COUNT	= 1 << 4,
	FAULT_UNIQUE	= 1 << 5,
};

typedef void faults_fn(const struct err *, void *arg);

/* Looks at a node and all below it; the tree has to hold its defaults.  Returns
 * the kinds that it found. */
unsigned int faults_find(const struct lyd_node *, faults_fn *, void *arg);
/* The kind that libyang's last error is of, 0 if another. */
unsigned int faults_kind(const struct ly_ctx *);

#endif
