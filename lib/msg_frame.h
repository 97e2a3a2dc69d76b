/*
 * msg_frame: the frame's header and its checks, shared by the blocking and the
 * event-driven end of lib/msg; nobody else needs it.
 */
#ifndef CULVERT_MSG_FRAME_H
#define CULVERT_MSG_FRAME_H

#include "msg.h"

void	msg_frame_head(const struct msg *, uint8_t head[MSG_HDR_LEN]);
/* Inits *m from the header; *len is that of the whole frame, at most max. */
int	msg_frame_parse_head(struct msg *, const uint8_t head[MSG_HDR_LEN],
			     size_t max, size_t *len, struct err *)
		__attribute__((warn_unused_result));
/* Whether m->data is attributes and nothing but. */
int	msg_frame_check(const struct msg *, struct err *)
		__attribute__((warn_unused_result));

#endif
