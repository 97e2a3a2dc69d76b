/*
 * transfer: one HTTP exchange as libcurl sees it: its options, and the callbacks
 * that look at an answer while it comes.  Inside of web.c.
 */
#ifndef CULVERT_FETCH_TRANSFER_H
#define CULVERT_FETCH_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proc/messages.h"
#include "url.h"

struct event;
struct file_job;
struct web;
struct fetched;

#define STATUS_LINE_MAX	80

enum transfer_state {
	TRANSFER_WAITING,	/* for its turn */
	TRANSFER_RUNNING,	/* in libcurl's hands */
	TRANSFER_READING,	/* a file, in a worker's */
	TRANSFER_REFUSED,	/* says so when the loop turns */
	TRANSFER_STATES,
};

struct transfer {
	TAILQ_ENTRY(transfer)	 next;
	struct web		*web;
	enum transfer_state	 state;
	char			 text[FETCH_URL_MAX + 1];	/* the URL now */
	struct url		 url;
	unsigned int		 redirects;
	uint8_t			 kind;
	uint8_t			 body[FETCH_BODY_MAX];		/* FETCH_POST */
	size_t			 body_len;
	size_t			 most;
	struct event		*deadline;
	uint64_t		 due;		/* it, in ms */
	uint64_t		 begun;		/* since when it is running, in ms */
	struct file_job		*file;		/* TRANSFER_READING */
	void			(*fn)(void *, struct fetched *);
	void			*arg;
	/* of the exchange under way */
	CURL			*curl;
	struct curl_slist	*headers;
	char			 error[CURL_ERROR_SIZE];
	char			 status_line[STATUS_LINE_MAX];
	char			 location[FETCH_URL_MAX + 1];
	size_t			 head_len;	/* octets of header lines */
	bool			 has_head;	/* all of it came */
	int			 fd;		/* where the body goes; -1 */
	size_t			 len;
	char			 why[FETCH_WHY_MAX];	/* we ended it; "" */
};

/* Makes d->curl.  False: no memory. */
bool	transfer_open(struct transfer *);
void	transfer_close(struct transfer *);	/* and what came */

#endif
