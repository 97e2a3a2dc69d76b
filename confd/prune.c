#include "prune.h"

#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "valid.h"
#include "ytree.h"

/* "/house:room[name='a']/tub" as "room a tub" */
static void
words(char *out, size_t size, const char *path)
{
	size_t n = 0, len;
	const char *end, *colon;

	while (*path != '\0' && n + 2 < size) {
		if (*path == '[') {
			path += strcspn(path, "'\"");
			end = *path != '\0' ? strchr(path + 1, *path) : NULL;
			if (end == NULL)
				break;
			path++;
			len = (size_t)(end - path);
			end += 2;
		} else {
			path++;
			len = strcspn(path, "/[");
			colon = memchr(path, ':', len);
			end = path + len;
			if (colon != NULL) {
				len -= (size_t)(colon + 1 - path);
				path = colon + 1;
			}
		}
		if (len > size - n - 2)
			len = size - n - 2;
		if (n > 0)
			out[n++] = ' ';
		memcpy(out + n, path, len);
		n += len;
		path = end;
	}
	out[n] = '\0';
}

int
prune(const struct valid *v, const struct schema *s, struct map *m,
      unsigned int serial, prune_fn *fn, void *arg, struct err *e)
{
	struct edit ed = { .op = EDIT_REMOVE };
	char name[ERR_PATH_MAX], why[ERR_TEXT_MAX / 2], text[ERR_TEXT_MAX];
	struct batch b;
	size_t i;

	edit_begin(&b, s, m, serial);
	for (i = 0; i < v->n_gone; i++) {
		ed.path = v->gone[i].path;
		if (edit_apply(&b, &ed, e) < 0) {
			edit_undo(&b);
			return -1;
		}
		words(name, sizeof(name), ed.path);
		ytree_fold(why, sizeof(why), v->gone[i].why != NULL ?
			   v->gone[i].why : "it does not go with the settings "
			   "beside it any more");
		snprintf(text, sizeof(text), "%s is removed: %s", name, why);
		fn(text, arg);
	}
	return edit_end(&b, e);
}
