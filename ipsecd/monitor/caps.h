/*
 * caps: monitor is root, but keeps only the capabilities that it or a child on
 * its way into its sandbox uses; what is started later cannot have more.
 */
#ifndef CULVERT_MONITOR_CAPS_H
#define CULVERT_MONITOR_CAPS_H

#include "err.h"

int	caps_keep(struct err *) __attribute__((warn_unused_result));

#endif
