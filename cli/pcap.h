/*
 * pcap: a capture file (libpcap's format 2.4, link type RAW) that Wireshark
 * opens.  It is whole after every packet, however the shell ends.
 */
#ifndef CULVERT_CLI_PCAP_H
#define CULVERT_CLI_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct pcap;

/* A new file, readable by its owner alone: one that is there is not replaced.
 * NULL with a sentence. */
struct pcap *pcap_create(const char *path, struct err *);
/* What A_PACKET holds; -1 when it does not fit on the disk. */
int	pcap_add(struct pcap *, const uint8_t *, size_t, struct err *)
		__attribute__((warn_unused_result));
unsigned long pcap_count(const struct pcap *);
void	pcap_close(struct pcap *);

#endif
