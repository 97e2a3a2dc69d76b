/*
 * constraint: which name of a certificate breaks the name constraints of a CA
 * (RFC 5280 4.2.1.10), for the sentence that says so.  OpenSSL decides; it is
 * asked about each name alone.
 */
#ifndef CULVERT_CONSTRAINT_H
#define CULVERT_CONSTRAINT_H

#include "cert.h"

struct constraint_finding {
	bool		 excluded;	/* else: not among what is permitted */
	const char	*kind;		/* "DNS", "subject" */
	char		 name[CERT_NAME_STRLEN];
	char		 allowed[200];	/* "DNS example.com, DNS example.org" */
};

/* False: none of them alone. */
bool	constraint_find(const struct cert *ca, const struct cert *,
			struct constraint_finding *);

#endif
