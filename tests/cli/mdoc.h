/*
 * mdoc: text of a model or of a command as a line of a manual page.
 */
#ifndef CULVERT_TESTS_CLI_MDOC_H
#define CULVERT_TESTS_CLI_MDOC_H

#include <stdio.h>
#include <string.h>

#define WIDTH	78

static inline void
put(const char *text)
{
	size_t column = 0;

	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++, column++) {
		/* a sentence ends its line of input, and a long one is folded */
		if (column > 0 && *text == ' ' && (text[-1] == '.' ||
		    column + 1 + strcspn(text + 1, " ") > WIDTH)) {
			putchar('\n');
			column = 0;
			if (text[1] == '\'' || text[1] == '.')
				fputs("\\&", stdout);
		} else if (*text == '\\') {
			fputs("\\e", stdout);
		} else {
			putchar(*text);
		}
	}
	putchar('\n');
}

#endif
