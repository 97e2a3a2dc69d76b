#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "context.h"
#include "sa.h"
#include "tunnel.h"

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

void
exchange_end(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	sa_free(e, sa);
	if (t != NULL && e->why.text[0] != '\0')
		tunnel_lost(e, t, LOST_ATTEMPT, (enum event_code)e->why_code,
		    e->why.text);
	else if (t != NULL)		/* ours may have waited for it */
		tunnel_idle(e, t);
}

const struct transition *
transition_find(const struct transition *t, size_t n, uint8_t state,
		enum message_shape shape)
{
	for (; n > 0; n--, t++)
		if (t->state == state && t->shape == shape)
			return t;
	return NULL;
}

const struct continuation *
continuation_find(const struct continuation *c, size_t n, uint8_t state)
{
	for (; n > 0; n--, c++)
		if (c->state == state)
			return c;
	return NULL;
}
