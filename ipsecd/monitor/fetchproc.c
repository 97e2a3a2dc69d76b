/*
 * fetchproc: what fetch needs from root: its program, its user, its folder.
 * Whoever lacks one of them gets no CRL, and an ipsecd that says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "monitor.h"
#include "proc/sandbox.h"

/* With --statedir the folder that it is in may be somebody's who is not trusted to
 * have left it a folder. */
static int
open_cache(const struct options *opt, const struct passwd *pw, struct err *e)
{
	char path[256];
	struct stat st;
	int fd;

	if (mkdir(opt->statedir, 0755) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s: %s",
			       opt->statedir, strerror(errno));
	snprintf(path, sizeof(path), "%s/crl", opt->statedir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s: %s",
			       path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot open the folder %s: %s",
			       path, strerror(errno));
	if (fstat(fd, &st) == 0 && (st.st_uid == 0 || st.st_uid == pw->pw_uid) &&
	    fchown(fd, pw->pw_uid, pw->pw_gid) == 0 && fchmod(fd, 0700) == 0)
		return fd;
	close(fd);
	return err_set(e, ERR_REALITY, "the folder %s belongs to somebody else "
		       "than root and %s", path, pw->pw_name);
}

static int
usable(const struct options *opt, struct err *e)
{
	if (access(opt->fetch, X_OK) < 0)
		return err_set(e, ERR_REALITY, "%s cannot be run (%s): install "
			       "it, or name it with --fetch", opt->fetch,
			       strerror(errno));
	return sandbox_check_user(opt->user[CHILD_FETCH], e);
}

void
fetch_open(struct monitor *m)
{
	struct err e = ERR_INIT;

	m->seats[CHILD_FETCH].used = usable(m->opt, &e) == 0;
	if (!m->seats[CHILD_FETCH].used) {
		snprintf(m->no_fetch, sizeof(m->no_fetch), "%.*s",
			 (int)sizeof(m->no_fetch) - 1, e.text);
		log_warn("no CRL and no OCSP answer can be had: %s", e.text);
		return;
	}
	m->cache = open_cache(m->opt, getpwnam(m->opt->user[CHILD_FETCH]), &e);
	if (m->cache < 0)
		log_warn("CRLs are not kept on disk: %s", e.text);
}
