/*
 * web: the loop around libcurl, whose turn it is, and where a redirect leads.
 */
#include "web.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "readfile.h"
#include "redirect.h"
#include "sealed.h"
#include "transfer.h"
#include "why.h"
#include "worker.h"

/* At once; of one host, so that one that hangs does not have them all. */
#define RUNNING_MAX	64
#define HOST_MAX	4
#define FILES_MAX	4
/* From the question on, in ms.  The engine's patience began before: ours has the
 * better sentence. */
#define PATIENCE_MS	(FETCH_SECONDS * 1000 - 200)
#define STACK		(512u << 10)
/* With less left it is not worth a connection. */
#define LEAST_MS	1000

TAILQ_HEAD(transfers, transfer);

struct web {
	struct event_base		*base;
	CURLM				*multi;
	struct event			*timer;		/* libcurl's */
	struct event			*next;		/* take what waits */
	struct worker			*files;
	struct transfers		 lists[TRANSFER_STATES];
};

static void
set_state(struct transfer *t, enum transfer_state state)
{
	TAILQ_REMOVE(&t->web->lists[t->state], t, next);
	TAILQ_INSERT_TAIL(&t->web->lists[state], t, next);
	t->state = state;
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- the end of one --- */

static void
take_out(struct transfer *t)
{
	if (t->state == TRANSFER_RUNNING)
		curl_multi_remove_handle(t->web->multi, t->curl);
	if (t->file != NULL)
		t->file->arg = NULL;		/* nobody waits for it */
	t->file = NULL;
	transfer_close(t);
}

static void
transfer_free(struct transfer *t)
{
	take_out(t);
	TAILQ_REMOVE(&t->web->lists[t->state], t, next);
	if (t->deadline != NULL)
		event_free(t->deadline);
	event_active(t->web->next, EV_TIMEOUT, 0);
	free(t);
}

static void
finish(struct transfer *t, struct fetched *f)
{
	void (*fn)(void *, struct fetched *) = t->fn;
	void *arg = t->arg;

	if (f->fd < 0)
		log_debug("net", "%s %s", t->text, f->why);
	else
		log_debug("net", "%s: %zu octets", t->text, f->len);
	transfer_free(t);
	fn(arg, f);
}

static void
fail(struct transfer *t, const char *why)
{
	struct fetched f = { .fd = -1 };

	snprintf(f.why, sizeof(f.why), "%.*s", (int)sizeof(f.why) - 1, why);
	finish(t, &f);
}

static void
succeed(struct transfer *t)
{
	struct fetched f = { .fd = t->fd, .len = t->len };

	if (!sealed_close(t->fd)) {
		fail(t, "cannot be passed on");
		return;
	}
	t->fd = -1;
	finish(t, &f);
}

static unsigned int
running(const struct web *w, const struct url *host)
{
	const struct transfer *t;
	unsigned int n = 0;

	TAILQ_FOREACH(t, &w->lists[TRANSFER_RUNNING], next)
		n += host == NULL || (strcmp(t->url.host, host->host) == 0 &&
				      t->url.port == host->port);
	return n;
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct transfer *t = arg;
	char why[FETCH_WHY_MAX];

	(void)fd;
	(void)what;
	switch (t->state) {
	case TRANSFER_REFUSED:
		memcpy(why, t->why, sizeof(why));
		break;
	case TRANSFER_RUNNING:
		why_late(why, t->curl, &t->url,
			 (unsigned int)((now_ms() - t->begun + 500) / 1000),
			 t->len);
		break;
	case TRANSFER_READING:
		snprintf(why, sizeof(why), "cannot be read: the disk does not "
			 "answer in %d s", FETCH_SECONDS);
		break;
	default:
		snprintf(why, sizeof(why), "was not fetched: other downloads, of "
			 "which %u are from %s, did not end in %d s",
			 running(t->web, &t->url), t->url.host, FETCH_SECONDS);
		break;
	}
	fail(t, why);
}

/* --- files --- */

static void
file_read(struct file_job *f)
{
	struct transfer *t = f->arg;
	struct fetched got = { .fd = f->fd, .len = f->len };

	if (t != NULL) {
		f->fd = -1;
		memcpy(got.why, f->why, sizeof(got.why));
		t->file = NULL;
		finish(t, &got);
	}
	file_job_free(f);
}

static void
read_file(struct transfer *t)
{
	t->file = file_job_new(t->url.path, t->most, file_read, t);
	if (t->file == NULL)
		return;			/* its deadline says so */
	set_state(t, TRANSFER_READING);
	worker_give(t->web->files, &t->file->job);
}

/* --- turns --- */

static void
run(struct transfer *t)
{
	if (!transfer_open(t))
		return;
	t->begun = now_ms();
	if (curl_multi_add_handle(t->web->multi, t->curl) == CURLM_OK)
		set_state(t, TRANSFER_RUNNING);
	else
		transfer_close(t);
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	unsigned int n = running(w, NULL);
	struct transfer *t, *next;
	uint64_t now = now_ms();

	(void)fd;
	(void)what;
	for (t = TAILQ_FIRST(&w->lists[TRANSFER_WAITING]); t != NULL; t = next) {
		next = TAILQ_NEXT(t, next);
		if (t->due < now + LEAST_MS)
			continue;
		if (t->url.scheme == URL_FILE) {
			read_file(t);
		} else if (n < RUNNING_MAX && running(w, &t->url) < HOST_MAX) {
			run(t);
			n += t->state == TRANSFER_RUNNING;
		}
	}
}

static void
redirect(struct transfer *t, long code)
{
	struct redirect r = {
		.from = &t->url, .text = t->text, .location = t->location,
		.code = code, .post = t->kind == FETCH_POST,
		.before = t->redirects,
	};
	struct err e = ERR_INIT;

	if (redirect_follow(&r, &e) < 0) {
		fail(t, e.text);
		return;
	}
	take_out(t);
	set_state(t, TRANSFER_WAITING);
	t->redirects++;
	t->url = r.to;
	memcpy(t->text, r.to_text, sizeof(t->text));
	event_active(t->web->next, EV_TIMEOUT, 0);
}

/* --- libcurl --- */

static void
ended(struct transfer *t, CURLcode rc)
{
	char why[FETCH_WHY_MAX];
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	if (t->why[0] != '\0')
		memcpy(why, t->why, sizeof(why));
	else if (t->has_head && redirect_is(code)) {
		redirect(t, code);
		return;
	} else if (t->has_head && code != 200)
		why_status(why, code, t->status_line);
	else if (rc == CURLE_FILESIZE_EXCEEDED)
		why_too_long(why, t->most);
	else if (rc != CURLE_OK)
		why_failed(why, t->curl, rc, t->error, &t->url);
	else if (t->len == 0)
		snprintf(why, sizeof(why), "is empty");
	else {
		succeed(t);
		return;
	}
	fail(t, why);
}

static void
look_for_ended(struct web *w)
{
	struct transfer *t;
	CURLcode rc;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) !=
		    CURLE_OK)
			continue;
		rc = m->data.result;
		ended(t, rc);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	int n;

	curl_multi_socket_action(w->multi, fd,
				 (what & EV_READ ? CURL_CSELECT_IN : 0) |
				 (what & EV_WRITE ? CURL_CSELECT_OUT : 0), &n);
	look_for_ended(w);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	int n;

	(void)fd;
	(void)what;
	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &n);
	look_for_ended(w);
}

/* libcurl wants a socket watched, and how. */
static int
watch_socket(CURL *easy, curl_socket_t s, int how, void *arg, void *socket_arg)
{
	struct event *ev = socket_arg;
	struct web *w = arg;
	short what = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	ev = NULL;
	what |= how & CURL_POLL_IN ? EV_READ : 0;
	what |= how & CURL_POLL_OUT ? EV_WRITE : 0;
	if (how != CURL_POLL_REMOVE) {
		ev = event_new(w->base, s, what, on_socket, w);
		if (ev != NULL)
			event_add(ev, NULL);
	}
	curl_multi_assign(w->multi, s, ev);
	return ev != NULL || how == CURL_POLL_REMOVE ? 0 : -1;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };
	struct web *w = arg;

	(void)multi;
	if (ms < 0)
		event_del(w->timer);
	else
		event_add(w->timer, &tv);
	return 0;
}

/* --- from outside --- */

int
web_load(struct err *e)
{
	pthread_attr_t attr;

	/* A name that is looked up has a thread: as many as there are downloads
	 * must fit the sandbox's memory. */
	if (pthread_attr_init(&attr) == 0 &&
	    pthread_attr_setstacksize(&attr, STACK) == 0)
		pthread_setattr_default_np(&attr);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return 0;
	return err_set(e, ERR_RESOURCE, "libcurl does not start");
}

struct web *
web_new(struct event_base *base, struct err *e)
{
	struct web *w = calloc(1, sizeof(*w));
	int i;

	if (w == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	w->base = base;
	for (i = 0; i < TRANSFER_STATES; i++)
		TAILQ_INIT(&w->lists[i]);
	w->multi = curl_multi_init();
	w->timer = event_new(base, -1, 0, on_timer, w);
	w->next = event_new(base, -1, 0, on_next, w);
	w->files = worker_new(base, FILES_MAX, e);
	if (w->multi == NULL || w->timer == NULL || w->next == NULL ||
	    w->files == NULL) {
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;			/* the process ends */
	}
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	return w;
}

static void
fill(struct transfer *t, const struct fetch_request *q)
{
	t->fd = -1;
	t->kind = q->kind;
	t->most = q->most < FETCH_MOST ? q->most : FETCH_MOST;
	if (q->len <= sizeof(t->body)) {
		memcpy(t->body, q->body != NULL ? q->body : t->body, q->len);
		t->body_len = q->len;
	}
	snprintf(t->text, sizeof(t->text), "%s", q->url);
}

struct transfer *
web_fetch(struct web *w, const struct fetch_request *q,
	  void (*fn)(void *, struct fetched *), void *arg)
{
	static const struct timeval at_once = { 0, 0 },
	    late = { PATIENCE_MS / 1000, PATIENCE_MS % 1000 * 1000 };
	struct transfer *t = calloc(1, sizeof(*t));
	struct err e = ERR_INIT;
	bool ok;

	if (t == NULL)
		return NULL;
	fill(t, q);
	t->web = w;
	t->due = now_ms() + PATIENCE_MS;
	t->fn = fn;
	t->arg = arg;
	ok = url_parse(&t->url, q->url, &e) == 0;
	t->state = ok ? TRANSFER_WAITING : TRANSFER_REFUSED;
	snprintf(t->why, sizeof(t->why), "%.*s", (int)sizeof(t->why) - 1, e.text);
	t->deadline = event_new(w->base, -1, 0, on_deadline, t);
	if (t->deadline == NULL ||
	    event_add(t->deadline, ok ? &late : &at_once) < 0) {
		if (t->deadline != NULL)
			event_free(t->deadline);
		free(t);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&w->lists[t->state], t, next);
	event_active(w->next, EV_TIMEOUT, 0);
	return t;
}

void
web_cancel(struct transfer *t)
{
	transfer_free(t);
}
