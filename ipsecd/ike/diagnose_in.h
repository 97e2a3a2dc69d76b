/*
 * diagnose_in: what the files of diagnose share:
 *
 *	diagnose.c		the table walked, the findings as data
 *	diagnose_rules.c	the table; rules about the SAs and the traffic
 *	diagnose_cert.c		rules about certificates
 *	diagnose_ike1.c		rules about IKEv1
 *	diagnose_words.c	the words that rules have in common
 */
#ifndef CULVERT_DIAGNOSE_IN_H
#define CULVERT_DIAGNOSE_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "diagnose.h"

struct child_sa;
struct conf;
struct ike_sa;

#define NEVER		UINT64_MAX

struct facts {
	const struct engine	*e;
	const struct tunnel	*t;
	const struct conf	*c;
	const struct ike_sa	*sa;		/* the current one, or NULL */
	const struct child_sa	*child;		/* the newest that is up, or NULL */
	uint64_t		 in, out;	/* packets of all CHILD_SAs */
	uint64_t		 errors, replays;
	uint64_t		 idle_in, idle_out;	/* ms, or NEVER */
	uint64_t		 age;		/* ms, of the oldest CHILD_SA */
	bool			 up;		/* or not yet given up */
};

struct rule {
	const char	*code;		/* unless the rule says better */
	uint8_t		 level;
	bool		(*holds)(const struct facts *, struct finding *);
	bool		 last;		/* what follows would only repeat it */
};

/* In their order; both end with a code of NULL. */
extern const struct rule diagnose_rules[];
/* If none of those holds: that, and then what is worth a word all the same. */
extern const struct rule diagnose_well;
extern const struct rule diagnose_notes[];

/* --- diagnose_cert.c --- */
bool	cert_clock(const struct facts *, struct finding *);
bool	cert_ends(const struct facts *, struct finding *);
bool	cert_peer_ends(const struct facts *, struct finding *);
bool	cert_address(const struct facts *, struct finding *);
bool	cert_other_ca(const struct facts *, struct finding *);
bool	cert_reauth(const struct facts *, struct finding *);

/* --- diagnose_ike1.c --- */
bool	ike1_no_dpd(const struct facts *, struct finding *);
bool	ike1_unproved(const struct facts *, struct finding *);

/* --- words --- */
void	symptom(struct finding *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* The cause first, then lines of what to do. */
void	say(struct finding *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
#define SIDE_STRLEN	100
/* The subnets of the two sides. */
void	sides(const struct child_sa *, char l[SIDE_STRLEN], char r[SIDE_STRLEN]);
const char *span(uint64_t ms, char buf[32]);	/* "45 seconds", "3 hours" */
const char *when(uint64_t ms, char buf[40]);	/* "3 seconds ago", "never" */
const char *peer_str(const struct facts *, char buf[ENDPOINT_STRLEN]);
bool	behind_nat(const struct facts *);
void	advise_path(const struct facts *, struct finding *);
void	advise_secret(const struct facts *, struct finding *);
void	advise_initiate(const struct facts *, struct finding *);

#endif
