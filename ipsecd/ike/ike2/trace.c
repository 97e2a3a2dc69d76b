#include "trace.h"

#include "addr.h"
#include "ike/wire/message.h"
#include "log.h"

static void
line(const char *way, const struct endpoint *who, const struct message *m)
{
	char text[MESSAGE_STRLEN], addr[ENDPOINT_STRLEN];

	log_debug("wire", "%s %s: %s", way, endpoint_str(who, addr),
	    message_str(m, text));
}

void
trace_in(const struct endpoint *from, const struct message *m)
{
	if (log_debugging("wire"))
		line("from", from, m);
}

void
trace_out(const struct endpoint *to, const uint8_t *msg, size_t len)
{
	struct message m;
	struct err why;

	if (log_debugging("wire") && message_parse(&m, msg, len, &why) == 0 &&
	    !m.sk.present)
		line("to", to, &m);
}

void
trace_sealed(const struct endpoint *to, const uint8_t *msg, size_t len,
	     const uint8_t *text, size_t text_len)
{
	struct message m;
	struct err why;

	if (log_debugging("wire") && message_parse(&m, msg, len, &why) == 0 &&
	    message_parse_inner(&m, text, text_len, &why) == 0)
		line("to", to, &m);
}
