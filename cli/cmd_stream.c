/* Actions that go on until they are stopped: what comes is printed line by line,
 * and saved. */
#include "cmds.h"

#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "pcap.h"
#include "shell.h"
#include "ytree.h"

#define TIME_UNITS	"microseconds since 1970"

#define LOG_PATH	"/culvert-system:system/log"
#define LOG_LINES	100		/* unless more are asked for */
#define LOG_BEFORE	10		/* what one follows */

struct run {
	struct shell	*sh;
	struct str	*array;		/* JSON is gathered; NULL: printed */
	struct str	*lines;		/* so is what has an end, to be paged */
	struct pcap	*pcap;
	enum status	 st;
};

/* "19:04:05.123 " of a leaf of that unit, with the date if it is another. */
static void
note_time(const struct lyd_node *leaf, struct str *s)
{
	const char *units =
	    ((const struct lysc_node_leaf *)leaf->schema)->units;
	uint64_t us = strtoull(lyd_get_value(leaf), NULL, 10);
	time_t t = (time_t)(us / 1000000);
	time_t now = time(NULL);
	struct tm tm, today;
	char buf[32];

	if (!units || strcmp(units, TIME_UNITS) || !localtime_r(&t, &tm) ||
	    !localtime_r(&now, &today))
		return;
	strftime(buf, sizeof(buf), tm.tm_yday == today.tm_yday &&
		 tm.tm_year == today.tm_year ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
		 &tm);
	str_addf(s, "%s.%03u ", buf, (unsigned int)(us % 1000000 / 1000));
}

/* The time and its leaf "text", or names and values. */
static void
note_text(const struct lyd_node *note, struct str *s)
{
	const struct lyd_node *n, *text = ytree_find(lyd_child(note), "text");

	LY_LIST_FOR(lyd_child(note), n)
		if (n->schema->nodetype == LYS_LEAF &&
		    !strcmp(n->schema->name, "time"))
			note_time(n, s);
	if (text) {
		str_add(s, lyd_get_value(text));
		return;
	}
	LY_LIST_FOR(lyd_child(note), n)
		if (n->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST) &&
		    strcmp(n->schema->name, "time"))
			str_addf(s, "%s %s ", n->schema->name,
				 lyd_get_value(n));
}

static void
print_note(struct run *r, const char *json)
{
	struct shell *sh = r->sh;
	struct lyd_node *tree = NULL, *note = NULL;
	struct str s = STR_INIT;
	struct ly_in *in = NULL;

	if (sh->out.json) {
		out_f(&sh->out, "%s\n", json);
		return;
	}
	if (ly_in_new_memory(json, &in) == LY_SUCCESS &&
	    lyd_parse_op(sh->ly, NULL, in, LYD_JSON, LYD_TYPE_NOTIF_YANG, &tree,
			 &note) == LY_SUCCESS && note)
		note_text(note, &s);
	ly_in_free(in, 0);
	if (s.len && r->lines)
		str_addf(r->lines, "%s\n", str_get(&s));
	else if (s.len)
		out_f(&sh->out, "%s\n", str_get(&s));
	str_fini(&s);
	lyd_free_all(tree);
}

static bool
save(struct run *r, const struct msg *m)
{
	struct err e = ERR_INIT;
	struct msg_attr a;
	size_t pos = 0;

	while (r->pcap && msg_next(m, &pos, &a))
		if (a.type == A_PACKET &&
		    pcap_add(r->pcap, a.p, a.len, &e) < 0) {
			shell_error(r->sh, &e);
			r->st = ST_FAILED;
			return false;
		}
	return true;
}

static bool
on_note(const struct msg *m, void *arg)
{
	struct run *r = arg;
	struct msg_attr a;
	uint64_t lost;
	char *json;

	if (msg_u64(m, A_LOST, &lost))
		shell_complain(r->sh, "%" PRIu64 " were left out here: they came "
			       "faster than they could be taken", lost);
	shell_warnings(r->sh, m);
	/* There will be nothing to save. */
	if (r->pcap && msg_find(m, A_WARNING, &a)) {
		r->st = ST_FAILED;
		return false;
	}
	json = m->op == OP_NOTIFICATION ? msg_str(m, A_DATA) : NULL;
	if (json && r->array)
		str_addf(r->array, "%s%s", r->array->len > 1 ? "," : "", json);
	else if (json)
		print_note(r, json);
	free(json);
	return save(r, m) && !out_stopped(&r->sh->out);
}

int
cmd_stream(struct shell *sh, struct parse *p)
{
	struct run r = { .sh = sh, .st = ST_OK };
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	if (p->text && !(r.pcap = pcap_create(p->text, &e))) {
		shell_error(sh, &e);
		return ST_FAILED;
	}
	msg_init(&req, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&req, A_PATH, p->path);
	if (r.pcap)
		msg_add(&req, A_PACKETS, NULL, 0);
	shell_note(sh, "Ctrl-C stops it");
	sh->out.live = true;
	st = shell_stream(sh, &req, &reply, on_note, &r, &e);
	msg_fini(&reply);
	if (st != ST_OK)
		shell_error(sh, &e);
	if (r.pcap && r.st == ST_OK)
		shell_note(sh, "%lu packets are in %s", pcap_count(r.pcap),
			   p->text);
	pcap_close(r.pcap);
	return st != ST_OK ? st : r.st;
}

int
cmd_show_log(struct shell *sh, struct parse *p)
{
	struct str all = STR_INIT;
	struct run r = {
		.sh = sh, .st = ST_OK,
		.array = sh->out.json && !p->follow ? &all : NULL,
		.lines = sh->out.json || p->follow ? NULL : &all,
	};
	long n = p->number >= 0 ? p->number : LOG_LINES;
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	if (r.array)
		str_addc(&all, '[');
	msg_init(&req, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&req, A_PATH, LOG_PATH);
	msg_add_u32(&req, A_COUNT, p->follow ? LOG_BEFORE : (uint32_t)n);
	if (p->follow)
		msg_add(&req, A_FOLLOW, NULL, 0);
	if (p->follow)
		shell_note(sh, "Ctrl-C stops it");
	sh->out.live = p->follow;
	st = shell_stream(sh, &req, &reply, on_note, &r, &e);
	msg_fini(&reply);
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (r.array) {
		str_addc(&all, ']');
		json_show(&sh->out, str_get(&all));
	} else if (r.lines)
		out_text(&sh->out, str_get(&all));
	str_fini(&all);
	return st != ST_OK ? st : r.st;
}
