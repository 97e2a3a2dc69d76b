/*
 * config_page: the manual page of the settings, from the models.
 *
 *	config_page YANGDIR > culvert-config.5
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "schema.h"
#include "str.h"
#include "syntax.h"
#include "value.h"
#include "ytree.h"

#include "tests/cli/mdoc.h"

static void
put_help(const struct lysc_node *n)
{
	struct str s = STR_INIT;

	schema_help(n, false, &s);
	put(str_get(&s));
	str_fini(&s);
}

static void
put_choices(const struct lysc_node *leaf)
{
	struct expect set;
	bool any = false;

	expect_init(&set);
	value_expect(leaf, &set);
	for (unsigned int i = 0; i < set.n; i++) {
		if (set.item[i].kind == EXPECT_HOLDER)
			continue;
		if (!any)
			puts(".Pp\n.Bl -tag -width chacha20poly1305 -compact");
		any = true;
		printf(".It Cm %s\n", set.item[i].text);
		put(set.item[i].help);
	}
	if (any)
		puts(".El");
	expect_fini(&set);
}

static void
put_limits(const struct lysc_node *n)
{
	struct str s = STR_INIT;

	if (n->nodetype != LYS_LEAF)
		return;
	value_limits(n, &s);
	if (s.len)
		printf(".Pp\nValues: %s.\n", str_get(&s));
	str_clear(&s);
	syntax_no(n, &s);
	if (s.len) {
		printf(".Pp\n.Ic no :\n");
		put(str_get(&s));
	}
	str_fini(&s);
}

static void
put_leaves(const struct lysc_node *n)
{
	const struct lysc_node *leaf = NULL;

	puts(".Bl -tag -width cipher");
	while ((leaf = schema_leaf(n, leaf))) {
		printf(".It Ic %s\n", leaf->name);
		put_help(leaf);
		put_choices(leaf);
	}
	puts(".El");
}

static void
put_musts(const struct lysc_node *n)
{
	struct lysc_must *must = lysc_node_musts(n);
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(must, i) {
		struct str s = STR_INIT;

		if (!must[i].emsg)
			continue;
		one_line(must[i].emsg, false, &s);
		puts(".Pp");
		put(str_get(&s));
		str_fini(&s);
	}
}

static void
put_setting(const struct lysc_node *n)
{
	struct str s = STR_INIT;

	syntax_node(n, &s);
	printf(".It Oo Ic no Oc Ic %s\n", str_get(&s));
	str_fini(&s);
	put_help(n);
	if (n->nodetype == LYS_CONTAINER)
		put_leaves(n);
	else
		put_choices(n);
	put_limits(n);
	put_musts(n);
}

static bool
is_context(const struct lysc_node *n)
{
	return schema_shape(n) == SHAPE_CONTEXT || schema_shape(n) == SHAPE_LIST;
}

static void
put_context(const struct ly_ctx *ly, const struct lysc_node *at,
	    const char *path)
{
	const struct lysc_node *n = NULL;

	printf(".Ss %s\n", path);
	put_help(at);
	put_musts(at);
	puts(".Bl -tag -width Ds");
	while ((n = schema_next(ly, at, n)))
		if (is_context(n)) {
			struct str s = STR_INIT;

			syntax_node(n, &s);
			printf(".It Oo Ic no Oc Ic %s\n", str_get(&s));
			str_fini(&s);
			put_help(n);
			puts("A context of its own, below.");
		} else
			put_setting(n);
	puts(".El");
	while ((n = schema_next(ly, at, n)))
		if (is_context(n)) {
			struct str s = STR_INIT;

			str_addf(&s, "%s ", path);
			syntax_node(n, &s);
			put_context(ly, n, str_get(&s));
			str_fini(&s);
		}
}

int
main(int argc, char **argv)
{
	const struct lysc_node *top = NULL;
	struct err e = ERR_INIT;
	struct ly_ctx *ly;

	if (argc != 2 || ytree_load(&ly, argv[1], &e) < 0) {
		fprintf(stderr, "config_page: %s\n", argc != 2 ?
			"the folder of the models, please" : e.text);
		return 1;
	}
	puts(".\\\" Written by tests/cli/config_page from the YANG modules.\n"
	     ".Dd November 21, 2026\n.Dt CULVERT-CONFIG 5\n.Os\n"
	     ".Sh NAME\n.Nm culvert-config\n"
	     ".Nd settings of a Culvert gateway\n"
	     ".Sh DESCRIPTION\n"
	     "These are the settings of the configuration contexts of\n"
	     ".Xr culvert 1 ,\n"
	     "and how they are written there.\n"
	     "The headings are the words that lead to a context from\n"
	     ".Ic config .");
	while ((top = schema_next(ly, NULL, top)))
		put_context(ly, top, top->name);
	puts(".Sh SEE ALSO\n.Xr culvert 1 ,\n.Xr confd 8");
	ly_ctx_destroy(ly);
	return fflush(stdout) != 0;
}
