/*
 * path: instance paths into the container tunnel of culvert-tunnel, as confd
 * sends them: "/culvert-tunnel:tunnel/ipsec[id='7']/initiate".
 */
#ifndef CULVERT_PROC_PATH_H
#define CULVERT_PROC_PATH_H

#include <stdint.h>

#include "err.h"

struct tunnel_path {
	uint32_t	 id;		/* 0: no certain tunnel */
	const char	*rest;		/* "initiate", "state/status" or "";
					 * points into the text */
};

int	tunnel_path_parse(struct tunnel_path *, const char *text, struct err *)
		__attribute__((warn_unused_result));

#endif
