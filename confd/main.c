/* confd: options, privileges, and the loop. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "confd.h"
#include "log.h"
#include "msg.h"
#include "notify.h"
#include "sandbox.h"
#include "server.h"
#include "system.h"

struct options {
	const char	*debug;
	const char	*factory;
	const char	*rundir;
	const char	*statedir;
	const char	*user;
	const char	*yangdir;
	bool		 to_syslog;
	bool		 plain;		/* -n: keep what we have */
};

static const char usage[] =
	"usage: confd [-hlnV] [-d SUBSYSTEMS] [-f FACTORY] [-r RUNDIR]\n"
	"             [-s STATEDIR] [-u USER] [-y YANGDIR]\n";

/* 0: go on, 1: done, -1: wrong. */
static int
parse_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){
		.factory = CONFDIR "/factory.json", .rundir = RUNDIR,
		.statedir = STATEDIR, .user = "_culvert-confd",
		.yangdir = YANGDIR,
	};
	while ((c = getopt(argc, argv, "d:f:hlnr:s:u:Vy:")) != -1) {
		switch (c) {
		case 'd': o->debug = optarg; break;
		case 'f': o->factory = optarg; break;
		case 'l': o->to_syslog = true; break;
		case 'n': o->plain = true; break;
		case 'r': o->rundir = optarg; break;
		case 's': o->statedir = optarg; break;
		case 'u': o->user = optarg; break;
		case 'y': o->yangdir = optarg; break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts("confd " PACKAGE_VERSION);
			return 1;
		default:
			fputs(usage, stderr);
			return -1;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "confd: unexpected argument %s\n%s", argv[optind], usage);
	return -1;
}

/* The folder and those above it. */
static int
make_dir(const char *path, mode_t mode, struct err *e)
{
	char buf[4096], *p;

	if (strlen(path) >= sizeof(buf))
		return err_set(e, ERR_INVALID, "the path of a folder is too "
			       "long: %.100s...", path);
	snprintf(buf, sizeof(buf), "%s", path);
	for (p = buf + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(buf, 0755) < 0 && errno != EEXIST)
			break;
		*p = '/';
	}
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s: %s",
			       path, strerror(errno));
	return 0;
}

/* What only root can do; uid and gid are those to become. */
static int
make_ready(const struct options *o, bool drop, uid_t *uid, gid_t *gid,
	   struct err *e)
{
	struct passwd *pw;

	umask(022);
	if (make_dir(o->rundir, 0755, e) < 0)
		return -1;
	umask(077);
	if (make_dir(o->statedir, 0700, e) < 0)
		return -1;
	if (!drop)
		return 0;
	pw = getpwnam(o->user);
	if (pw == NULL)
		return err_set(e, ERR_REALITY, "there is no user %s to run as: "
			       "make it with: adduser --system --group "
			       "--no-create-home %s", o->user, o->user);
	if (pw->pw_uid == 0)
		return err_set(e, ERR_INVALID, "confd does not run as root: "
			       "name another user than %s, or use -n to keep "
			       "it on purpose", o->user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	if (chown(o->statedir, *uid, *gid) < 0 || chmod(o->statedir, 0700) < 0)
		return err_set(e, ERR_REALITY, "cannot give %s to %s: %s",
			       o->statedir, o->user, strerror(errno));
	return 0;
}

struct service {
	struct event_base	*base;
	struct notify		 notify;
};

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct service *s = arg;

	(void)what;
	log_info("ending on signal %d", (int)sig);
	notify_stopping(&s->notify);
	event_base_loopbreak(s->base);
}

/* What is loaded, for the log and for systemctl status. */
static void
tell_ready(struct service *s, struct confd *c)
{
	const char *trouble = store_trouble(&c->store);
	char text[200];

	log_info("ready: commit %u", c->store.last);
	snprintf(text, sizeof(text), "commit %u%s", c->store.last, trouble != NULL ?
		 "; the startup configuration is broken and was not used" : "");
	notify_ready(&s->notify, s->base, text);
}

/* Every owner of the models gets a connection. */
static int
open_backends(struct confd *c, const struct options *o, struct system **sys,
	      int child, struct err *e)
{
	const char *name;
	size_t i;
	int fd;

	*sys = system_new(c->base, &c->schema, c, child, &fd, e);
	if (*sys == NULL)
		return -1;
	for (i = 0; i < c->schema.n_owners; i++) {
		name = c->schema.owners[i].name;
		c->backends[i] = backend_new(c, name, o->rundir,
			strcmp(name, SYSTEM_OWNER) == 0 ? fd : -1);
		if (c->backends[i] == NULL)
			return err_set(e, ERR_RESOURCE, "cannot set up the "
				       "connection to %s", name);
	}
	return 0;
}

static int
serve(const struct options *o, struct service *s, int listener, int child,
      struct err *e)
{
	struct event_base *base = s->base;
	struct event *term, *intr;
	struct system *sys = NULL;
	struct confd c;
	int rc;

	if (confd_init(&c, base, o->yangdir, o->statedir, o->factory, e) < 0) {
		close(listener);
		return -1;
	}
	term = evsignal_new(base, SIGTERM, on_signal, s);
	intr = evsignal_new(base, SIGINT, on_signal, s);
	rc = server_open(&c, listener, e);
	if (rc == 0)
		rc = open_backends(&c, o, &sys, child, e);
	if (rc == 0 && (term == NULL || intr == NULL ||
			event_add(term, NULL) < 0 || event_add(intr, NULL) < 0))
		rc = err_set(e, ERR_RESOURCE, "cannot handle signals");
	if (rc == 0) {
		tell_ready(s, &c);
		event_base_dispatch(base);
	}
	confd_fini(&c);
	system_free(sys);
	if (term != NULL)
		event_free(term);
	if (intr != NULL)
		event_free(intr);
	return rc;
}

static int
run(const struct options *o, struct err *e)
{
	bool drop = geteuid() == 0 && !o->plain;
	struct service s;
	char path[4096];
	uid_t uid = 0;
	gid_t gid = 0;
	int child = -1, listener, rc;

	notify_init(&s.notify);
	if (make_ready(o, drop, &uid, &gid, e) < 0 ||
	    (drop && system_fork(&child, e) < 0))
		return -1;
	snprintf(path, sizeof(path), "%s/confd.sock", o->rundir);
	/* Everybody may connect; what they may do is access.c's business. */
	listener = msg_listen(path, 0666, (gid_t)-1, e);
	if (listener < 0)
		return -1;
	if (drop && sandbox_become(uid, gid, e) < 0)
		return -1;
	s.base = event_base_new();
	if (s.base == NULL)
		return err_set(e, ERR_RESOURCE, "cannot set up an event loop");
	rc = !o->plain ? sandbox_confd(e) : 0;
	if (rc == 0)
		rc = serve(o, &s, listener, child, e);
	notify_fini(&s.notify);
	event_base_free(s.base);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct options o;
	int rc = parse_options(&o, argc, argv);

	if (rc != 0)
		return rc < 0 ? 2 : 0;
	log_init("confd", o.to_syslog, o.debug);
	signal(SIGPIPE, SIG_IGN);
	/* A core would hold every secret. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (run(&o, &e) == 0)
		return 0;
	log_error("%s%s%s", e.text, e.path[0] != '\0' ? ", at " : "", e.path);
	return 1;
}
