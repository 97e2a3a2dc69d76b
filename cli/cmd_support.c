/* tech-support: all that somebody who helps wants to see, in one file. */
#include "cmds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lexer.h"
#include "parse.h"
#include "shell.h"

/* Nothing of it shows a secret: none of these is asked for with-secrets. */
static const struct {
	const char	*line;
	bool		 json;
} sections[] = {
	{ "show version", false },
	{ "show system", false },
	{ "show interfaces", false },
	{ "show running-config", false },
	{ "show startup-config", false },
	{ "show changes", false },
	{ "show commits", false },
	{ "show audit 200", false },
	{ "show tunnel ipsec", false },
	{ "show tunnel ipsec diagnose", false },
	{ "show certificate", false },
	{ "show certificate crl", false },
	{ "show log 2000", false },
	{ "show tunnel", true },
};

#define SECTIONS	(sizeof(sections) / sizeof(sections[0]))

/* As typed at the exec level; the filters stay those of the line that runs. */
static void
run_line(struct shell *sh, const char *text)
{
	struct err e = ERR_INIT;
	struct levels exec;
	struct parse p;
	struct line l;
	size_t at;

	if (lexer_split(&l, text, false, &e, &at) < 0)
		return;
	levels_init(&exec);
	parse_init(&p, sh->tree, sh->ly, &l, l.n, &exec);
	parse_run(&p);
	if (parse_failed(&p))
		shell_error(sh, &p.err);
	else if (p.cmd && p.cmd->builtin && p.cmd->builtin->run)
		p.cmd->builtin->run(sh, &p);
	parse_fini(&p);
	levels_fini(&exec);
	lexer_free(&l);
}

/* What is wrong belongs into the file. */
static void
run_section(struct shell *sh, const char *line, bool json)
{
	const char *was = sh->line;
	FILE *err = sh->err;
	char *said = NULL;
	size_t len = 0;

	out_f(&sh->out, "===== %s%s\n", line, json ? " | json" : "");
	sh->err = open_memstream(&said, &len);
	if (!sh->err) {
		sh->err = err;
		return;
	}
	sh->line = NULL;
	sh->out.json = json;
	run_line(sh, line);
	sh->out.json = false;
	sh->line = was;
	fclose(sh->err);
	sh->err = err;
	out_text(&sh->out, said);
	out_text(&sh->out, "\n");
	free(said);
}

int
cmd_tech_support(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (p->text && sh->out.file.f) {
		shell_complain(sh, "name the file once");
		return ST_USAGE;
	}
	if (p->text && user_file_create(&sh->out.file, p->text, &e) < 0) {
		shell_error(sh, &e);
		return ST_FAILED;
	}
	if (gmtime_r(&now, &tm) &&
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		out_f(&sh->out, "===== Culvert at %s, asked at %s\n",
		      sh->hostname, when);
	for (size_t i = 0; i < SECTIONS && !out_stopped(&sh->out); i++)
		run_section(sh, sections[i].line, sections[i].json);
	if (p->text)
		shell_note(sh, "%lu lines in %s", sh->out.saved, p->text);
	return ST_OK;
}
