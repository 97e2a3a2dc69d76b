/*
 * sandbox: the order matters and is the reason for one function: what needs
 * root first, then the user, then what a change of user would undo, the filter
 * last because it forbids all the rest.
 */
#include "config.h"

#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "filter.h"
#include "landlock.h"
#include "log.h"

int
sandbox_check_user(const char *user, struct err *e)
{
	if (getpwnam(user) != NULL)
		return 0;
	return err_set(e, ERR_REALITY, "the user %s does not exist; make it with: "
		       "useradd --system --no-create-home --home-dir /nonexistent "
		       "--shell /usr/sbin/nologin --user-group %s", user, user);
}

/* Nothing in there is reachable from an empty namespace; what is open already
 * works on.  A container may forbid it, and the filter stands without it. */
static void
leave_network(const struct sandbox *s)
{
	int what = CLONE_NEWIPC | CLONE_NEWUTS | (s->outside ? 0 : CLONE_NEWNET);

	if (unshare(what) < 0 && !s->outside)
		log_info("%s: no network namespace of its own: %s", s->name,
			 strerror(errno));
}

static int
enter_folder(const struct sandbox *s, struct err *e)
{
	if (s->outside)
		return chdir("/") < 0 ? err_set(e, ERR_REALITY, "cannot go to "
		    "the root folder: %s", strerror(errno)) : 0;
	if (s->own_folder) {
		if (fchdir(s->own) < 0 || chroot(".") < 0)
			return err_set(e, ERR_REALITY, "cannot make its folder the "
				       "root: %s", strerror(errno));
		return 0;
	}
	if (chroot(s->folder) < 0 || chdir("/") < 0)
		return err_set(e, ERR_REALITY, "cannot make %s the root: %s",
			       s->folder, strerror(errno));
	return 0;
}

static int
become(const struct sandbox *s, const struct passwd *pw, struct err *e)
{
	uid_t uid = pw->pw_uid;
	gid_t gid = pw->pw_gid;
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return err_set(e, ERR_REALITY,
				       "cannot drop capability %d: %s", cap,
				       strerror(errno));
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return err_set(e, ERR_REALITY, "cannot become the user %s: %s",
			       s->user, strerror(errno));
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || getuid() != uid ||
	    geteuid() != uid || getgid() != gid || getegid() != gid)
		return err_set(e, ERR_BUG, "root was not given up");
	return 0;
}

static int
limit(int what, rlim_t most, struct err *e)
{
	const struct rlimit rl = { most, most };

	if (setrlimit(what, &rl) == 0)
		return 0;
	return err_set(e, ERR_REALITY, "cannot limit resource %d to %llu: %s",
		       what, (unsigned long long)most, strerror(errno));
}

/* A change of user undoes the first two. */
static int
restrain(const struct sandbox *s, struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, ERR_REALITY, "prctl: %s", strerror(errno));
	if (limit(RLIMIT_CORE, 0, e) < 0 ||
	    limit(RLIMIT_NOFILE, (rlim_t)s->files, e) < 0)
		return -1;
#ifndef WITH_SANITIZERS
	if (s->memory > 0 && limit(RLIMIT_DATA, s->memory, e) < 0)
		return -1;
#endif
	return s->threads ? 0 : limit(RLIMIT_NPROC, 0, e);
}

int
sandbox_confine(const struct sandbox *s, struct err *e)
{
	if (restrain(s, e) < 0)
		return -1;
	if (s->outside && landlock_write_only_in(s->writable, e) < 0)
		return -1;
	return filter_install(s, e);
}

int
sandbox_enter(const struct sandbox *s, struct err *e)
{
	struct passwd *pw;

	if (sandbox_check_user(s->user, e) < 0)
		return -1;
	pw = getpwnam(s->user);
	if (pw == NULL)
		return err_set(e, ERR_REALITY, "the user %s has gone", s->user);
	leave_network(s);
	if (enter_folder(s, e) < 0 || become(s, pw, e) < 0)
		return -1;
	return sandbox_confine(s, e);
}
