/*
 * control: what monitor asks of esp.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "buf.h"
#include "core.h"
#include "log.h"
#include "secret.h"

static int
sa_missing(const struct dp_sa *d, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "there is no SA %08x", d->spi);
}

static void
counters(struct sa *sa, struct dp_counters *c)
{
	uint64_t idle = esp_now_ms();

	pthread_mutex_lock(&sa->lock);
	c->bytes = sa->bytes;
	c->packets = sa->packets;
	c->errors = sa->errors;
	c->replays = sa->replays;
	idle = idle > sa->last_ms ? idle - sa->last_ms : 0;
	c->idle_ms = sa->last_ms == 0 ? UINT32_MAX :
	    idle < UINT32_MAX ? (uint32_t)idle : UINT32_MAX - 1;
	pthread_mutex_unlock(&sa->lock);
}

static int
request(struct esp *esp, const struct dp_request *r, struct dp_reply *reply,
	struct err *e)
{
	struct table *t = esp->table;
	struct sa *sa = table_sa_find(t, r->sa.tunnel, r->sa.spi, r->sa.inbound);

	switch (r->op) {
	case DP_SA_ADD:
		return table_sa_add(t, &r->sa, esp->options.replay_window, e);
	case DP_SA_UPDATE:
		if (!sa)
			return sa_missing(&r->sa, e);
		table_sa_update(sa, &r->sa);
		return 0;
	case DP_SA_DEL:
		if (!sa)
			return sa_missing(&r->sa, e);
		table_sa_del(t, sa);
		return 0;
	case DP_COUNTERS:
		if (!sa)
			return sa_missing(&r->sa, e);
		counters(sa, &reply->counters);
		return 0;
	case DP_POLICY_ADD:
		return table_policy_add(t, &r->policy, e);
	case DP_POLICY_DEL:
		table_policy_del(t, r->policy.tunnel);
		return 0;
	case DP_BEGIN:
		table_begin(t);
		return 0;
	case DP_SYNC:
		table_sync(t);
		return 0;
	}
	return err_set(e, ERR_BUG, "unknown request %d to the data plane", r->op);
}

/* Waits until monitor has read earlier ones: an answer that is lost leaves the
 * engine waiting for ever, and monitor itself never waits for us. */
static int
send_whole(int fd, const void *p, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	while (send(fd, p, len, MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

static void
answer(struct esp *esp, const struct dp_reply *reply)
{
	uint8_t out[ESP_CONTROL_MAX];
	struct wbuf w;

	wbuf_init(&w, out, sizeof(out));
	wbuf_u8(&w, ESP_REPLY);
	dp_reply_build(&w, reply);
	if (!wbuf_ok(&w) || send_whole(esp->fds.control, out, w.len) < 0)
		log_error("cannot answer monitor");
}

static void
carry_out(struct esp *esp, struct dp_request *r, struct dp_reply *reply)
{
	struct err e = ERR_INIT;

	table_write(esp->table);
	reply->ok = request(esp, r, reply, &e) == 0;
	table_release(esp->table);
	if (!reply->ok)
		snprintf(reply->why, sizeof(reply->why), "%.119s", e.text);
}

/* Each request is answered, or all later answers would be taken for those of
 * others. */
void
control_request(struct esp *esp, const uint8_t *msg, size_t len)
{
	struct dp_request r;
	struct dp_reply reply;
	struct rbuf b;

	memset(&reply, 0, sizeof(reply));
	rbuf_init(&b, msg, len);
	if (rbuf_u8(&b) == ESP_REQUEST && dp_request_parse(&b, &r)) {
		reply.serial = r.serial;
		carry_out(esp, &r, &reply);
		secret_wipe_mem(&r, sizeof(r));
	} else {
		snprintf(reply.why, sizeof(reply.why),
		    "esp does not understand the request");
	}
	answer(esp, &reply);
}
