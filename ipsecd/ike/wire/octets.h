/*
 * octets: a number as octets, in network order, where it is not part of a message that
 * is being written: SPIs, message ids, what is hashed.
 */
#ifndef CULVERT_WIRE_OCTETS_H
#define CULVERT_WIRE_OCTETS_H

#include <stdint.h>

void	octets_u32(uint32_t, uint8_t out[4]);
void	octets_u64(uint64_t, uint8_t out[8]);
/* Both SPIs of an IKE_SA; cookies in IKEv1. */
void	octets_spis(uint64_t first, uint64_t second, uint8_t out[16]);

#endif
