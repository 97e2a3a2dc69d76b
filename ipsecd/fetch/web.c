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

#include "download.h"
#include "file.h"
#include "log.h"
#include "redirect.h"
#include "sealed.h"
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

TAILQ_HEAD(downloads, download);

struct web {
	struct event_base		*base;
	CURLM				*multi;
	struct event			*timer;		/* libcurl's */
	struct event			*next;		/* take what waits */
	struct worker			*files;
	struct downloads		 lists[DOWNLOAD_STATES];
};

static void
set_state(struct download *d, enum download_state state)
{
	TAILQ_REMOVE(&d->web->lists[d->state], d, next);
	TAILQ_INSERT_TAIL(&d->web->lists[state], d, next);
	d->state = state;
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
take_out(struct download *d)
{
	if (d->state == DOWNLOAD_RUNNING)
		curl_multi_remove_handle(d->web->multi, d->curl);
	if (d->file != NULL)
		d->file->arg = NULL;		/* nobody waits for it */
	d->file = NULL;
	download_close(d);
}

static void
download_free(struct download *d)
{
	take_out(d);
	TAILQ_REMOVE(&d->web->lists[d->state], d, next);
	if (d->deadline != NULL)
		event_free(d->deadline);
	event_active(d->web->next, EV_TIMEOUT, 0);
	free(d);
}

static void
finish(struct download *d, struct fetched *f)
{
	void (*fn)(void *, struct fetched *) = d->fn;
	void *arg = d->arg;

	if (f->fd < 0)
		log_debug("net", "%s %s", d->text, f->why);
	else
		log_debug("net", "%s: %zu octets", d->text, f->len);
	download_free(d);
	fn(arg, f);
}

static void
fail(struct download *d, const char *why)
{
	struct fetched f = { .fd = -1 };

	snprintf(f.why, sizeof(f.why), "%.*s", (int)sizeof(f.why) - 1, why);
	finish(d, &f);
}

static void
succeed(struct download *d)
{
	struct fetched f = { .fd = d->fd, .len = d->len };

	if (!sealed_close(d->fd)) {
		fail(d, "cannot be passed on");
		return;
	}
	d->fd = -1;
	finish(d, &f);
}

static unsigned int
running(const struct web *w, const struct url *host)
{
	const struct download *d;
	unsigned int n = 0;

	TAILQ_FOREACH(d, &w->lists[DOWNLOAD_RUNNING], next)
		n += host == NULL || (strcmp(d->url.host, host->host) == 0 &&
				      d->url.port == host->port);
	return n;
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct download *d = arg;
	char why[FETCH_WHY_MAX];

	(void)fd;
	(void)what;
	switch (d->state) {
	case DOWNLOAD_REFUSED:
		memcpy(why, d->why, sizeof(why));
		break;
	case DOWNLOAD_RUNNING:
		why_late(why, d->curl, &d->url,
			 (unsigned int)((now_ms() - d->begun + 500) / 1000),
			 d->len);
		break;
	case DOWNLOAD_READING:
		snprintf(why, sizeof(why), "cannot be read: the disk does not "
			 "answer in %d s", FETCH_SECONDS);
		break;
	default:
		snprintf(why, sizeof(why), "was not fetched: other downloads, of "
			 "which %u are from %s, did not end in %d s",
			 running(d->web, &d->url), d->url.host, FETCH_SECONDS);
		break;
	}
	fail(d, why);
}

/* --- files --- */

static void
file_read(struct file_job *f)
{
	struct download *d = f->arg;
	struct fetched got = { .fd = f->fd, .len = f->len };

	if (d != NULL) {
		f->fd = -1;
		memcpy(got.why, f->why, sizeof(got.why));
		d->file = NULL;
		finish(d, &got);
	}
	file_job_free(f);
}

static void
read_file(struct download *d)
{
	d->file = file_job_new(d->url.path, d->most, file_read, d);
	if (d->file == NULL)
		return;			/* its deadline says so */
	set_state(d, DOWNLOAD_READING);
	worker_give(d->web->files, &d->file->job);
}

/* --- turns --- */

static void
run(struct download *d)
{
	if (!download_open(d))
		return;
	d->begun = now_ms();
	if (curl_multi_add_handle(d->web->multi, d->curl) == CURLM_OK)
		set_state(d, DOWNLOAD_RUNNING);
	else
		download_close(d);
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	unsigned int n = running(w, NULL);
	struct download *d, *next;
	uint64_t now = now_ms();

	(void)fd;
	(void)what;
	for (d = TAILQ_FIRST(&w->lists[DOWNLOAD_WAITING]); d != NULL; d = next) {
		next = TAILQ_NEXT(d, next);
		if (d->due < now + LEAST_MS)
			continue;
		if (d->url.scheme == URL_FILE) {
			read_file(d);
		} else if (n < RUNNING_MAX && running(w, &d->url) < HOST_MAX) {
			run(d);
			n += d->state == DOWNLOAD_RUNNING;
		}
	}
}

static void
redirect(struct download *d, long code)
{
	struct redirect r = {
		.from = &d->url, .text = d->text, .location = d->location,
		.code = code, .post = d->kind == FETCH_POST,
		.before = d->redirects,
	};
	struct err e = ERR_INIT;

	if (redirect_follow(&r, &e) < 0) {
		fail(d, e.text);
		return;
	}
	take_out(d);
	set_state(d, DOWNLOAD_WAITING);
	d->redirects++;
	d->url = r.to;
	memcpy(d->text, r.to_text, sizeof(d->text));
	event_active(d->web->next, EV_TIMEOUT, 0);
}

/* --- libcurl --- */

static void
ended(struct download *d, CURLcode rc)
{
	char why[FETCH_WHY_MAX];
	long code = 0;

	curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &code);
	if (d->why[0] != '\0')
		memcpy(why, d->why, sizeof(why));
	else if (d->has_head && redirect_is(code)) {
		redirect(d, code);
		return;
	} else if (d->has_head && code != 200)
		why_status(why, code, d->status_line);
	else if (rc == CURLE_FILESIZE_EXCEEDED)
		why_too_long(why, d->most);
	else if (rc != CURLE_OK)
		why_failed(why, d->curl, rc, d->error, &d->url);
	else if (d->len == 0)
		snprintf(why, sizeof(why), "is empty");
	else {
		succeed(d);
		return;
	}
	fail(d, why);
}

static void
look_for_ended(struct web *w)
{
	struct download *d;
	CURLcode rc;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &d) !=
		    CURLE_OK)
			continue;
		rc = m->data.result;
		ended(d, rc);
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
	for (i = 0; i < DOWNLOAD_STATES; i++)
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
fill(struct download *d, const struct fetch_request *q)
{
	d->fd = -1;
	d->kind = q->kind;
	d->most = q->most < FETCH_MOST ? q->most : FETCH_MOST;
	if (q->len <= sizeof(d->body)) {
		memcpy(d->body, q->body != NULL ? q->body : d->body, q->len);
		d->body_len = q->len;
	}
	snprintf(d->text, sizeof(d->text), "%s", q->url);
}

struct download *
web_fetch(struct web *w, const struct fetch_request *q,
	  void (*fn)(void *, struct fetched *), void *arg)
{
	static const struct timeval at_once = { 0, 0 },
	    late = { PATIENCE_MS / 1000, PATIENCE_MS % 1000 * 1000 };
	struct download *d = calloc(1, sizeof(*d));
	struct err e = ERR_INIT;
	bool ok;

	if (d == NULL)
		return NULL;
	fill(d, q);
	d->web = w;
	d->due = now_ms() + PATIENCE_MS;
	d->fn = fn;
	d->arg = arg;
	ok = url_parse(&d->url, q->url, &e) == 0;
	d->state = ok ? DOWNLOAD_WAITING : DOWNLOAD_REFUSED;
	snprintf(d->why, sizeof(d->why), "%.*s", (int)sizeof(d->why) - 1, e.text);
	d->deadline = event_new(w->base, -1, 0, on_deadline, d);
	if (d->deadline == NULL ||
	    event_add(d->deadline, ok ? &late : &at_once) < 0) {
		if (d->deadline != NULL)
			event_free(d->deadline);
		free(d);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&w->lists[d->state], d, next);
	event_active(w->next, EV_TIMEOUT, 0);
	return d;
}

void
web_cancel(struct download *d)
{
	download_free(d);
}
