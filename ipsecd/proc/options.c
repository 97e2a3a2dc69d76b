/*
 * options: see options.h and ipsecd(8).
 */
#include "config.h"

#include "options.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const child_names[CHILD_KINDS] = { "keys", "ike", "esp", "fetch" };

enum { OPT_CHILD = 256, OPT_USER_IKE, OPT_USER_KEYS, OPT_USER_ESP,
       OPT_USER_FETCH, OPT_USER_CONFD, OPT_ESP, OPT_FETCH, OPT_CLEAR };

static const struct option longopts[] = {
	{ "foreground",	no_argument,		NULL, 'f' },
	{ "debug",	required_argument,	NULL, 'd' },
	{ "dataplane",	required_argument,	NULL, 'D' },
	{ "rundir",	required_argument,	NULL, 'r' },
	{ "statedir",	required_argument,	NULL, 's' },
	{ "yangdir",	required_argument,	NULL, 'y' },
	{ "port",	required_argument,	NULL, 'p' },
	{ "natt-port",	required_argument,	NULL, 'P' },
	{ "tun",	required_argument,	NULL, 't' },
	{ "user-ike",	required_argument,	NULL, OPT_USER_IKE },
	{ "user-keys",	required_argument,	NULL, OPT_USER_KEYS },
	{ "user-esp",	required_argument,	NULL, OPT_USER_ESP },
	{ "user-fetch",	required_argument,	NULL, OPT_USER_FETCH },
	{ "user-confd",	required_argument,	NULL, OPT_USER_CONFD },
	{ "fetch",	required_argument,	NULL, OPT_FETCH },
	{ "clear",	no_argument,		NULL, OPT_CLEAR },
	{ "child",	required_argument,	NULL, OPT_CHILD },
	{ "esp",	required_argument,	NULL, OPT_ESP },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static const char help[] =
	"usage: ipsecd [--clear] [-fhV] [-D auto|xfrm|user|null] [-d LIST] [-p PORT]\n"
	"              [-P PORT] [-r FOLDER] [-s FOLDER] [-t DEVICE] [-y FOLDER]\n"
	"\n"
	"      --clear            take out what an ipsecd that has ended left: from\n"
	"                         then on the subnets of tunnels are neither\n"
	"                         protected nor blocked\n"
	"  -D, --dataplane NAME   what moves packets: auto (xfrm if the kernel has\n"
	"                         ESP, else user), xfrm, user or null\n"
	"  -d, --debug LIST       debug these subsystems: wire,net,sa,dp,conf,ipc,\n"
	"                         sandbox or all\n"
	"  -f, --foreground       stay in the foreground, log to standard error\n"
	"  -p, --port PORT        UDP port of IKE (500)\n"
	"  -P, --natt-port PORT   UDP port of IKE and ESP behind NAT (4500)\n"
	"  -r, --rundir FOLDER    sockets and the empty root (" RUNDIR ")\n"
	"  -s, --statedir FOLDER  what is kept from one life to the next\n"
	"                         (" IPSECD_STATEDIR ")\n"
	"  -t, --tun DEVICE       TUN device of the user data plane (culvert0)\n"
	"  -y, --yangdir FOLDER   YANG modules (" YANGDIR ")\n"
	"      --user-ike USER, --user-keys USER, --user-esp USER,\n"
	"      --user-fetch USER, --user-confd USER\n"
	"                         whom the processes run as (_culvert-ike ...)\n"
	"      --fetch PROGRAM    what downloads CRLs\n"
	"                         (" FETCH_PROGRAM ")\n"
	"  -h, --help             this\n"
	"  -V, --version          the version\n"
	"\n"
	"See ipsecd(8).\n";

__attribute__((noreturn, format(printf, 1, 2)))
static void
usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "ipsecd: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry: ipsecd --help\n");
	exit(2);
}

static uint16_t
get_port(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0' || v == 0 || v > 65535)
		usage("a port is a number from 1 to 65535, not '%s'", s);
	return (uint16_t)v;
}

static enum child_kind
get_child(const char *s)
{
	int k;

	for (k = 0; k < CHILD_KINDS; k++)
		if (strcmp(s, child_names[k]) == 0)
			return (enum child_kind)k;
	usage("there is no child process '%s'", s);
}

static const char *
get_dataplane(const char *s)
{
	static const char *const names[] = { "auto", "xfrm", "user", "null" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s, names[i]) == 0)
			return s;
	usage("a data plane is auto, xfrm, user or null, not '%s'", s);
}

void
options_esp(char out[OPTIONS_ESP_MAX], uint32_t window, bool offload,
	    bool offload_udp)
{
	snprintf(out, OPTIONS_ESP_MAX, "%u,%d,%d", window, offload, offload_udp);
}

static void
get_esp(struct options *o, const char *s)
{
	unsigned int window, offload, udp;

	if (sscanf(s, "%u,%u,%u", &window, &offload, &udp) != 3)
		usage("--esp is between monitor and esp only");
	o->esp_window = window;
	o->esp_offload = offload != 0;
	o->esp_offload_udp = udp != 0;
}

static void
set(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'f': o->foreground = true; break;
	case 'd': o->debug = arg; break;
	case 'D': o->dataplane = get_dataplane(arg); break;
	case 'r': o->rundir = arg; break;
	case 's': o->statedir = arg; break;
	case 'y': o->yangdir = arg; break;
	case 'p': o->port = get_port(arg); break;
	case 'P': o->natt_port = get_port(arg); break;
	case 't': o->tun = arg; break;
	case OPT_USER_IKE: o->user[CHILD_IKE] = arg; break;
	case OPT_USER_KEYS: o->user[CHILD_KEYS] = arg; break;
	case OPT_USER_ESP: o->user[CHILD_ESP] = arg; break;
	case OPT_USER_FETCH: o->user[CHILD_FETCH] = arg; break;
	case OPT_FETCH: o->fetch = arg; break;
	case OPT_USER_CONFD: o->user_confd = arg; break;
	case OPT_CLEAR: o->clear = true; break;
	case OPT_ESP: get_esp(o, arg); break;
	case OPT_CHILD: o->child = get_child(arg); break;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case 'V':
		puts("ipsecd (" PACKAGE_NAME ") " PACKAGE_VERSION);
		exit(0);
	default:
		fprintf(stderr, "Try: ipsecd --help\n");
		exit(2);
	}
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	const char *yang = getenv("CULVERT_YANGDIR");
	const char *fetch = getenv("CULVERT_FETCH");
	int c;

	*o = (struct options){
		.child = CHILD_NONE, .dataplane = "auto", .rundir = RUNDIR,
		.statedir = IPSECD_STATEDIR,
		.fetch = fetch != NULL ? fetch : FETCH_PROGRAM,
		.yangdir = yang != NULL ? yang : YANGDIR,
		.port = 500, .natt_port = 4500,
		.user = { [CHILD_IKE] = "_culvert-ike",
			  [CHILD_KEYS] = "_culvert-keys",
			  [CHILD_ESP] = "_culvert-esp",
			  [CHILD_FETCH] = "_culvert-fetch" },
		.user_confd = "_culvert-confd",
	};
	while ((c = getopt_long(argc, argv, "fd:D:r:s:y:p:P:t:hV", longopts,
				NULL)) != -1)
		set(o, c, optarg);
	for (c = FD_MONITOR; c < FD_END; c++)
		o->has_fd[c] = fcntl(c, F_GETFD) >= 0;
	if (optind < argc)
		usage("'%s' is one word too many", argv[optind]);
	if (o->port == o->natt_port)
		usage("the two ports must differ");
}
