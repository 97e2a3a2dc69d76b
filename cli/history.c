#include "history.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "out.h"
#include "str.h"

char *
history_path(void)
{
	const char *path = getenv("CULVERT_HISTORY"), *home = getenv("HOME");

	if (path)
		return *path ? str_dup(path) : NULL;
	return home && *home ? str_f("%s/.culvert_history", home) : NULL;
}

void
history_load(const char *path)
{
	using_history();
	stifle_history(HISTORY_MAX);
	if (!path)
		return;
	/* The last ones are kept; there may be more of them in the file. */
	if (read_history(path) == 0 && history_length == HISTORY_MAX)
		history_truncate_file(path, HISTORY_MAX);
}

static void
append(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		      O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "a");

	if (!f) {		/* no history in the file then */
		if (fd >= 0)
			close(fd);
		return;
	}
	if (fchmod(fd, 0600) == 0)
		fprintf(f, "%s\n", line);
	fclose(f);
}

void
history_add(const char *path, const char *line, unsigned int secret_off,
	    bool understood)
{
	struct str s = STR_INIT;
	HIST_ENTRY *last;

	str_addn(&s, line, secret_off);
	if (line[secret_off])
		str_add(&s, "********");
	while (s.len && s.s[s.len - 1] == ' ')
		str_cut(&s, s.len - 1);
	last = history_length ? history_get(history_base + history_length - 1) :
	    NULL;
	if (s.len && !(last && !strcmp(last->line, s.s))) {
		add_history(s.s);
		if (path && understood)
			append(path, s.s);
	}
	str_wipe(&s);
}

void
history_show(struct out *out)
{
	for (int i = 0; i < history_length; i++) {
		HIST_ENTRY *e = history_get(history_base + i);

		if (e)
			out_f(out, "%5d  %s\n", i + 1, e->line);
	}
}
