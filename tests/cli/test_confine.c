/* cli/confine: no other program */
#include "cli/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit.h"

static char *const argv[] = { (char *)"true", NULL };
static char *const env[] = { NULL };

static int
by_execve(void)
{
	execve("/bin/true", argv, env);
	return errno;
}

static int
by_descriptor(void)
{
	int fd = open("/bin/true", O_RDONLY);

	fexecve(fd, argv, env);
	return errno;
}

static int
by_system(void)
{
	int status = system("true");

	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? EPERM : 0;
}

static int
by_spawn(void)
{
	pid_t pid;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, env);
}

static int
by_child(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(by_execve());
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* What it came to in a process of its own. */
static int
confined(int (*try)(void))
{
	int status = 0;
	struct err e;
	pid_t pid = fork();

	if (pid == 0)
		_exit(confine_exec(&e) < 0 ? 200 : try());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_no_way(void)
{
	CU_ASSERT_EQUAL(confined(by_execve), EPERM);
	CU_ASSERT_EQUAL(confined(by_descriptor), EPERM);
	CU_ASSERT_EQUAL(confined(by_system), EPERM);
	CU_ASSERT_EQUAL(confined(by_spawn), EPERM);
	CU_ASSERT_EQUAL(confined(by_child), EPERM);
}

/* The ways are ways. */
static void
test_unconfined(void)
{
	int status = system("true");

	CU_ASSERT_EQUAL(by_system(), 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(by_spawn(), 0);
}

UNIT_MAIN("confine",
	{ "no program can be started", test_no_way },
	{ "without it one can", test_unconfined },
)
