/* lib/rights, cli/tree: what is offered to whom */
#include "harness.h"

#include <string.h>

#include "parse.h"
#include "tests/unit.h"
#include "tree.h"

static struct harness h;

/* Every command is in culvert-operations.yang, or nobody has thought about who
 * may use it; and no command needs less than the words before it. */
static void
test_every_builtin(void)
{
	enum role role = ROLE_GUEST, above;
	const struct builtin *b;
	char words[128], *blank;
	bool known;

	for (b = builtins; b->words != NULL; b++) {
		known = rights_command(h.ly, b->words, &role);
		if (!known)
			printf("\n    no rpc has cv:command \"%s\"\n", b->words);
		CU_ASSERT(known);
		snprintf(words, sizeof(words), "%s", b->words);
		while (known && (blank = strrchr(words, ' ')) != NULL) {
			*blank = '\0';
			if (rights_command(h.ly, words, &above) && above > role)
				printf("\n    '%s' needs less than '%s'\n",
				       b->words, words);
			CU_ASSERT(above <= role);
		}
	}
}

static bool
is_offered(const char *text, const char *word)
{
	struct err e = ERR_INIT;
	struct line l;
	struct parse p;
	unsigned int i;
	bool is = false;
	size_t at;

	if (lexer_split(&l, text, true, &e, &at) < 0)
		return false;
	parse_init(&p, h.tree, h.ly, &l, l.n, &h.at);
	p.offer = true;
	parse_run(&p);
	for (i = 0; i < p.next.n; i++)
		is |= strcmp(p.next.item[i].text, word) == 0;
	parse_fini(&p);
	lexer_free(&l);
	return is;
}

static void
test_offers(void)
{
	static const struct {
		int line; const char *text, *word; char least;
	} rows[] = {
		{ __LINE__, "", "show", 'g' },
		{ __LINE__, "", "config", 'o' },
		{ __LINE__, "", "copy", 'o' },
		{ __LINE__, "copy factory-config", "candidate", 'o' },
		{ __LINE__, "copy factory-config", "startup-config", 'a' },
		{ __LINE__, "show", "running-config", 'g' },
		{ __LINE__, "show", "startup-config", 'o' },
		{ __LINE__, "tunnel ipsec 1", "initiate", 'o' },
		{ __LINE__, "config tunnel ipsec 1", "description", 'o' },
		{ __LINE__, "config tunnel ipsec 1", "secret", 'a' },
		{ __LINE__, "config tunnel ipsec 1 no", "enable", 'o' },
		{ __LINE__, "config tunnel ipsec 1 no", "peer", 'a' },
		{ __LINE__, "config", "tunnel", 'o' },
		{ __LINE__, "config system", "location", 'o' },
		{ __LINE__, "config system", "hostname", 'a' },
	};
	enum role role, least;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		least = rows[i].least == 'g' ? ROLE_GUEST :
		    rows[i].least == 'o' ? ROLE_OPERATOR : ROLE_ADMIN;
		for (role = ROLE_GUEST; role <= ROLE_ADMIN; role++) {
			tree_set_role(h.tree, role);
			CHECK_ROW(rows[i].line, is_offered(rows[i].text,
				  rows[i].word) == (role >= least));
		}
	}
}

/* What is not offered is not unknown either. */
static void
test_refusal(void)
{
	tree_set_role(h.tree, ROLE_GUEST);
	CU_ASSERT(!harness_line(&h, "config"));
	CU_ASSERT_EQUAL(h.err.kind, ERR_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(h.err.text, "culvert-operator"));
	tree_set_role(h.tree, ROLE_OPERATOR);
	CU_ASSERT(harness_line(&h, "config"));
	CU_ASSERT(!harness_line(&h, "copy factory-config startup-config"));
	CU_ASSERT_EQUAL(h.err.kind, ERR_DENIED);
	harness_reset(&h);
	tree_set_role(h.tree, ROLE_ADMIN);
}

static int
run(void)
{
	static const struct unit_test tests[] = {
		{ "every command has a rule", test_every_builtin },
		{ "what is offered", test_offers },
		{ "what is refused", test_refusal },
	};

	return unit_run("rights", tests, sizeof(tests) / sizeof(tests[0]));
}

int
main(void)
{
	int rc;

	harness_init(&h);
	rc = run();
	harness_fini(&h);
	return rc;
}
