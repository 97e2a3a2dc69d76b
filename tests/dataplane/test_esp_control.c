/*
 * esp and monitor: every request is answered, also while events fill the pipe,
 * and an event that was lost is said to be.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "esp/core.h"
#include "tests/unit.h"

static int ends[2];		/* monitor's, esp's */

/* Monitor comes late, and reads until it has an answer. */
static void *
read_late(void *arg)
{
	uint8_t msg[ESP_CONTROL_MAX];
	uint32_t *serial = arg;
	struct dp_reply r;
	struct rbuf b;
	ssize_t n;

	usleep(50000);
	while ((n = recv(ends[0], msg, sizeof(msg), 0)) > 0) {
		rbuf_init(&b, msg, (size_t)n);
		if (rbuf_u8(&b) != ESP_REPLY)
			continue;
		if (dp_reply_parse(&b, &r) && r.ok)
			*serial = r.serial;
		break;
	}
	return NULL;
}

static void
test_full_pipe(void)
{
	const struct timeval patience = { 2, 0 };
	const struct dp_request q = { .op = DP_BEGIN, .serial = 77 };
	struct esp e = { .fds.ike = -1 };
	uint8_t msg[ESP_CONTROL_MAX];
	unsigned int told = 0;
	uint32_t serial = 0;
	struct wbuf w;
	pthread_t t;

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
	    ends) == 0);
	CU_ASSERT(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience)) == 0);
	e.fds.control = ends[1];
	e.table = table_new();
	CU_ASSERT_FATAL(e.table != NULL);

	while (told < 100000 && esp_event(&e, DP_ACQUIRE, 1, 0, NULL))
		told++;
	CU_ASSERT(told > 0 && told < 100000);
	CU_ASSERT_FALSE(esp_event(&e, DP_EXPIRE, 1, 256, NULL));

	wbuf_init(&w, msg, sizeof(msg));
	wbuf_u8(&w, ESP_REQUEST);
	dp_request_build(&w, &q);
	CU_ASSERT_FATAL(wbuf_ok(&w));
	CU_ASSERT_FATAL(fcntl(ends[0], F_SETFL, 0) == 0);
	CU_ASSERT_FATAL(pthread_create(&t, NULL, read_late, &serial) == 0);
	control_request(&e, msg, w.len);
	pthread_join(t, NULL);
	CU_ASSERT_EQUAL(serial, 77);

	table_free(e.table);
	close(ends[0]);
	close(ends[1]);
}

UNIT_MAIN("esp/control",
	{ "a pipe full of events", test_full_pipe },
)
