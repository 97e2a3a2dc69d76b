/*
 * options: the command line of ipsecd.  A child is the same program started
 * again with the same options behind "--child NAME", so that every process has
 * its own address layout and nothing of another's memory; fetch, likewise, is
 * culvert-fetch.
 */
#ifndef CULVERT_PROC_OPTIONS_H
#define CULVERT_PROC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* The descriptors a child starts with; one that is not open is not for it. */
enum child_fd {
	FD_MONITOR	= 3,	/* pipe to monitor; of esp: its control */
	FD_OWNER	= 4,	/* ike, keys: listening socket for confd */
	FD_KEYS		= 5,	/* ike, keys: pipe to each other */
	FD_ESP		= 6,	/* ike, esp: pipe to each other */
	FD_UDP		= 7,	/* ike, esp: UDP sockets, FD_UDP_MAX of them */
	FD_TUN		= 11,	/* esp: queues of the TUN device */
	FD_LOG		= 15,	/* lines of the log, to monitor (proc/logline.h) */
	FD_FETCH	= 16,	/* ike, fetch: pipe to each other */
	FD_CACHE	= 17,	/* fetch: the folder that it may write */
	FD_STORE	= 18,	/* keys: the folder of the certificate store */
	FD_DEVICE	= 19,	/* keys: the device key */
	FD_END		= 20,
};
#define FD_UDP_MAX	4

enum child_kind { CHILD_KEYS, CHILD_IKE, CHILD_ESP, CHILD_FETCH, CHILD_KINDS };
#define CHILD_NONE	CHILD_KINDS

struct options {
	enum child_kind	 child;		/* CHILD_NONE: the monitor */
	bool		 foreground;
	bool		 clear;		/* take all out and end */
	const char	*debug;		/* as log_init(); NULL: none */
	const char	*dataplane;	/* "auto", "xfrm", "user", "null" */
	const char	*rundir;
	const char	*statedir;	/* what is kept from life to life; root's,
					 * not confd's */
	const char	*fetch;		/* the program culvert-fetch */
	const char	*yangdir;
	const char	*tun;
	uint16_t	 port;
	uint16_t	 natt_port;
	const char	*user[CHILD_KINDS];
	const char	*user_confd;
	/* What only monitor tells esp (--esp). */
	uint32_t	 esp_window;
	bool		 esp_offload;
	bool		 esp_offload_udp;
	/* Of a child: which of enum child_fd were open at the start, before
	 * anything else took their numbers. */
	bool		 has_fd[FD_END];
};

extern const char *const child_names[CHILD_KINDS];

/* The argument of --esp, for monitor. */
#define OPTIONS_ESP_MAX	32
void	options_esp(char out[OPTIONS_ESP_MAX], uint32_t window, bool offload,
		    bool offload_udp);

/* Exits after -h, -V (0) and after a mistake (2). */
void	options_parse(struct options *, int argc, char *argv[]);

#endif
