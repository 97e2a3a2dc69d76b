/* show commits: the history, and what each commit changed. */
#include "cmds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "json.h"
#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "shell.h"

struct entry {
	uint32_t	 number;
	uint64_t	 time;
	char		*user, *from, *comment;
	bool		 waits;		/* to be confirmed */
	uint32_t	 left;		/* seconds */
};

static void
entry_text(struct out *out, const struct entry *n, unsigned int back)
{
	char buf[TIME_TEXT_MAX];

	out_f(out, "%-9u %-7" PRIu32 " %s  %-12s %-16s %s%s\n", back, n->number,
	      time_text(n->time, buf), n->user ? n->user : "?",
	      n->from ? n->from : "-",
	      n->waits ? "[not confirmed] " : "", n->comment ? n->comment : "");
}

/* The members; the object is the caller's to end. */
static void
entry_json(struct json *j, const struct entry *n)
{
	json_object(j, NULL);
	json_u32(j, "commit", n->number);
	json_u64(j, "time", n->time);
	json_str(j, "user", n->user ? n->user : "");
	if (n->from)
		json_str(j, "from", n->from);
	if (n->comment)
		json_str(j, "comment", n->comment);
	if (n->waits)
		json_u32(j, "confirm", n->left);
}

static void
entry_fini(struct entry *n)
{
	free(n->user);
	free(n->from);
	free(n->comment);
	memset(n, 0, sizeof(*n));
}

/* The entry that begins at *pos; false at the end. */
static bool
entry_next(const struct msg *m, size_t *pos, struct entry *n)
{
	size_t at = *pos;
	struct msg_attr a;

	entry_fini(n);
	while (msg_next(m, &at, &a)) {
		if (a.type == A_COMMIT && n->number)
			break;
		if (a.type == A_COMMIT)
			n->number = (uint32_t)msg_attr_number(&a);
		else if (a.type == A_TIME)
			n->time = msg_attr_number(&a);
		else if (a.type == A_USER && !n->user)
			n->user = msg_attr_str(&a);
		else if (a.type == A_FROM && !n->from)
			n->from = msg_attr_str(&a);
		else if (a.type == A_COMMENT && !n->comment)
			n->comment = msg_attr_str(&a);
		else if (a.type == A_CONFIRM) {
			n->waits = true;
			n->left = (uint32_t)msg_attr_number(&a);
		}
		*pos = at;
	}
	return n->number != 0;
}

static void
all_json(struct shell *sh, const struct msg *m)
{
	struct entry n = { .number = 0 };
	struct json j;
	size_t pos = 0;

	json_init(&j);
	json_array(&j, NULL);
	while (entry_next(m, &pos, &n)) {
		entry_json(&j, &n);
		json_object_end(&j);
	}
	entry_fini(&n);
	json_array_end(&j);
	if (json_ok(&j))
		json_show(&sh->out, j.text);
	json_fini(&j);
}

static void
all_text(struct shell *sh, const struct msg *m)
{
	struct entry n = { .number = 0 };
	unsigned int back = 0;
	size_t pos = 0;

	out_text(&sh->out, "ROLLBACK  COMMIT  TIME                 "
		 "USER         FROM             COMMENT\n");
	while (entry_next(m, &pos, &n))
		entry_text(&sh->out, &n, back++);
	entry_fini(&n);
}

/* One commit: who, when, why, and what it changed. */
static enum status
show_one(struct shell *sh, const struct entry *n, bool secrets)
{
	struct side before = { true, n->number - 1 }, after = { true, n->number };
	char buf[TIME_TEXT_MAX];
	enum status st;
	struct json j;

	if (!sh->out.json) {
		out_f(&sh->out, "# commit %" PRIu32 ", %s, %s%s%s%s%s\n",
		      n->number, time_text(n->time, buf),
		      n->user ? n->user : "?", n->from ? " on " : "",
		      n->from ? n->from : "", n->comment ? ": " : "",
		      n->comment ? n->comment : "");
		return changes_show(sh, &before, &after, secrets, NULL);
	}
	json_init(&j);
	entry_json(&j, n);
	st = changes_show(sh, &before, &after, secrets, &j);
	json_object_end(&j);
	if (st == ST_OK && json_ok(&j))
		json_show(&sh->out, j.text);
	json_fini(&j);
	return st;
}

static enum status
find_one(struct shell *sh, const struct msg *m, const struct parse *p)
{
	struct entry n = { .number = 0 };
	enum status st = ST_FAILED;
	size_t pos = 0;

	while (entry_next(m, &pos, &n) && n.number != p->number)
		;
	if (n.number == p->number)
		st = show_one(sh, &n, p->with_secrets);
	else
		shell_complain(sh, "there is no commit %ld in the history: see "
			       "show commits", p->number);
	entry_fini(&n);
	return st;
}

int
cmd_show_commits(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_HISTORY, 0, 0);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (p->number >= 0)
		st = find_one(sh, &reply, p);
	else if (sh->out.json)
		all_json(sh, &reply);
	else {
		sh->out.fold = true;
		all_text(sh, &reply);
	}
	msg_fini(&reply);
	return st;
}
