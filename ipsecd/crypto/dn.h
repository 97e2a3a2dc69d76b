/*
 * dn: Distinguished Names as DER (RFC 5280 4.1.2.4), as text, and compared.
 *
 * Text is the form people type: "CN=Alice, O=Example", in the order of the
 * certificate, with '+' between the attributes of one RDN, '\' before a special
 * character (or as '\' and two hexadecimal digits), values in '"' if they like;
 * "/C=SE/CN=Alice" is understood too.
 */
#ifndef CULVERT_DN_H
#define CULVERT_DN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define DN_DER_MAX	1024

/* *len octets of DER. */
int	dn_from_text(const char *text, uint8_t der[DN_DER_MAX], size_t *len, struct err *)
		__attribute__((warn_unused_result));
/* UTF-8 of which nothing is hidden (utf8_shown()): that is escaped.  Cut with "..." if
 * it does not fit.  False if it is no DN. */
bool	dn_to_text(const void *der, size_t len, char *buf, size_t size);
/* One complete Name with at least one attribute. */
bool	dn_valid(const void *der, size_t len);

/* RFC 5280 7.1: regardless of case, of the kind of string and of blanks. */
bool	dn_equal(const void *a, size_t alen, const void *b, size_t blen);
/* Fits dn_equal. */
uint32_t dn_hash(const void *der, size_t len);
/* Values "*" of the pattern match any value of that attribute. */
bool	dn_match(const void *pattern, size_t plen, const void *der, size_t len);
bool	dn_has_wildcard(const void *der, size_t len);

#endif
