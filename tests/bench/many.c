#include "many.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

char *
many_tunnels(bool alices, unsigned int n, const char *ike, bool certificates)
{
	const char *me = alices ? "alice" : "bob";
	size_t size = (size_t)n * 600 + 64, at = 0;
	char *text = malloc(size), method[96] = "";
	unsigned int i;

	for (i = 1; text != NULL && i <= n; i++) {
		if (certificates)
			snprintf(method, sizeof(method), ",\"method\":\"cert\","
			    "\"certificate\":\"%s%u\",\"ca\":\"corp\"", me, i);
		at += (size_t)snprintf(text + at, size - at,
		    "%s{\"id\":%u,\"local-address\":\"192.0.2.%d\","
		    "\"peer\":\"192.0.2.%d\",\"local-id\":{\"value\":\"%s%u\"},"
		    "\"remote-id\":{\"value\":\"%s%u\"},"
		    "\"local-subnet\":[\"10.%d.%u.%u/32\"],"
		    "\"remote-subnet\":[\"10.%d.%u.%u/32\"]%s%s%s}",
		    i > 1 ? "," : "", i, alices ? 1 : 2, alices ? 2 : 1,
		    me, i, alices ? "bob" : "alice", i,
		    alices ? 1 : 2, i / 256, i % 256,
		    alices ? 2 : 1, i / 256, i % 256,
		    method,
		    ike != NULL ? ",\"ike\":" : "", ike != NULL ? ike : "");
	}
	return text;
}

double
many_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
