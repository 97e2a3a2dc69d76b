/*
 * vnet: the header in front of each packet of a TUN device with offloads; what
 * Linux 6.2 added to it and older headers do not know.
 */
#ifndef CULVERT_ESP_VNET_H
#define CULVERT_ESP_VNET_H

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20
#define TUN_F_USO6	0x40
#endif

#endif
