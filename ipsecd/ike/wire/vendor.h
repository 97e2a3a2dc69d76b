/*
 * vendor: vendor ids by name (RFC 2408 3.16): octets by which IKEv1 peers say
 * what they can do beyond the RFCs, and who made them.
 */
#ifndef CULVERT_WIRE_VENDOR_H
#define CULVERT_WIRE_VENDOR_H

#include <stddef.h>
#include <stdint.h>

enum vendor {
	VENDOR_UNKNOWN = 0,
	/* those that mean something to us */
	VENDOR_NATT_RFC,		/* RFC 3947 */
	VENDOR_NATT_03,			/* draft-ietf-ipsec-nat-t-ike-03 */
	VENDOR_NATT_02N,		/* -02, with a line feed in its text: so
					 * most have it */
	VENDOR_NATT_02,
	VENDOR_DPD,			/* RFC 3706 */
	VENDOR_FRAGMENTATION,		/* payload 132 */
	/* for the log */
	VENDOR_OTHER,
};

struct bytes;
struct build;

/* Of a payload's body, and its name; NULL for one that nobody knows. */
enum vendor	vendor_find(const struct bytes *);
const char	*vendor_name(const struct bytes *);
/* Adds a payload that says so; not for UNKNOWN and OTHER. */
void		vendor_build(struct build *, enum vendor);

#endif
