/*
 * user_file: files that a person names in a command.
 *
 * The shell writes them with its user's rights. For many that shell is all they
 * are given, so it does not write what steers other programs (~/.ssh, ~/.bashrc:
 * no name of a folder or file begins with a dot), nothing but plain files, and
 * never through a link. Nobody else can read them: they may hold secrets.
 */
#ifndef CULVERT_CLI_USER_FILE_H
#define CULVERT_CLI_USER_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"

struct str;

struct user_file {
	FILE	*f;		/* to write; NULL: none */
	char	*path, *tmp;
};

/* Whether a file of that name may be written. */
int	user_file_check(const char *path, struct err *)
		__attribute__((warn_unused_result));
/* One that gets its name, and replaces what had it, with user_file_keep(). */
int	user_file_create(struct user_file *, const char *path, struct err *)
		__attribute__((warn_unused_result));
int	user_file_keep(struct user_file *, struct err *)
		__attribute__((warn_unused_result));
/* Removes what was not kept. */
void	user_file_drop(struct user_file *);
/* All of a plain file, or, for "-", of standard input: from a terminal what is
 * typed up to Ctrl-D; Ctrl-C ends it with an error. No NUL and at most
 * USER_FILE_MAX bytes. The caller wipes it in any case. */
#define USER_FILE_MAX	(64u << 20)
int	user_file_read(const char *path, bool tty, struct str *, struct err *)
		__attribute__((warn_unused_result));
/* The same for octets of any kind, at most so many. What is pasted at a terminal
 * is not shown, and ends with a dot on a line of its own, or Ctrl-D. */
int	user_file_octets(const char *path, bool tty, size_t max, struct str *,
			 struct err *) __attribute__((warn_unused_result));

#endif
