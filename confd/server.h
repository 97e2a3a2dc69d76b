/*
 * server: the socket where clients come in.
 */
#ifndef CULVERT_CONFD_SERVER_H
#define CULVERT_CONFD_SERVER_H

#include "err.h"

struct confd;

/* Takes fd, a listening socket. */
int	server_open(struct confd *, int fd, struct err *)
		__attribute__((warn_unused_result));
void	server_close(struct confd *);

#endif
