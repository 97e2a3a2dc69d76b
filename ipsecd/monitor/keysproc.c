/*
 * keysproc: what keys needs from root for the certificate store: a folder that is
 * its own, and the device key.  Whoever lacks them has pre-shared keys only, and
 * an ipsecd that says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "file.h"
#include "log.h"
#include "monitor.h"
#include "secret.h"

#define DEVICE_KEY	"device.key"
#define DEVICE_KEY_LEN	32
#define STORE		"keys"

/* Nobody but root may exchange what is in it. */
static int
open_state(const struct options *opt, struct err *e)
{
	struct stat st;
	int fd;

	if (mkdir(opt->statedir, 0755) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s: %s",
			       opt->statedir, strerror(errno));
	fd = open(opt->statedir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot open the folder %s: %s",
			       opt->statedir, strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0)
		return fd;
	close(fd);
	return err_set(e, ERR_REALITY, "others than root may write in the folder "
		       "%s; make it root's: chown root: %s; chmod 755 %s; or name "
		       "another one with --statedir", opt->statedir, opt->statedir,
		       opt->statedir);
}

static int
open_store(const struct options *opt, int state, struct err *e)
{
	const struct passwd *pw = getpwnam(opt->user[CHILD_KEYS]);
	int fd;

	if (pw == NULL)
		return err_set(e, ERR_REALITY, "the user %s does not exist",
			       opt->user[CHILD_KEYS]);
	if (mkdirat(state, STORE, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_REALITY, "cannot make the folder %s/" STORE
			       ": %s", opt->statedir, strerror(errno));
	fd = openat(state, STORE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fchown(fd, pw->pw_uid, pw->pw_gid) == 0 &&
	    fchmod(fd, 0700) == 0 && fsync(state) == 0)
		return fd;
	err_set(e, ERR_REALITY, "cannot give the folder %s/" STORE " to %s: %s",
		opt->statedir, pw->pw_name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Something is in it that may be sealed. */
static bool
in_use(int store)
{
	int fd = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool found = dir == NULL;
	struct dirent *d;

	if (dir == NULL && fd >= 0)
		close(fd);
	while (!found && (d = readdir(dir)) != NULL)
		found = d->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return found;
}

static int
make_device_key(int state, struct err *e)
{
	uint8_t key[DEVICE_KEY_LEN];
	int rc = -1;

	if (!crypto_random(NULL, key, sizeof(key)))
		err_set(e, ERR_REALITY, "OpenSSL has no random numbers");
	else
		rc = file_write(state, DEVICE_KEY, key, sizeof(key), e);
	secret_wipe_mem(key, sizeof(key));
	if (rc == 0)
		log_info("made a device key, under which private keys are encrypted");
	return rc;
}

static int
open_device_key(const struct options *opt, int state, int store, struct err *e)
{
	int fd = openat(state, DEVICE_KEY, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		if (in_use(store))
			return err_set(e, ERR_REALITY, "the device key %s/"
				       DEVICE_KEY " is missing, and %s/" STORE
				       " holds what was encrypted under it: put it "
				       "back and restart ipsecd, or delete the "
				       "certificates to begin anew",
				       opt->statedir, opt->statedir);
		if (make_device_key(state, e) < 0)
			return -1;
		fd = openat(state, DEVICE_KEY, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_set(e, ERR_REALITY, "cannot open the device key %s/"
			       DEVICE_KEY ": %s", opt->statedir, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & 077) == 0 && st.st_size == DEVICE_KEY_LEN)
		return fd;
	close(fd);
	return err_set(e, ERR_REALITY, "the device key %s/" DEVICE_KEY " is not a "
		       "file of %d octets that root alone may read", opt->statedir,
		       DEVICE_KEY_LEN);
}

void
keys_open(struct monitor *m, struct spawn_fds *f)
{
	struct err e = ERR_INIT;
	int state = open_state(m->opt, &e);

	if (state >= 0)
		f->fd[FD_STORE] = open_store(m->opt, state, &e);
	if (f->fd[FD_STORE] >= 0)
		f->fd[FD_DEVICE] = open_device_key(m->opt, state, f->fd[FD_STORE],
						   &e);
	if (f->fd[FD_STORE] < 0)
		log_error("no certificates, only pre-shared keys: %s", e.text);
	else if (f->fd[FD_DEVICE] < 0)
		log_error("private keys cannot be used: %s", e.text);
	if (state >= 0)
		close(state);
}

void
keys_close(struct spawn_fds *f)
{
	if (f->fd[FD_STORE] >= 0)
		close(f->fd[FD_STORE]);
	if (f->fd[FD_DEVICE] >= 0)
		close(f->fd[FD_DEVICE]);
	f->fd[FD_STORE] = f->fd[FD_DEVICE] = -1;
}
