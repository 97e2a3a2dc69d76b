#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "context.h"

int
exchange_fail(struct engine *e, enum event_code code, const char *fmt, ...)
{
	va_list ap;

	e->why_code = (uint8_t)code;
	va_start(ap, fmt);
	vsnprintf(e->why.text, sizeof(e->why.text), fmt, ap);
	va_end(ap);
	return V_FREE;
}

int
exchange_gone(struct engine *e)
{
	err_clear(&e->why);
	return V_FREE;
}
