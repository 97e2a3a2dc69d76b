/*
 * ident: IKE identities (RFC 7296 3.5): of configuration, of ID payloads, for
 * people.
 *
 * A struct ident is one heap block, small because there are several for each
 * tunnel.  Type ID_ANY (with no value) matches everything; a pattern may also
 * be "*.example.com", "*@example.com" or a DN with values "*".
 */
#ifndef CULVERT_IDENT_H
#define CULVERT_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "wire/message.h"

#define IDENT_VALUE_MAX	1024

struct ident {
	uint8_t		type;		/* enum ike_id_type */
	uint16_t	len;
	uint8_t		value[];	/* as on the wire */
};

/* From the configuration: type is "autodetect" (or NULL), "inet", "name",
 * "email", "key", "dn" (hexadecimal DER).  The caller frees. */
int	ident_parse(struct ident **, const char *type, const char *value, struct err *)
		__attribute__((warn_unused_result));
/* NULL: out of memory (or longer than IDENT_VALUE_MAX). */
struct ident *ident_new(uint8_t type, const void *value, size_t len);
struct ident *ident_any(void);
struct ident *ident_from_addr(const struct addr *);
struct ident *ident_dup(const struct ident *);
void	ident_free(struct ident *);

/* A decoded PL_IDI or PL_IDR.  -1: a type or a value we refuse (wrong length of
 * an address, no DER, control characters in a name). */
int	ident_from_payload(struct ident **, const struct payload *, struct err *)
		__attribute__((warn_unused_result));
/* The other way: build_id(b, PL_IDI, id->type, id->value, id->len). */

/* The same identity: names and mail addresses regardless of case. */
bool	ident_equal(const struct ident *, const struct ident *);
uint32_t ident_hash(const struct ident *, uint32_t seed);	/* fits ident_equal */

/* How well an identity fits a pattern.  Exact matches are preferred. */
enum ident_fit { IDENT_NO, IDENT_ANY, IDENT_WILDCARD, IDENT_EXACT };
enum ident_fit ident_match(const struct ident *pattern, const struct ident *);
bool	ident_has_wildcard(const struct ident *);	/* also ID_ANY */

/* The value for people: "alice", "192.168.0.1", "CN=Alice, O=Example", "%any"; as
 * "0x..." if it has anything that utf8_shown() does not let through. */
#define IDENT_STRLEN	(2 * IDENT_VALUE_MAX + 4)
const char *ident_str(const struct ident *, char buf[IDENT_STRLEN]);
/* The guide's word for the type: "inet", "name", "email", "key", "dn", "any". */
const char *ident_type_str(const struct ident *);

#endif
