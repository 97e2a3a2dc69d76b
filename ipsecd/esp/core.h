/*
 * core: what the threads of esp share.
 */
#ifndef CULVERT_ESP_CORE_H
#define CULVERT_ESP_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "esp.h"
#include "table.h"

/* Why packets were dropped, but for what an SA counts itself. */
enum drop {
	DROP_MALFORMED,		/* inside or outside, no sense in it */
	DROP_NO_POLICY,		/* from inside, nothing protects it */
	DROP_NO_SA,		/* from inside, the tunnel is down */
	DROP_UNKNOWN_SPI,
	DROP_SELECTOR,		/* decrypted, not allowed in this SA */
	DROP_SEND,		/* the kernel did not take it */
	DROP_KINDS
};

struct esp {
	struct esp_fds		fds;
	struct esp_options	options;
	struct table		*table;
	int			stop;	/* readable: threads end */
	_Atomic uint64_t	drops[DROP_KINDS];
};

uint64_t esp_now_ms(void);
void	esp_drop(struct esp *, enum drop);

/* DP_ACQUIRE, DP_EXPIRE or DP_MAPPING.  False: lost, for monitor does not keep
 * up; try again as long as its reason lasts. */
bool	esp_event(struct esp *, enum dp_event_kind, uint32_t tunnel, uint32_t spi,
		  const struct endpoint *peer);

/* Waits for one of the descriptors: a bit for each that is ready, or 0 when it
 * is time to end. */
unsigned int esp_wait(struct esp *, const int *fds, unsigned int n);

/* One thread each: a queue of the TUN device into the tunnels; the sockets of
 * port 4500 out of them.  NULL or a thread's argument that _free takes. */
struct out;
struct out *out_new(struct esp *, int tun);
void	out_free(struct out *);
void	*out_run(void *);

struct in;
struct in *in_new(struct esp *);
void	in_free(struct in *);
void	*in_run(void *);

/* One request of monitor's. */
void	control_request(struct esp *, const uint8_t *msg, size_t len);

#endif
