#include "core.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "buf.h"

uint64_t
esp_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
esp_drop(struct esp *e, enum drop why)
{
	atomic_fetch_add_explicit(&e->drops[why], 1, memory_order_relaxed);
}

bool
esp_event(struct esp *e, enum dp_event_kind kind, uint32_t tunnel, uint32_t spi,
	  const struct endpoint *peer)
{
	struct dp_event ev = { .kind = kind, .tunnel = tunnel, .spi = spi };
	uint8_t msg[ESP_CONTROL_MAX];
	struct wbuf w;

	if (peer)
		ev.peer = *peer;
	wbuf_init(&w, msg, sizeof(msg));
	wbuf_u8(&w, ESP_EVENT);
	dp_event_build(&w, &ev);
	return wbuf_ok(&w) &&
	    send(e->fds.control, msg, w.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

unsigned int
esp_wait(struct esp *e, const int *fds, unsigned int n)
{
	struct pollfd p[ESP_QUEUES_MAX + 1];
	unsigned int i, ready = 0;

	for (i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	p[n] = (struct pollfd){ .fd = e->stop, .events = POLLIN };
	while (poll(p, n + 1, -1) < 0)
		if (errno != EINTR)
			return 0;
	if (p[n].revents)
		return 0;
	for (i = 0; i < n; i++)
		if (p[i].revents)
			ready |= 1u << i;
	return ready;
}
