/*
 * tap: IKE and ESP as they are on the wire, while somebody watches.
 *
 * A packet socket whose filter cannot be changed any more lets nothing else in;
 * it stays in monitor, which hands the octets to ike and looks at none of them,
 * so that ike can neither hear more nor send anything by it.  What ike does not
 * take in time is lost and counted.
 */
#ifndef CULVERT_TAP_H
#define CULVERT_TAP_H

#include <stdbool.h>

struct monitor;
struct rbuf;

/* IPC_TAP of ike's, which is answered; false: nonsense. */
bool	tap_request(struct monitor *, struct rbuf *body);
/* ike has gone. */
void	tap_close(struct monitor *);

#endif
