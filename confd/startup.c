#include "startup.h"

#include <errno.h>
#include <fcntl.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "instance.h"
#include "log.h"
#include "record.h"
#include "schema.h"
#include "unit.h"
#include "upgrade.h"
#include "valid.h"

#define STARTUP		"startup.json"
#define TROUBLE		"trouble"

/* --- reading --- */

/* A file of configuration, checked against the models. */
static int
load_json(struct store *st, int dir, const char *name, struct map **out,
	  store_warn_fn *warn, void *arg, struct err *e)
{
	struct lyd_node *tree;
	struct map *none = map_new();
	struct valid v;
	char *text, *modules;
	size_t len;
	int rc;

	*out = NULL;
	if (none == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	rc = file_read(dir, name, &text, &len, e);
	if (rc == 0) {
		rc = instance_open(text, len, &modules, e);
		if (rc == 0)
			rc = upgrade_parse(&tree, st->schema, modules, text,
					   len, warn, arg, e);
		free(modules);
		explicit_bzero(text, len);
		free(text);
		if (rc == 0)
			rc = map_from_tree(out, st->schema, tree, e);
		if (rc < 0)
			err_prefix(e, "%s", name);
	}
	if (rc == 0 && valid_changes(st->schema, none, *out, &v) < 0) {
		rc = valid_first(&v, e);
		err_prefix(e, "%s", name);
		valid_fini(&v);
		map_unref(*out);
		*out = NULL;
	}
	map_unref(none);
	return rc;
}

int
store_factory(struct store *st, struct map **out, struct err *e)
{
	if (load_json(st, AT_FDCWD, st->factory_path, out, NULL, NULL, e) == 0)
		return 0;
	if (e->kind != ERR_NOTFOUND)
		return -1;
	*out = map_new();
	return *out != NULL ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}

int
store_startup(struct store *st, const struct map **out, struct err *e)
{
	if (st->startup == NULL &&
	    load_json(st, st->dir, STARTUP, &st->startup, NULL, NULL, e) < 0) {
		if (e->kind != ERR_NOTFOUND)
			return -1;
		if (store_factory(st, &st->startup, e) < 0)
			return -1;
	}
	*out = st->startup;
	return 0;
}


/* --- what is wrong with startup --- */

static void
look_at(struct store *st)
{
	if (fstatat(st->dir, STARTUP, &st->broken, 0) < 0)
		memset(&st->broken, 0, sizeof(st->broken));
}

static bool
was_touched(struct store *st)
{
	struct stat was = st->broken;

	look_at(st);
	return st->broken.st_ino != was.st_ino ||
	    st->broken.st_size != was.st_size ||
	    st->broken.st_mtim.tv_sec != was.st_mtim.tv_sec ||
	    st->broken.st_mtim.tv_nsec != was.st_mtim.tv_nsec;
}

static void
set_trouble(struct store *st, const struct err *why)
{
	char text[2 * ERR_TEXT_MAX];

	snprintf(text, sizeof(text), "the startup configuration is broken and "
		 "was not used (%s%s%s): %s. The file is kept as it is. Repair "
		 "it, or replace it with: copy running-config startup-config",
		 why->text, why->path[0] != '\0' ? ", at " : "", why->path,
		 st->instead != NULL ? st->instead : "another is");
	free(st->trouble);
	st->trouble = strdup(text);
	log_warn("%s", text);
}

static void
clear_trouble(struct store *st)
{
	if (st->trouble != NULL)
		log_info("the startup configuration is repaired");
	free(st->trouble);
	free(st->instead);
	st->trouble = st->instead = NULL;
	unlinkat(st->dir, TROUBLE, 0);
}

/* Whether there still is any. */
static void
look_again(struct store *st)
{
	struct err why = ERR_INIT;
	struct map *m = NULL;

	look_at(st);
	if (load_json(st, st->dir, STARTUP, &m, NULL, NULL, &why) < 0 &&
	    why.kind != ERR_NOTFOUND)
		set_trouble(st, &why);
	else
		clear_trouble(st);
	map_unref(m);
}

void
startup_recall(struct store *st)
{
	struct err e;
	size_t len;

	if (file_read(st->dir, TROUBLE, &st->instead, &len, &e) == 0)
		look_again(st);
}

const char *
store_trouble(struct store *st)
{
	if (st->trouble != NULL && was_touched(st))
		look_again(st);
	return st->trouble;
}

/* --- at boot --- */

static void
boot_trouble(struct store *st, const struct err *why, bool last,
	     store_warn_fn *warn, void *arg)
{
	const char *instead = last ? "the last commit is used instead" :
	    "the factory configuration is used instead";
	struct err e;

	st->instead = strdup(instead);
	look_at(st);
	set_trouble(st, why);
	/* So that it is also said after a restart of confd alone. */
	if (file_write(st->dir, TROUBLE, instead, strlen(instead), &e) < 0)
		warn(e.text, arg);
}

int
startup_boot(struct store *st, struct map *last, struct map **out,
	     store_warn_fn *warn, void *arg, struct err *e)
{
	char text[2 * ERR_TEXT_MAX];
	struct err why = ERR_INIT;

	if (load_json(st, st->dir, STARTUP, out, warn, arg, &why) == 0) {
		st->startup = map_ref(*out);
		clear_trouble(st);
		return 0;
	}
	if (why.kind != ERR_NOTFOUND) {
		boot_trouble(st, &why, last != NULL, warn, arg);
		if (last != NULL) {
			*out = map_ref(last);
			return 0;
		}
	}
	if (store_factory(st, out, &why) == 0)
		return 0;
	snprintf(text, sizeof(text), "the factory configuration is broken and "
		 "was not used: %s", why.text);
	warn(text, arg);
	*out = map_new();
	return *out != NULL ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}

/* --- writing --- */

int
startup_keep_broken(struct store *st, const char *file, struct err *e)
{
	char name[64];
	int i;

	for (i = 1; i < 1000; i++) {
		snprintf(name, sizeof(name), "%s.broken-%d", file, i);
		if (faccessat(st->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			break;
	}
	if (linkat(st->dir, file, st->dir, name, 0) < 0)
		return err_set(e, ERR_REALITY, "cannot put the broken %s aside "
			       "as %s: %s", file, name, strerror(errno));
	return 0;
}

static int
put_aside(struct store *st, struct err *e)
{
	struct map *old = NULL;
	struct err why = ERR_INIT;

	if (st->startup != NULL)
		return 0;		/* it was read, or is not there */
	if (load_json(st, st->dir, STARTUP, &old, NULL, NULL, &why) == 0) {
		map_unref(old);
		return 0;
	}
	if (why.kind == ERR_NOTFOUND)
		return 0;
	return startup_keep_broken(st, STARTUP, e);
}

int
store_save_startup(struct store *st, struct map *m, struct err *e)
{
	char *data = record_print(st->schema, m, true);
	char *modules = upgrade_modules(st->schema), *text = NULL;
	int rc;

	if (data != NULL && modules != NULL)
		text = instance_print("startup", modules, data);
	if (data != NULL)
		explicit_bzero(data, strlen(data));
	free(data);
	free(modules);

	if (text == NULL)
		return err_set(e, ERR_RESOURCE, "no memory to print the "
			       "configuration");
	rc = put_aside(st, e);
	if (rc == 0)
		rc = file_write(st->dir, STARTUP, text, strlen(text), e);
	explicit_bzero(text, strlen(text));
	free(text);
	if (rc < 0)
		return -1;
	map_unref(st->startup);
	st->startup = map_ref(m);
	if (st->trouble != NULL)
		clear_trouble(st);
	return 0;
}

static int
differs(struct unit *a, struct unit *b, void *arg)
{
	(void)arg;
	return !unit_equal(a, b);
}

bool
store_is_saved(struct store *st, const struct map *running)
{
	const struct map *startup;
	struct err e;

	return store_startup(st, &startup, &e) == 0 &&
	    map_diff(startup, running, differs, NULL) == 0;
}
