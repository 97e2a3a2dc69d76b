#include "record.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "msg.h"
#include "msg_frame.h"
#include "unconfirmed.h"
#include "proto.h"
#include "schema.h"
#include "store.h"
#include "unit.h"
#include "upgrade.h"
#include "view.h"
#include "ytree.h"

#define FORMAT		1

/* Attributes that never cross a socket. */
enum {
	R_BOOT		= 0x100,	/* string */
	R_BEFORE	= 0x101,	/* JSON of the changed units */
	R_AFTER		= 0x102,
	R_MODULES	= 0x103,	/* string, upgrade_modules(); not in the
					 * oldest files */
	R_LAST		= 0x103,	/* u32 */
	R_UID		= 0x104,	/* u32 */
	R_DEADLINE	= 0x105,	/* u64 */
	R_SECONDS	= 0x106,	/* u32 */
};

enum {
	R_COMMIT	= 0x100,	/* op of a commit's file */
	R_RUNNING	= 0x101,	/* and of `running` */
	R_UNCONFIRMED	= 0x102,	/* and of `unconfirmed` */
};

/* --- frames in files --- */

/* Takes the message. */
static int
put_file(int dir, const char *name, struct msg *m, size_t *len, struct err *e)
{
	uint8_t *frame = NULL;
	int rc = -1;

	*len = MSG_HDR_LEN + m->len;
	if (!m->bad)
		frame = malloc(*len);
	if (frame == NULL) {
		err_set(e, ERR_RESOURCE, "no memory to write %s", name);
	} else {
		msg_frame_head(m, frame);
		memcpy(frame + MSG_HDR_LEN, m->data, m->len);
		rc = file_write(dir, name, frame, *len, e);
		explicit_bzero(frame, *len);
		free(frame);
	}
	msg_fini(m);
	return rc;
}

/* m->data points into *text, which the caller frees. */
static int
get_file(int dir, const char *name, uint16_t op, struct msg *m, char **text,
	 size_t *len, struct err *e)
{
	size_t frame;

	if (file_read(dir, name, text, len, e) < 0)
		return -1;
	if (*len < MSG_HDR_LEN ||
	    msg_frame_parse_head(m, (uint8_t *)*text, MSG_MAX, &frame, e) < 0 ||
	    frame != *len || m->op != op) {
		free(*text);
		return err_set(e, ERR_INVALID, "the file %s is cut off or not "
			       "ours", name);
	}
	m->data = (uint8_t *)*text + MSG_HDR_LEN;
	m->len = m->size = *len - MSG_HDR_LEN;
	if (msg_frame_check(m, e) == 0)
		return 0;
	free(*text);
	return err_prefix(e, "the file %s", name);
}

static void
done_file(char *text, size_t len)
{
	explicit_bzero(text, len);
	free(text);
}

/* --- units as JSON --- */

static int
add_json(struct msg *m, uint16_t type, struct lyd_node *tree)
{
	char *json = ytree_print(tree, false);

	if (json == NULL)
		return -1;
	msg_add_str(m, type, json);
	explicit_bzero(json, strlen(json));
	free(json);
	return 0;
}

static int
get_map(const struct msg *m, uint16_t type, const struct schema *s,
	struct map **out, struct err *e)
{
	struct lyd_node *tree;
	struct msg_attr a;
	char *modules;
	int rc;

	if (!msg_find(m, type, &a))
		return err_set(e, ERR_INVALID, "there is no configuration in "
			       "the file");
	modules = msg_str(m, R_MODULES);
	rc = upgrade_parse(&tree, s, modules, (const char *)a.p, a.len, NULL,
			   NULL, e);
	free(modules);
	if (rc < 0)
		return -1;
	return map_from_tree(out, s, tree, e);
}

static void
add_modules(struct msg *m, const struct schema *s)
{
	char *modules = upgrade_modules(s);

	if (modules == NULL)
		m->bad = true;
	msg_add_str(m, R_MODULES, modules);
	free(modules);
}

char *
record_print(const struct schema *s, const struct map *m, bool pretty)
{
	struct lyd_node *tree;
	char *text = NULL;

	if (view_tree(s, m, NULL, &tree) < 0)
		return NULL;
	if (tree == NULL)
		text = strdup("{}\n");
	else if (lyd_print_mem(&text, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS |
			       (pretty ? 0 : LYD_PRINT_SHRINK)) != LY_SUCCESS)
		text = NULL;
	lyd_free_all(tree);
	return text;
}

/* --- commits --- */

struct trees {
	struct lyd_node	*before, *after;
};

static int
add_units(struct unit *before, struct unit *after, void *arg)
{
	struct trees *t = arg;

	if (unit_equal(before, after))
		return 0;
	if (before != NULL && view_add(&t->before, before, NULL) < 0)
		return -1;
	if (after != NULL && view_add(&t->after, after, NULL) < 0)
		return -1;
	return 0;
}

int
record_write(int dir, const struct schema *s, const struct commit *c,
	     const struct map *before, const struct map *after, size_t *len,
	     struct err *e)
{
	struct trees t = { NULL, NULL };
	char name[16];
	struct msg m;
	int rc;

	msg_init(&m, R_COMMIT, 0, FORMAT);
	add_modules(&m, s);
	msg_add_u32(&m, A_COMMIT, c->number);
	msg_add_u64(&m, A_TIME, c->time);
	msg_add_str(&m, A_USER, c->user);
	msg_add_str(&m, A_FROM, c->from);
	msg_add_str(&m, A_COMMENT, c->comment);
	rc = map_diff(before, after, add_units, &t);
	if (rc != 0 || add_json(&m, R_BEFORE, t.before) < 0 ||
	    add_json(&m, R_AFTER, t.after) < 0)
		m.bad = true;
	lyd_free_all(t.before);
	lyd_free_all(t.after);
	snprintf(name, sizeof(name), "%u", c->number);
	return put_file(dir, name, &m, len, e);
}

int
record_head(int dir, uint32_t number, struct commit *c, struct err *e)
{
	char name[16], *text;
	struct msg m;
	size_t len;

	memset(c, 0, sizeof(*c));
	snprintf(name, sizeof(name), "%u", number);
	if (get_file(dir, name, R_COMMIT, &m, &text, &len, e) < 0)
		return -1;
	c->user = msg_str(&m, A_USER);
	c->from = msg_str(&m, A_FROM);
	c->comment = msg_str(&m, A_COMMENT);
	if (!msg_u32(&m, A_COMMIT, &c->number) || c->number != number ||
	    !msg_u64(&m, A_TIME, &c->time) || c->user == NULL) {
		free(c->user);
		free(c->from);
		free(c->comment);
		done_file(text, len);
		return err_set(e, ERR_INVALID, "the file is not that of a "
			       "commit");
	}
	done_file(text, len);
	return 0;
}

int
record_apply(int dir, const struct schema *s, uint32_t number, bool forward,
	     struct map *to, size_t *len, struct err *e)
{
	struct map *before = NULL, *after = NULL;
	char name[16], *text;
	struct msg m;
	size_t i;
	int rc;

	snprintf(name, sizeof(name), "%u", number);
	if (get_file(dir, name, R_COMMIT, &m, &text, len, e) < 0)
		return -1;
	rc = get_map(&m, forward ? R_BEFORE : R_AFTER, s, &before, e);
	if (rc == 0)
		rc = get_map(&m, forward ? R_AFTER : R_BEFORE, s, &after, e);
	for (i = 0; rc == 0 && i < before->n; i++)
		map_del(to, before->v[i]);
	for (i = 0; rc == 0 && i < after->n; i++)
		if (map_put(to, unit_ref(after->v[i])) < 0)
			rc = err_set(e, ERR_RESOURCE, "out of memory");
	map_unref(before);
	map_unref(after);
	done_file(text, *len);
	return rc;
}

/* --- running --- */

int
record_write_base(int dir, const struct schema *s, uint32_t number,
		  const char *boot, const struct map *map, size_t *len,
		  struct err *e)
{
	struct lyd_node *tree;
	struct msg m;

	msg_init(&m, R_RUNNING, 0, FORMAT);
	add_modules(&m, s);
	msg_add_u32(&m, A_COMMIT, number);
	msg_add_str(&m, R_BOOT, boot);
	if (view_tree(s, map, NULL, &tree) < 0 ||
	    add_json(&m, R_AFTER, tree) < 0)
		m.bad = true;
	lyd_free_all(tree);
	return put_file(dir, RECORD_RUNNING, &m, len, e);
}

int
record_read_base(int dir, const struct schema *s, uint32_t *number, char *boot,
		 size_t size, struct map **map, size_t *len, struct err *e)
{
	char *text, *was;
	struct msg m;
	int rc;

	if (get_file(dir, RECORD_RUNNING, R_RUNNING, &m, &text, len, e) < 0)
		return -1;
	was = msg_str(&m, R_BOOT);
	snprintf(boot, size, "%s", was != NULL ? was : "");
	free(was);
	if (!msg_u32(&m, A_COMMIT, number))
		rc = err_set(e, ERR_INVALID, "the file " RECORD_RUNNING " has no "
			     "number");
	else
		rc = get_map(&m, R_AFTER, s, map, e);
	done_file(text, *len);
	return rc;
}

/* --- what waits to be confirmed --- */

int
record_write_unconfirmed(int dir, const struct unconfirmed *p, const char *boot,
		     struct err *e)
{
	struct msg m;
	size_t len;

	msg_init(&m, R_UNCONFIRMED, 0, FORMAT);
	msg_add_u32(&m, A_COMMIT, p->first);
	msg_add_u32(&m, R_LAST, p->last);
	msg_add_u32(&m, R_UID, p->uid);
	msg_add_str(&m, A_USER, p->user);
	msg_add_u64(&m, R_DEADLINE, p->deadline);
	msg_add_u32(&m, R_SECONDS, p->seconds);
	msg_add_str(&m, R_BOOT, boot);
	return put_file(dir, RECORD_UNCONFIRMED, &m, &len, e);
}

int
record_read_unconfirmed(int dir, struct unconfirmed *p, char *boot, size_t size,
		    struct err *e)
{
	char *text, *was;
	struct msg m;
	size_t len;
	bool ok;

	memset(p, 0, sizeof(*p));
	if (get_file(dir, RECORD_UNCONFIRMED, R_UNCONFIRMED, &m, &text, &len, e) < 0)
		return -1;
	was = msg_str(&m, R_BOOT);
	snprintf(boot, size, "%s", was != NULL ? was : "");
	free(was);
	p->user = msg_str(&m, A_USER);
	ok = msg_u32(&m, A_COMMIT, &p->first) && p->first > 0 &&
	    msg_u32(&m, R_LAST, &p->last) && msg_u32(&m, R_UID, &p->uid) &&
	    msg_u64(&m, R_DEADLINE, &p->deadline) &&
	    msg_u32(&m, R_SECONDS, &p->seconds) && p->user != NULL;
	done_file(text, len);
	if (ok)
		return 0;
	free(p->user);
	memset(p, 0, sizeof(*p));
	return err_set(e, ERR_INVALID, "the file " RECORD_UNCONFIRMED " is not ours");
}
