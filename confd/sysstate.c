#include "config.h"

#include "sysstate.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "backend.h"
#include "confd.h"
#include "json.h"

#define TEXT_MAX	4096

/* A file of /proc as a string; "" if it cannot be read. */
static void
slurp(const char *path, char buf[TEXT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, TEXT_MAX - 1) : 0;

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* --- processes --- */

struct process {
	pid_t		pid, parent;
	uint64_t	cpu_ms, started_ms;	/* since the boot */
	uint64_t	kb;
	char		name[64];
};

static uint64_t
ticks_ms(uint64_t ticks)
{
	return ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* /proc/PID/stat: "PID (NAME) S PPID ..."; the name may hold anything. */
static bool
read_stat(const char *pid, struct process *p)
{
	uint64_t user, system, start;
	char path[64], buf[TEXT_MAX], *rest, *name;
	int64_t pages;
	int parent;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	slurp(path, buf);
	name = strchr(buf, '(');
	rest = strrchr(buf, ')');
	if (name == NULL || rest == NULL ||
	    sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %"
		   SCNu64 " %" SCNu64 " %*d %*d %*d %*d %*d %*d %" SCNu64
		   " %*u %" SCNd64, &parent, &user, &system, &start, &pages)
	    != 5)
		return false;
	*rest = '\0';
	p->pid = (pid_t)atoi(pid);
	p->parent = (pid_t)parent;
	p->cpu_ms = ticks_ms(user + system);
	p->started_ms = ticks_ms(start);
	p->kb = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	snprintf(p->name, sizeof(p->name), "%.48s", name + 1);
	return true;
}

/* What it calls itself: "ipsecd: ike". */
static void
add_own_name(struct process *p)
{
	char path[64], buf[TEXT_MAX], *name;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)p->pid);
	slurp(path, buf);
	name = strrchr(buf, '/');
	name = name != NULL ? name + 1 : buf;
	if (*name != '\0')
		snprintf(p->name, sizeof(p->name), "%.48s", name);
}

static void
add_process(struct process *p, uint64_t now_ms, struct json *j)
{
	add_own_name(p);
	json_object(j, NULL);
	json_u32(j, "pid", (uint32_t)p->pid);
	json_str(j, "name", p->name);
	json_u64(j, "uptime", now_ms > p->started_ms ?
		 (now_ms - p->started_ms) / 1000 : 0);
	json_u64(j, "memory", p->kb);
	json_u64(j, "cpu", p->cpu_ms);
	json_object_end(j);
}

/* confd, the owners that listen, and their children. */
static bool
is_ours(const struct confd *c, const struct process *p)
{
	size_t i;
	pid_t pid;

	if (p->pid == getpid() || p->parent == getpid())
		return true;
	for (i = 0; i < c->schema.n_owners; i++) {
		pid = c->backends[i] != NULL ? backend_pid(c->backends[i]) : 0;
		if (pid > 0 && (p->pid == pid || p->parent == pid))
			return true;
	}
	return false;
}

static void
add_processes(const struct confd *c, uint64_t now_ms, struct json *j)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	struct process p;

	json_array(j, "process");
	while (proc != NULL && (d = readdir(proc)) != NULL)
		if (isdigit((unsigned char)d->d_name[0]) &&
		    read_stat(d->d_name, &p) && is_ours(c, &p))
			add_process(&p, now_ms, j);
	json_array_end(j);
	if (proc != NULL)
		closedir(proc);
}

/* --- the system --- */

static void
add_memory(struct json *j)
{
	static const struct { const char *key, *leaf; } rows[] = {
		{ "MemTotal:", "memory-total" },
		{ "MemAvailable:", "memory-available" },
	};
	char buf[TEXT_MAX], *p;
	size_t i;

	slurp("/proc/meminfo", buf);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = strstr(buf, rows[i].key);
		if (p != NULL)
			json_u64(j, rows[i].leaf,
				 strtoull(p + strlen(rows[i].key), NULL, 10));
	}
}

static void
add_plane(const struct confd *c, struct json *j)
{
	const char *plane;
	size_t i;

	for (i = 0; i < c->schema.n_owners; i++) {
		plane = c->backends[i] != NULL ? backend_plane(c->backends[i]) :
		    NULL;
		if (plane != NULL) {
			json_str(j, "data-plane", plane);
			return;
		}
	}
}

void
sysstate_json(const struct confd *c, struct json *j)
{
	double up = 0, load[3];
	char buf[TEXT_MAX];
	struct utsname u;

	json_object(j, NULL);
	json_object(j, "culvert-system:system");
	json_object(j, "state");
	json_str(j, "version", PACKAGE_VERSION);
	if (uname(&u) == 0)
		json_strf(j, "kernel", "%s %s %s", u.sysname, u.release,
			  u.machine);
	add_plane(c, j);
	slurp("/proc/uptime", buf);
	up = strtod(buf, NULL);
	json_u64(j, "uptime", (uint64_t)up);
	slurp("/proc/loadavg", buf);
	if (sscanf(buf, "%lf %lf %lf", &load[0], &load[1], &load[2]) == 3)
		json_strf(j, "load", "%.2f %.2f %.2f", load[0], load[1],
			  load[2]);
	add_memory(j);
	add_processes(c, (uint64_t)(up * 1000), j);
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
}
