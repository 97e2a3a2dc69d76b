/* confd/store, confd/record, confd/file: what is on disk */
#include <fcntl.h>
#include <libyang/libyang.h>
#include <sys/stat.h>

#include "tests/confd/fixture.h"

static struct schema schema;
static char said[4096];		/* warnings of the last load */

static void
warn(const char *sentence, void *arg)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n",
		 sentence);
}

/* What a session would be told. */
static void
hear_trouble(struct store *st)
{
	if (store_trouble(st) != NULL)
		warn(store_trouble(st), NULL);
}

static struct map *
start(struct store *st, const char *dir)
{
	struct err e = ERR_INIT;
	struct map *m = NULL;

	said[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(store_open(st, &schema, dir, "/nonexistent", &e), 0);
	CU_ASSERT_EQUAL_FATAL(store_load(st, &m, warn, NULL, &e), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	hear_trouble(st);
	return m;
}

/* Another boot of the machine. */
static struct map *
boot(struct store *st, const char *dir, const char *id)
{
	struct err e = ERR_INIT;
	struct map *m = NULL;

	said[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(store_open(st, &schema, dir, "/nonexistent", &e), 0);
	snprintf(st->boot, sizeof(st->boot), "%s", id);
	CU_ASSERT_EQUAL_FATAL(store_load(st, &m, warn, NULL, &e), 0);
	hear_trouble(st);
	return m;
}

static struct map *
commit(struct store *st, struct map *running, const char *path, const char *value)
{
	struct map *m = map_clone(running);
	struct commit c = { .time = 1, .user = strdup("alice"),
			    .comment = strdup("why not") };
	struct err e = ERR_INIT;

	set1(&schema, m, path, value);
	CU_ASSERT_EQUAL(store_commit(st, running, m, &c, &e), 0);
	map_unref(running);
	return m;
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void
test_first(void)
{
	char *dir = make_test_dir();
	struct store st, second;
	struct stat sb;
	struct err e;
	struct map *m = start(&st, dir);
	char path[128];

	CU_ASSERT_EQUAL(m->n, 0);
	CU_ASSERT_STRING_EQUAL(said, "");
	CU_ASSERT_EQUAL(store_open(&second, &schema, dir, "/nonexistent", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "another confd"));
	m = commit(&st, m, HOSTNAME, "gw");
	snprintf(path, sizeof(path), "%s/commits/1", dir);
	CU_ASSERT(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	snprintf(path, sizeof(path), "%s/running", dir);
	CU_ASSERT(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

/* A restart of confd goes on with the last commit, a boot with startup. */
static void
test_restart(void)
{
	char *dir = make_test_dir(), *was;
	struct err e = ERR_INIT;
	struct store st;
	struct map *m = start(&st, dir);

	m = commit(&st, m, HOSTNAME, "one");
	m = commit(&st, m, HOSTNAME, "two");
	CU_ASSERT_EQUAL(store_save_startup(&st, m, &e), 0);
	m = commit(&st, m, HOSTNAME, "three");
	map_unref(m);
	store_close(&st);

	m = start(&st, dir);
	CU_ASSERT_EQUAL(st.last, 3);
	CU_ASSERT_EQUAL(st.n_history, 3);
	CU_ASSERT_STRING_EQUAL(st.history[2].user, "alice");
	CU_ASSERT_STRING_EQUAL(st.history[2].comment, "why not");
	was = json_of(&schema, m);
	CU_ASSERT_PTR_NOT_NULL(strstr(was, "three"));
	free(was);
	map_unref(m);
	store_close(&st);

	m = boot(&st, dir, "another");
	was = json_of(&schema, m);
	CU_ASSERT_PTR_NOT_NULL(strstr(was, "two"));
	free(was);
	CU_ASSERT_EQUAL(st.last, 4);
	CU_ASSERT_STRING_EQUAL(st.history[3].user, "confd");
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

static void
test_at(void)
{
	char *dir = make_test_dir(), name[32];
	struct err e = ERR_INIT;
	struct store st;
	struct map *m = start(&st, dir), *old;
	unsigned int i;

	for (i = 1; i <= 60; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		m = commit(&st, m, HOSTNAME, name);
	}
	CU_ASSERT_EQUAL(store_tidy(&st, m, &e), 0);
	CU_ASSERT_EQUAL(st.n_history, STORE_HISTORY);
	CU_ASSERT_EQUAL(store_at(&st, m, 55, &old, &e), 0);
	ASSERT_JSON(&schema, old, "{\"culvert-system:system\":{\"hostname\":\"n55\"}}");
	map_unref(old);
	CU_ASSERT_EQUAL(store_at(&st, m, 10, &old, &e), 0);
	ASSERT_JSON(&schema, old, "{\"culvert-system:system\":{\"hostname\":\"n10\"}}");
	map_unref(old);
	CU_ASSERT_EQUAL(store_at(&st, m, 9, &old, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "begins with 10"));
	CU_ASSERT_EQUAL(store_at(&st, m, 61, &old, &e), -1);
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

/* After so many commits, `running` is written anew and old files go. */
static void
test_tidy(void)
{
	char *dir = make_test_dir(), name[64];
	struct err e = ERR_INIT;
	struct store st;
	struct map *m = start(&st, dir);
	unsigned int i;

	for (i = 1; i <= 205; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		m = commit(&st, m, HOSTNAME, name);
	}
	CU_ASSERT_EQUAL(store_tidy(&st, m, &e), 0);
	CU_ASSERT_EQUAL(st.base, 205);
	snprintf(name, sizeof(name), "%s/commits/155", dir);
	CU_ASSERT_EQUAL(access(name, F_OK), -1);
	snprintf(name, sizeof(name), "%s/commits/156", dir);
	CU_ASSERT_EQUAL(access(name, F_OK), 0);
	map_unref(m);
	store_close(&st);
	m = start(&st, dir);
	CU_ASSERT_EQUAL(st.last, 205);
	CU_ASSERT_EQUAL(st.n_history, 50);
	ASSERT_JSON(&schema, m, "{\"culvert-system:system\":{\"hostname\":\"n205\"}}");
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

static void
test_broken_startup(void)
{
	static const struct {
		int line; const char *text, *said;
	} rows[] = {
		{ __LINE__, "", "no JSON" },
		{ __LINE__, "hello", "not JSON" },
		{ __LINE__, "{\n  \"culvert-system:system\": {\n    \"hostn",
		  "line 3: " },
		{ __LINE__, "{\n\"culvert-system:system\":{\n\"hostname\":\"-\"}}\n",
		  "line 3: A hostname is" },
		{ __LINE__, "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":7}]}}",
		  "id='7'" },
		{ __LINE__, "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":7,"
		  "\"secret\":\"hunter2\"}]}}", "8 to 63" },
	};
	char *dir, *now;
	struct err e = ERR_INIT;
	struct store st;
	struct map *m;
	size_t i;
	int n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		dir = make_test_dir();
		m = start(&st, dir);
		m = commit(&st, m, HOSTNAME, "good");
		map_unref(m);
		store_close(&st);
		write_file(dir, "startup.json", rows[i].text);
		for (n = 0; n < 2; n++) {	/* every boot says so */
			m = boot(&st, dir, n == 0 ? "b1" : "b2");
			CHECK_ROW(rows[i].line, strstr(said, rows[i].said) != NULL);
			CHECK_ROW(rows[i].line, strstr(said, "startup.json") != NULL);
			CHECK_ROW(rows[i].line, strstr(said, "hunter2") == NULL);
			if (strstr(said, rows[i].said) == NULL)
				printf("    said: %s\n", said);
			now = json_of(&schema, m);
			CHECK_ROW(rows[i].line, strstr(now, "good") != NULL);
			free(now);
			if (n == 0) {
				map_unref(m);
				store_close(&st);
			}
		}
		/* Saved over, it is kept beside. */
		CHECK_ROW(rows[i].line, store_save_startup(&st, m, &e) == 0);
		map_unref(m);
		store_close(&st);
		m = boot(&st, dir, "b3");
		CHECK_ROW(rows[i].line, said[0] == '\0');
		now = malloc(512);
		snprintf(now, 512, "%s/startup.json.broken-1", dir);
		CHECK_ROW(rows[i].line, access(now, F_OK) == 0);
		free(now);
		map_unref(m);
		store_close(&st);
		remove_dir(dir);
	}
}

/* What was running cannot be read: it is said, and kept beside. */
static void
test_broken_running(void)
{
	char *dir = make_test_dir(), path[128];
	struct store st;
	struct map *m = start(&st, dir);

	map_unref(m);
	store_close(&st);
	snprintf(path, sizeof(path), "%s/running", dir);
	CU_ASSERT_EQUAL_FATAL(truncate(path, 10), 0);
	m = boot(&st, dir, "b1");
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "running"));
	snprintf(path, sizeof(path), "%s/running.broken-1", dir);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	map_unref(m);
	store_close(&st);
	m = boot(&st, dir, "b1");
	CU_ASSERT_STRING_EQUAL(said, "");
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

/* A commit's file, cut off at every length: running is what it was before. */
static void
test_cut_commit(void)
{
	char *dir = make_test_dir(), path[128], bytes[4096], *now;
	struct store st;
	struct map *m = start(&st, dir);
	ssize_t len, n;
	int fd;

	m = commit(&st, m, HOSTNAME, "old");
	m = commit(&st, m, HOSTNAME, "new");
	map_unref(m);
	store_close(&st);
	snprintf(path, sizeof(path), "%s/commits/2", dir);
	fd = open(path, O_RDONLY);
	len = read(fd, bytes, sizeof(bytes));
	close(fd);
	CU_ASSERT_FATAL(len > 12);
	for (n = 0; n < len; n += 7) {
		char cmd[256];

		snprintf(cmd, sizeof(cmd), "cp -r %s %s.copy", dir, dir);
		CU_ASSERT_EQUAL(system(cmd), 0);
		snprintf(path, sizeof(path), "%s.copy/commits/2", dir);
		CU_ASSERT_EQUAL(truncate(path, n), 0);
		snprintf(path, sizeof(path), "%s.copy", dir);
		m = start(&st, path);
		now = json_of(&schema, m);
		CU_ASSERT_PTR_NOT_NULL(strstr(now, "old"));
		free(now);
		CU_ASSERT(said[0] != '\0');
		/* It goes on from there, and a restart agrees. */
		m = commit(&st, m, HOSTNAME, "newer");
		map_unref(m);
		store_close(&st);
		m = start(&st, path);
		now = json_of(&schema, m);
		CU_ASSERT_PTR_NOT_NULL(strstr(now, "newer"));
		free(now);
		map_unref(m);
		store_close(&st);
		remove_dir(strdup(path));
	}
	remove_dir(dir);
}

static void
test_factory(void)
{
	char *dir = make_test_dir(), path[128];
	struct err e = ERR_INIT;
	struct store st;
	struct map *m = NULL;

	write_file(dir, "factory.json",
		   "{\"culvert-system:system\":{\"hostname\":\"new\"}}");
	snprintf(path, sizeof(path), "%s/factory.json", dir);
	said[0] = '\0';
	CU_ASSERT_EQUAL(store_open(&st, &schema, dir, path, &e), 0);
	CU_ASSERT_EQUAL(store_load(&st, &m, warn, NULL, &e), 0);
	ASSERT_JSON(&schema, m, "{\"culvert-system:system\":{\"hostname\":\"new\"}}");
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

static void
test_load_schema(void)
{
	load_schema(&schema);
}

static void
test_unload(void)
{
	schema_fini(&schema);
}

UNIT_MAIN("store",
	{ "models", test_load_schema },
	{ "an empty folder", test_first },
	{ "restart and boot", test_restart },
	{ "going back", test_at },
	{ "old commits go", test_tidy },
	{ "broken startup files", test_broken_startup },
	{ "running broken", test_broken_running },
	{ "cut-off commits", test_cut_commit },
	{ "factory", test_factory },
	{ "unloading", test_unload },
)
