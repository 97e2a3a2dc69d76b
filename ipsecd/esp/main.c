/*
 * main: threads, and the loop over requests.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core.h"
#include "log.h"
#include "secret.h"

struct threads {
	pthread_t	 id[ESP_QUEUES_MAX + 1];
	unsigned int	 n;
	struct out	*out[ESP_QUEUES_MAX];
	struct in	*in;
};

static bool
thread_start(struct threads *t, void *(*run)(void *), void *arg)
{
	int rc = arg ? pthread_create(&t->id[t->n], NULL, run, arg) : ENOMEM;

	if (rc != 0) {
		log_error("cannot start a thread: %s", strerror(rc));
		return false;
	}
	t->n++;
	return true;
}

static bool
threads_start(struct threads *t, struct esp *e)
{
	unsigned int i;

	for (i = 0; i < e->fds.n_tun; i++) {
		t->out[i] = out_new(e, e->fds.tun[i]);
		if (!thread_start(t, out_run, t->out[i]))
			return false;
	}
	t->in = in_new(e);
	return thread_start(t, in_run, t->in);
}

static void
threads_stop(struct threads *t, int wake)
{
	unsigned int i;

	/* The end that they watch becomes readable: end of file. */
	close(wake);
	for (i = 0; i < t->n; i++)
		pthread_join(t->id[i], NULL);
	for (i = 0; i < ESP_QUEUES_MAX; i++)
		out_free(t->out[i]);
	in_free(t->in);
}

/* Until monitor goes. */
static int
serve(struct esp *e)
{
	uint8_t msg[ESP_CONTROL_MAX];

	for (;;) {
		struct pollfd p = { .fd = e->fds.control, .events = POLLIN };
		ssize_t n = recv(e->fds.control, msg, sizeof(msg), MSG_DONTWAIT);

		if (n > 0) {
			control_request(e, msg, (size_t)n);
			secret_wipe_mem(msg, (size_t)n);
		} else if (n == 0) {
			return 0;
		} else if (errno == EAGAIN) {
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			if (errno == ECONNRESET)
				return 0;
			log_error("reading from monitor: %s", strerror(errno));
			return 1;
		}
	}
}

static void
log_drops(const struct esp *e)
{
	static const char *const what[DROP_KINDS] = {
		[DROP_MALFORMED] = "malformed", [DROP_NO_POLICY] = "no policy",
		[DROP_NO_SA] = "no SA", [DROP_UNKNOWN_SPI] = "unknown SPI",
		[DROP_SELECTOR] = "outside the selectors",
		[DROP_SEND] = "not taken by the kernel",
	};
	int i;

	for (i = 0; i < DROP_KINDS; i++)
		if (e->drops[i])
			log_info("dropped %llu packets: %s",
			    (unsigned long long)e->drops[i], what[i]);
}

int
esp_main(const struct esp_fds *fds, const struct esp_options *options)
{
	struct esp e = { .fds = *fds, .options = *options };
	struct threads t = { .n = 0 };
	int pipefd[2], rc = 1;

	if (e.options.replay_window == 0)
		e.options.replay_window = ESP_WINDOW;
	if (e.options.port == 0)
		e.options.port = 4500;
	if (pipe(pipefd) < 0) {
		log_error("pipe: %s", strerror(errno));
		return 1;
	}
	e.stop = pipefd[0];
	e.table = table_new();
	if (!e.table)
		log_error("out of memory");
	else if (threads_start(&t, &e))
		rc = serve(&e);
	threads_stop(&t, pipefd[1]);
	close(pipefd[0]);
	table_free(e.table);
	log_drops(&e);
	return rc;
}
