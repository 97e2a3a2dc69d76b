/* culvert: the shell. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine.h"
#include "history.h"
#include "line.h"
#include "log.h"
#include "script.h"
#include "secret.h"
#include "shell.h"
#include "str.h"
#include "term.h"
#include "tool.h"

struct options {
	char		*commands;	/* -c, a copy */
	const char	*file;		/* a script, or NULL */
	const char	*socket;
	const char	*yangdir;
	int		 passwords;	/* descriptor, or -1 */
	bool		 json;
};

static void
usage(FILE *to)
{
	fputs("usage: culvert [-FhjV] [-P DESCRIPTOR] [-s SOCKET] [-y YANGDIR]\n"
	      "               [-c COMMANDS | FILE]\n"
	      "  -c COMMANDS  run them (separated by ';') and leave\n"
	      "  -F, --forced the commands that sshd was asked to run, if any\n"
	      "  -j, --json   whatever has a JSON form is shown in it\n"
	      "  -P, --password-fd DESCRIPTOR\n"
	      "               passwords that are asked for are read from there, "
	      "a line each\n"
	      "  -s SOCKET    where confd listens\n"
	      "  -y YANGDIR   where the models are\n"
	      "  -h, -V       this text, the version\n"
	      "  FILE         a script; '-' or none: standard input\n"
	      "Exit status: 0 done; 1 a command failed; 2 a line or an option "
	      "made no sense;\n"
	      "3 an edit was refused; 4 a commit was refused, or changes were "
	      "not committed;\n"
	      "5 confd cannot be reached.\n", to);
}

static const char *
environment(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v && *v ? v : otherwise;
}

/* Secrets are not for everybody who can run ps. */
static void
take_commands(struct options *o, char *text)
{
	str_free(o->commands);
	o->commands = str_dup(text);
	secret_wipe_mem(text, strlen(text));
}

static int
take_descriptor(int *fd, const char *text)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v > INT_MAX ||
	    fcntl((int)v, F_GETFD) < 0) {
		fprintf(stderr, "culvert: '%s' is not the number of an open "
			"descriptor\n", text);
		return -1;
	}
	*fd = (int)v;
	return 0;
}

/* -1: go on; else the exit status. */
static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "forced", no_argument, NULL, 'F' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "password-fd", required_argument, NULL, 'P' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	char *asked = getenv("SSH_ORIGINAL_COMMAND");
	int c;

	while ((c = getopt_long(argc, argv, "c:FP:s:y:hjV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			take_commands(o, optarg);
			break;
		case 'F':
			if (asked)
				take_commands(o, asked);
			break;
		case 'j':
			o->json = true;
			break;
		case 'P':
			if (take_descriptor(&o->passwords, optarg) < 0)
				return ST_USAGE;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'y':
			o->yangdir = optarg;
			break;
		case 'h':
			usage(stdout);
			return ST_OK;
		case 'V':
			puts(PACKAGE_STRING);
			return ST_OK;
		default:
			usage(stderr);
			return ST_USAGE;
		}
	}
	if (optind < argc)
		o->file = argv[optind++];
	if (optind < argc || (o->file && o->commands)) {
		usage(stderr);
		return ST_USAGE;
	}
	return -1;
}

static enum status
one_line(struct shell *sh, char *line, const char *history)
{
	enum status st;

	if (!line) {			/* Ctrl-D */
		puts("exit");
		return shell_run(sh, "exit");
	}
	st = shell_run(sh, line);
	history_add(history, line, sh->secret_off, sh->ran_ok);
	str_free(line);
	return st;
}

static void
show_banner(struct shell *sh)
{
	struct str s = STR_INIT;

	if (!sh->banner)
		return;
	term_wrap(sh->banner, 0, term_width(), &s);
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
}

static enum status
interactive(struct shell *sh)
{
	char *history = history_path(), *line;
	struct err e = ERR_INIT;
	int hangup = 0;

	history_load(history);
	show_banner(sh);
	while (!sh->quit && !hangup) {
		struct str prompt = STR_INIT;

		shell_prompt(sh, &prompt);
		sh->prompt_len = (unsigned int)prompt.len;
		line_show(str_get(&prompt));
		str_fini(&prompt);
		/* Nobody types before the first prompt. */
		if (shell_models(sh, &e) < 0) {
			fprintf(stderr, "\nculvert: %s\n", e.text);
			free(history);
			return ST_FAILED;
		}
		line = line_read(&hangup);
		if (!hangup)
			one_line(sh, line, history);
		else
			str_free(line);
	}
	free(history);
	return ST_OK;
}

static enum status
script_file(struct shell *sh, const char *name)
{
	enum status st;
	int fd;

	if (!name || !strcmp(name, "-"))
		return script_fd(sh, STDIN_FILENO, "standard input");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(name);
		return ST_USAGE;
	}
	st = script_fd(sh, fd, name);
	close(fd);
	return st;
}

static enum status
run(struct shell *sh, const struct options *o)
{
	if (sh->tty)
		return interactive(sh);
	if (o->commands)
		return script_text(sh, o->commands);
	return script_file(sh, o->file);
}

/* A full disk is no success. */
static enum status
check_output(enum status st, int error)
{
	if (fflush(stdout) != 0 && !error)
		error = errno;
	if (!error)
		return st;
	fprintf(stderr, "culvert: the output could not be written: %s\n",
		strerror(error));
	return st == ST_OK ? ST_FAILED : st;
}

int
main(int argc, char **argv)
{
	struct options o = {
		.socket = environment("CULVERT_SOCKET", RUNDIR "/confd.sock"),
		.yangdir = environment("CULVERT_YANGDIR", YANGDIR),
		.passwords = -1,
	};
	struct err e = ERR_INIT;
	struct shell sh;
	enum status st;
	int early, error, tools;
	bool tty;

	setlocale(LC_CTYPE, "");
	/* A core would hold the secrets of a line, or of what was shown. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	early = parse_options(&o, argc, argv);
	if (early >= 0) {
		str_free(o.commands);
		return early;
	}
	log_init("culvert", false, NULL);
	tools = tool_start(&e);
	/* For many it is all they are given: there is no way out of it. */
	if (confine_exec(&e) < 0) {
		fprintf(stderr, "culvert: %s\n", e.text);
		str_free(o.commands);
		return ST_FAILED;
	}
	tty = !o.commands && !o.file && isatty(STDIN_FILENO);
	/* Ctrl-C before the first prompt is not the end of a session. */
	if (tty)
		signal(SIGINT, SIG_IGN);
	if (shell_begin(&sh, o.yangdir, o.socket, tty, &e) < 0 ||
	    (!tty && shell_models(&sh, &e) < 0)) {
		fprintf(stderr, "culvert: %s\n", e.text);
		st = ST_FAILED;
	} else if (tty && line_init(&sh) < 0) {
		fputs("culvert: out of memory\n", stderr);
		st = ST_FAILED;
	} else if (shell_connect(&sh, &e) < 0) {
		fprintf(stderr, "culvert: %s\n", e.text);
		st = ST_DAEMON;
	} else {
		sh.json = o.json;
		sh.tools = tools;
		sh.passwords = o.passwords;
		st = run(&sh, &o);
	}
	if (tty)
		line_fini();
	error = sh.out.error;
	shell_fini(&sh);
	str_free(o.commands);
	return check_output(st, error);
}
