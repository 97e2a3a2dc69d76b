#include "path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MODULE	"culvert-tunnel:"

/* Steps over "/name" or "/culvert-tunnel:name" if it is there and whole. */
static bool
step(const char **p, const char *name)
{
	const char *s = *p;
	size_t n = strlen(name);

	if (*s++ != '/')
		return false;
	if (strncmp(s, MODULE, sizeof(MODULE) - 1) == 0)
		s += sizeof(MODULE) - 1;
	if (strncmp(s, name, n) != 0 || strchr("/[", s[n]) == NULL)
		return false;
	*p = s + n;
	return true;
}

/* "[id='7']"; either quote, the module's name allowed. */
static bool
key(const char **p, uint32_t *id)
{
	const char *s = *p;
	unsigned long v;
	char quote, *end;

	if (*s++ != '[')
		return false;
	if (strncmp(s, MODULE, sizeof(MODULE) - 1) == 0)
		s += sizeof(MODULE) - 1;
	if (strncmp(s, "id=", 3) != 0 || (s[3] != '\'' && s[3] != '"'))
		return false;
	quote = s[3];
	s += 4;
	if (*s < '1' || *s > '9')
		return false;
	v = strtoul(s, &end, 10);
	if (v > UINT16_MAX || end[0] != quote || end[1] != ']')
		return false;
	*id = (uint32_t)v;
	*p = end + 2;
	return *end == quote && (**p == '\0' || **p == '/');
}

int
tunnel_path_parse(struct tunnel_path *t, const char *text, struct err *e)
{
	const char *p = text;

	t->id = 0;
	if (!step(&p, "tunnel"))
		goto bad;
	if (step(&p, "ipsec") && *p == '[' && !key(&p, &t->id))
		goto bad;
	if (*p == '/')
		p++;
	if (strncmp(p, MODULE, sizeof(MODULE) - 1) == 0)
		p += sizeof(MODULE) - 1;
	t->rest = p;
	return 0;
bad:
	return err_set(e, ERR_NOTFOUND, "'%.128s' is no path into the tunnels",
		       text);
}
