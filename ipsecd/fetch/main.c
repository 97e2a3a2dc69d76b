/*
 * culvert-fetch: see fetch.h and culvert-fetch(8).  A program of its own, so that no
 * other process maps libcurl.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch.h"
#include "proc/options.h"
#include "proc/process.h"
#include "web.h"

#define MOST		(10u << 20)

static const struct option longopts[] = {
	{ "most",	required_argument,	NULL, 'm' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static const char help[] =
	"usage: culvert-fetch [-hV] [-m OCTETS] URL\n"
	"\n"
	"Writes what is at an http, https or file URL to standard output, whole, or\n"
	"nothing and on standard error why.\n"
	"\n"
	"  -m, --most OCTETS      what is longer is refused (10485760)\n"
	"  -h, --help             this\n"
	"  -V, --version          the version\n"
	"\n"
	"See culvert-fetch(8).\n";

static int
usage(void)
{
	fprintf(stderr, "Try: culvert-fetch --help\n");
	return 2;
}

static size_t
get_most(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	return *s >= '0' && *s <= '9' && *end == '\0' && v <= FETCH_MOST ? v : 0;
}

static int
as_child(int argc, char *argv[])
{
	struct options opt;

	options_parse(&opt, argc, argv);
	process_log(&opt, "ipsecd-fetch");
	return fetch_child(&opt);
}

int
main(int argc, char *argv[])
{
	size_t most = MOST;
	int c;

	if (argc > 1 && strcmp(argv[1], "--child") == 0)
		_exit(as_child(argc, argv));
	while ((c = getopt_long(argc, argv, "m:hV", longopts, NULL)) != -1) {
		switch (c) {
		case 'm':
			most = get_most(optarg);
			if (most > 0)
				break;
			fprintf(stderr, "culvert-fetch: --most is a number from 1 "
				"to %u\n", FETCH_MOST);
			return usage();
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("culvert-fetch (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return 0;
		default:
			return usage();
		}
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "culvert-fetch: one URL is expected\n");
		return usage();
	}
	c = fetch_once(argv[optind], most);
	fflush(NULL);
	_exit(c);		/* threads may still wait for a name server */
}
