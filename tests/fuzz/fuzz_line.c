/*
 * fuzz_line: whatever is typed, split, parsed and completed, each line in the
 * contexts that the lines before it led to.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "lexer.h"
#include "out.h"
#include "parse.h"
#include "shell.h"
#include "str.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
one_line(struct shell *sh, const char *text)
{
	struct err e = ERR_INIT;
	struct complete c;
	unsigned int word;
	struct parse p;
	struct line l;
	size_t at;

	complete_line(sh, text, &c);
	complete_fini(&c);
	if (lexer_split(&l, text, false, &e, &at) < 0)
		return;
	if (out_filters(&sh->out, &l, &e, &word) == 0) {
		out_text(&sh->out, text);
		out_end(&sh->out, false, &e);
	}
	parse_init(&p, sh->tree, sh->ly, &l, l.n, &sh->at);
	if (parse_run(&p) == 0 && p.entered)
		levels_move(&sh->at, &p.at);
	parse_fini(&p);
	lexer_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct shell sh;		/* loading the models takes long */
	const char *yang = getenv("CULVERT_YANGDIR");
	struct err e = ERR_INIT;
	FILE *null;

	if (!sh.tree) {
		null = fopen("/dev/null", "w");
		if (!yang || !null ||
		    shell_init(&sh, yang, "/nonexistent", false, &e) < 0) {
			fprintf(stderr, "CULVERT_YANGDIR: %s\n", e.text);
			abort();
		}
		sh.out.to = null;
	}
	levels_to_exec(&sh.at);
	while (len) {
		const uint8_t *nl = memchr(data, '\n', len);
		size_t n = nl ? (size_t)(nl - data) : len;
		char *text = str_dupn((const char *)data, n);

		one_line(&sh, text);
		free(text);
		n += nl != NULL;
		data += n;
		len -= n;
	}
	return 0;
}
