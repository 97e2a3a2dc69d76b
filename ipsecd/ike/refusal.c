#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>

bool
refuse(struct refusal *no, enum event_code code, const char *fmt, ...)
{
	va_list ap;

	no->code = (uint8_t)code;
	va_start(ap, fmt);
	vsnprintf(no->why, sizeof(no->why), fmt, ap);
	va_end(ap);
	return false;
}
