/*
 * identity: what kind of identity a value is taken for when no type is given
 * (S1-110), for people to see before the tunnel does.
 */
#ifndef CULVERT_CLI_IDENTITY_H
#define CULVERT_CLI_IDENTITY_H

/* "inet", "name", "email", "key", "dn" or "any". */
const char *identity_kind(const char *value);

#endif
