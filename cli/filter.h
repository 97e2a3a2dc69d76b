/*
 * filter: what stands behind a "|".
 *
 * libcli has filters too; they crash on TAB and lose lines when abbreviated.
 */
#ifndef CULVERT_CLI_FILTER_H
#define CULVERT_CLI_FILTER_H

#include <regex.h>
#include <stdbool.h>

#include "err.h"

struct expect;
struct line;
struct str;

enum filter_kind { FILTER_INCLUDE, FILTER_EXCLUDE, FILTER_BEGIN, FILTER_COUNT,
		   FILTER_JSON, FILTER_SAVE, FILTER_NO_MORE };

#define FILTERS_MAX	8

struct filter {
	enum filter_kind kind;		/* one of the first four */
	regex_t		 re;		/* include, exclude, begin */
	bool		 begun;
	unsigned long	 count;
};

struct filters {
	struct filter	 filter[FILTERS_MAX];
	unsigned int	 n;
	bool		 json;		/* stands first */
	bool		 no_more;
	char		*save;		/* the file, or NULL */
};

void	filters_fini(struct filters *);
/* Those of a line, from its first "|". On an error *word is the word that is
 * wrong (l->all if something is missing at the end), and there are none. */
int	filters_parse(struct filters *, const struct line *, struct err *,
		      unsigned int *word) __attribute__((warn_unused_result));
/* Whether the line goes through those from *from on. A line that is counted
 * does not. */
bool	filters_pass(struct filters *, unsigned int from, const char *line);
/* The end of the output: of each count, in turn, its place and the number.
 * What stands behind it sees that as a line. False when there are no more. */
bool	filters_count(const struct filters *, unsigned int *at,
		      unsigned long *count);

/* What may follow the words of the line, from word `from` on (just after a
 * "|"), and how many words of it stand there. */
void	filters_expect(const struct line *, unsigned int from, unsigned int n,
		       struct expect *);
/* "include PATTERN" and what it does, one after the other, from 0 on. */
bool	filters_help(unsigned int i, struct str *syntax, const char **help);

#endif
