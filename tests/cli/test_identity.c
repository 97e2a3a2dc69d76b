/* cli/identity: the kind that a value is taken for (S1-110). */
#include "identity.h"

#include <string.h>

#include "ike/ident.h"
#include "tests/unit.h"

static void
test_kind(void)
{
	static const struct { int line; const char *value, *kind; } rows[] = {
		{ __LINE__, "192.168.1.10", "inet" },
		{ __LINE__, "2001:db8::1", "inet" },
		{ __LINE__, "server.example.com", "name" },
		{ __LINE__, "alice", "name" },
		{ __LINE__, "1.2.3", "name" },
		{ __LINE__, "user@example.com", "email" },
		{ __LINE__, "@server.example.com", "name" },
		{ __LINE__, "@@user", "email" },
		{ __LINE__, "@#0a0b", "key" },
		{ __LINE__, "a:b", "key" },
		{ __LINE__, "CN=Alice, O=Example", "dn" },
		{ __LINE__, "C=SE,O=Example,CN=Bob", "dn" },
		{ __LINE__, "/C=SE/CN=Bob", "dn" },
		{ __LINE__, "2.5.4.3=Bob", "dn" },
		{ __LINE__, "a=b", "key" },
		{ __LINE__, "CN=Alice, b", "key" },
		{ __LINE__, "%any", "any" },
		{ __LINE__, "*", "any" },
		{ __LINE__, "0.0.0.0", "any" },
		{ __LINE__, "::", "any" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ident *id = NULL;
		struct err e = ERR_INIT;

		CHECK_ROW(rows[i].line,
			  !strcmp(identity_kind(rows[i].value), rows[i].kind));
		/* and the tunnel will see it likewise */
		CHECK_ROW(rows[i].line,
			  ident_parse(&id, NULL, rows[i].value, &e) == 0);
		if (id && strcmp(ident_type_str(id), rows[i].kind))
			printf("\n    %s: the engine says %s\n", rows[i].value,
			       ident_type_str(id));
		CHECK_ROW(rows[i].line,
			  id && !strcmp(ident_type_str(id), rows[i].kind));
		ident_free(id);
	}
}

UNIT_MAIN("identity",
	{ "kinds", test_kind },
)
