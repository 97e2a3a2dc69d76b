/*
 * out: what a command prints, line by line through the filters of its line.
 *
 * libcli has filters too; they crash on TAB and lose lines when abbreviated.
 */
#ifndef CULVERT_CLI_OUT_H
#define CULVERT_CLI_OUT_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "str.h"

struct expect;
struct line;

enum filter_kind { FILTER_INCLUDE, FILTER_EXCLUDE, FILTER_BEGIN, FILTER_COUNT,
		   FILTER_JSON };

#define FILTERS_MAX	8

struct filter {
	enum filter_kind kind;
	regex_t		 re;		/* include, exclude, begin */
	bool		 begun;
	unsigned long	 count;
};

struct out {
	FILE		*to;
	struct filter	 filter[FILTERS_MAX];
	unsigned int	 n;
	bool		 json;		/* "| json" stands first */
	struct str	 part;		/* of a line not ended yet */
};

void	out_init(struct out *, FILE *);
void	out_fini(struct out *);
/* The filters of a line, from its first "|". On an error *word is the word
 * that is wrong (l->all if something is missing at the end). */
int	out_filters(struct out *, const struct line *, struct err *,
		    unsigned int *word) __attribute__((warn_unused_result));
/* Text with any number of lines. */
void	out_text(struct out *, const char *);
void	out_f(struct out *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* The end of the command: counts are printed, filters are dropped. */
void	out_end(struct out *);

/* What may follow the words of the line, from word `from` on (just after a
 * "|"), and how many words of it stand there. */
void	out_expect(const struct line *, unsigned int from, unsigned int n,
		   struct expect *);

#endif
