#include "landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* By version of the kernel's interface; headers may be older than the kernel. */
#define ACCESS_REFER	(UINT64_C(1) << 13)	/* 2 */
#define ACCESS_TRUNCATE	(UINT64_C(1) << 14)	/* 3 */

static const uint64_t writing =
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
	LANDLOCK_ACCESS_FS_MAKE_REG;

static const uint64_t never =
	LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

static int
allow(int rules, int fd, uint64_t what)
{
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = what, .parent_fd = fd,
	};

	return (int)syscall(SYS_landlock_add_rule, rules,
			    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

int
landlock_write_only_in(int fd, struct err *e)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = writing | never,
	};
	uint64_t folder = writing;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	int rules, rc;

	if (version <= 0) {
		log_debug("sandbox", "this kernel has no Landlock");
		return 0;
	}
	if (version >= 2)
		attr.handled_access_fs |= ACCESS_REFER;
	if (version >= 3) {
		attr.handled_access_fs |= ACCESS_TRUNCATE;
		folder |= ACCESS_TRUNCATE;
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules < 0)
		return err_set(e, ERR_REALITY, "landlock_create_ruleset: %s",
			       strerror(errno));
	rc = fd >= 0 ? allow(rules, fd, folder) : 0;
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	if (rc < 0)
		err_set(e, ERR_REALITY, "landlock: %s", strerror(errno));
	close(rules);
	return rc < 0 ? -1 : 0;
}
