#include "err.h"

#include <stdio.h>
#include <string.h>

static void
err_vset(struct err *e, enum err_kind kind, const char *path, const char *fmt,
	 va_list ap)
{
	int n;

	if (e == NULL)
		return;
	e->kind = kind;
	snprintf(e->path, sizeof(e->path), "%s", path);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	if (n >= (int)sizeof(e->text))
		memcpy(e->text + sizeof(e->text) - 4, "...", 4);
}

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, kind, "", fmt, ap);
	va_end(ap);
	return -1;
}

int
err_set_path(struct err *e, enum err_kind kind, const char *path,
	     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, kind, path, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX], old[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof(old));
	if (snprintf(e->text, sizeof(e->text), "%s: %s", what, old)
	    >= (int)sizeof(e->text))
		memcpy(e->text + sizeof(e->text) - 4, "...", 4);
	return -1;
}

void
err_clear(struct err *e)
{
	e->kind = ERR_NONE;
	e->text[0] = e->path[0] = '\0';
}
