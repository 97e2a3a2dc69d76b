/*
 * fixture: models, a folder of its own and short names, for tests of confd.
 */
#ifndef CULVERT_TESTS_CONFD_FIXTURE_H
#define CULVERT_TESTS_CONFD_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confd/edit.h"
#include "confd/schema.h"
#include "confd/store.h"
#include "confd/unit.h"
#include "confd/valid.h"
#include "confd/view.h"
#include "tests/unit.h"

#define TUNNEL	"/culvert-tunnel:tunnel"
#define IPSEC	TUNNEL "/ipsec"
#define IPSEC1	IPSEC "[id='1']"
#define IPSEC2	IPSEC "[id='2']"
#define HOSTNAME "/culvert-system:system/hostname"

static inline const char *
yang_dir(void)
{
	const char *dir = getenv("CULVERT_YANGDIR");

	return dir != NULL ? dir : "yang";
}

static inline void
load_schema(struct schema *s)
{
	struct err e = ERR_INIT;

	if (schema_init(s, yang_dir(), &e) < 0) {
		fprintf(stderr, "%s: %s\n", yang_dir(), e.text);
		exit(1);
	}
}

/* A folder below /tmp, removed by remove_dir. */
static inline char *
make_test_dir(void)
{
	char *dir = strdup("/tmp/culvert-test-confd-XXXXXX");

	if (dir == NULL || mkdtemp(dir) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
	return dir;
}

static inline void
remove_dir(char *dir)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (system(cmd) != 0)
		perror(dir);
	free(dir);
}

/* Our models and one of tests/confd/yang. */
static inline void
load_schema_with(struct schema *s, const char *module)
{
	const char *src = getenv("top_srcdir");
	char *dir = make_test_dir(), cmd[1024];
	struct err e = ERR_INIT;

	snprintf(cmd, sizeof(cmd), "cp '%s'/*.yang '%s'/tests/confd/yang/%s.yang "
		 "'%s'", yang_dir(), src != NULL ? src : ".", module, dir);
	if (system(cmd) != 0 || schema_init(s, dir, &e) < 0) {
		fprintf(stderr, "%s: %s\n", module, e.text);
		exit(1);
	}
	remove_dir(dir);
}

static inline int
edit1(const struct schema *s, struct map *m, enum proto_edit op,
      const char *path, const char *value, struct err *e)
{
	static unsigned int serial;
	struct edit ed = { op, path, value, NULL };
	struct batch b;

	edit_begin(&b, s, m, ++serial + 1000000);
	if (edit_apply(&b, &ed, e) < 0) {
		edit_undo(&b);
		return -1;
	}
	return edit_end(&b, e) < 0 ? -1 : (int)b.changed;
}

static inline int
set1(const struct schema *s, struct map *m, const char *path, const char *value)
{
	struct err e = ERR_INIT;
	int rc = edit1(s, m, EDIT_MERGE, path, value, &e);

	if (rc < 0)
		printf("\n    %s: %s\n", path, e.text);
	return rc;
}

/* A tunnel that validates. */
static inline void
add_tunnel(const struct schema *s, struct map *m, unsigned int id)
{
	char path[128];

	snprintf(path, sizeof(path), IPSEC "[id='%u']/secret", id);
	set1(s, m, path, "correct-horse");
	snprintf(path, sizeof(path), IPSEC "[id='%u']/local-address", id);
	set1(s, m, path, "192.0.2.1");
}

static inline char *
json_of(const struct schema *s, const struct map *m)
{
	struct view v = { .fields = NULL };
	struct err e;
	char *json = NULL;

	if (view_json(s, m, NULL, 0, &v, &json, &e) < 0)
		return NULL;
	return json != NULL ? json : strdup("{}");
}

#define ASSERT_JSON(s, m, text) do { \
	char *json_ = json_of(s, m); \
	CU_ASSERT_STRING_EQUAL(json_, text); \
	if (strcmp(json_, text) != 0) \
		printf("\n    line %d: %s\n", __LINE__, json_); \
	free(json_); \
} while (0)

#endif
