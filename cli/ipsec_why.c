/*
 * ipsec_why: what happened to tunnels, and what is wrong with them.
 */
#include "state_text.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "term.h"
#include "ytree.h"

#define COLUMN	9		/* "Symptom  " */

static const char *
leaf(const struct lyd_node *n, const char *path, const char *absent)
{
	const char *v = ytree_leaf(n, path);

	return v ? v : absent;
}

static const char *
time_of(const struct lyd_node *n, const char *name, char buf[TIME_TEXT_MAX])
{
	return time_text(strtoull(leaf(n, name, "0"), NULL, 10), buf);
}

void
ipsec_event(const struct lyd_node *ev, const char *who, struct str *s)
{
	char at[TIME_TEXT_MAX], first[TIME_TEXT_MAX];

	str_addf(s, "%s  %s%-18s  %s", time_of(ev, "time", at), who,
		 leaf(ev, "code", "event"), leaf(ev, "text", ""));
	if (ytree_leaf(ev, "count"))
		str_addf(s, " (%s times since %s)", leaf(ev, "count", ""),
			 time_of(ev, "first", first));
	str_addc(s, '\n');
}

/* --- the log --- */

struct line {
	const struct lyd_node *tunnel, *event;
	unsigned long long time;
	size_t	 order;
};

static int
by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* All tunnels in one, oldest first; one tunnel's events are in order already. */
void
ipsec_log(const struct lyd_node *entry, bool one, struct str *s)
{
	const struct lyd_node *t, *e;
	size_t n = 0, size = 0;
	struct line *l = NULL;
	char who[32];

	for (t = entry; t; t = one ? NULL : ytree_next(t))
		for (e = ytree_find(lyd_child(t), "state/event"); e;
		     e = ytree_next(e)) {
			if (n == size) {
				size = size ? 2 * size : 64;
				l = mem_grow(l, size, sizeof(*l));
			}
			l[n] = (struct line){ t, e, strtoull(leaf(e, "time",
			    "0"), NULL, 10), n };
			n++;
		}
	if (!n)
		str_add(s, "Nothing has happened so far.\n");
	else
		qsort(l, n, sizeof(*l), by_time);
	for (size_t i = 0; i < n; i++) {
		snprintf(who, sizeof(who), "ipsec %-5s ",
			 leaf(l[i].tunnel, "id", "?"));
		ipsec_event(l[i].event, one ? "" : who, s);
	}
	free(l);
}

/* --- the diagnosis --- */

static void
item(const char *name, const char *text, struct str *s)
{
	term_item(name, text, 0, COLUMN, term_width(), s);
}

/* Sentences are marked and wrapped; lines to be typed stay as they are. */
static void
list(const struct lyd_node *d, const char *name, const char *title, bool wrap,
     struct str *s)
{
	const struct lyd_node *n;
	char mark[COLUMN + 2];

	LY_LIST_FOR(lyd_child(d), n) {
		if (strcmp(n->schema->name, name))
			continue;
		snprintf(mark, sizeof(mark), "%-*s-", COLUMN, title);
		if (wrap)
			term_item(mark, lyd_get_value(n), 0, COLUMN + 3,
				  term_width(), s);
		else
			str_addf(s, "%-*s%s\n", COLUMN, title, lyd_get_value(n));
		title = "";
	}
}

static void
finding(const struct lyd_node *d, struct str *s)
{
	str_addc(s, '\n');
	item("Symptom", leaf(d, "symptom", ""), s);
	item("Cause", leaf(d, "cause", ""), s);
	list(d, "remedy", "Do", true, s);
	list(d, "command", "Here", false, s);
	list(d, "peer-command", "Peer", false, s);
}

static void
title(const struct lyd_node *t, struct str *s)
{
	str_addf(s, "Tunnel ipsec%s", leaf(t, "id", "?"));
	if (ytree_leaf(t, "description"))
		str_addf(s, " \"%s\"", ytree_leaf(t, "description"));
	str_addf(s, " is %s.\n", ipsec_status(t));
}

void
ipsec_diagnose(const struct lyd_node *entry, bool one, struct str *s)
{
	const struct lyd_node *t, *d;

	for (t = entry; t; t = one ? NULL : ytree_next(t)) {
		if (t != entry)
			str_addc(s, '\n');
		title(t, s);
		for (d = ytree_find(lyd_child(t), "state/diagnosis"); d;
		     d = ytree_next(d))
			finding(d, s);
	}
	if (!entry)
		str_add(s, "No tunnels are configured.\n");
}
