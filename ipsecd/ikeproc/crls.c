/*
 * crls: what confd asks of ike about revocation: certificate/crl of
 * culvert-certificate.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "ikeproc.h"
#include "json.h"
#include "proc/owner.h"

#define CONTAINER	"/culvert-certificate:certificate/"
#define FAILED_MAX	16		/* lines about what failed */

bool
crls_path(const char *path)
{
	return strncmp(path, CONTAINER, sizeof(CONTAINER) - 1) == 0;
}

int
crls_get(struct ikeproc *p, struct json *j)
{
	json_object(j, NULL);
	json_object(j, "culvert-certificate:certificate");
	json_object(j, "crl");
	json_array(j, "source");
	engine_crls(p->engine, ikeproc_now(), j);
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
	return 0;
}

struct asking {
	struct ikeproc	*p;
	struct action	*action;
	unsigned int	 failed;
};

static void
failed(void *arg, const char *text)
{
	struct asking *a = arg;

	if (a->failed++ < FAILED_MAX)
		action_warn(a->action, text);
	else if (a->failed == FAILED_MAX + 1)
		action_warn(a->action, "there are more: show certificate crl");
}

static void
say(evutil_socket_t fd, short what, void *arg)
{
	struct asking *a = arg;

	(void)fd;
	(void)what;
	engine_crls_failed(a->p->engine, failed, a);
	action_done(a->action, NULL);
	free(a);
}

/* Maybe inside the question, where it must not be answered. */
static void
done(void *arg)
{
	struct asking *a = arg;
	struct timeval now = { 0, 0 };

	if (event_base_once(a->p->process.base, -1, EV_TIMEOUT, say, a, &now) < 0)
		free(a);
}

int
crls_action(struct ikeproc *p, const char *path, struct action *action,
	    struct err *e)
{
	struct asking *a;

	if (strcmp(path, CONTAINER "crl/refresh") != 0)
		return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'",
		    path);
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	a->p = p;
	a->action = action;
	if (engine_crls_refresh(p->engine, ikeproc_now(), done, a) > 0)
		return 1;
	free(a);
	action_warn(action, "there is no CRL to fetch: the first is when a peer "
	    "authenticates with a certificate that names one");
	return 0;
}
