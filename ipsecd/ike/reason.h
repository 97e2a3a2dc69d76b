/*
 * reason: why a peer said no, for the one who asked.  Its notify says little;
 * what we asked for says the rest: texts as in event.h, with the settings that
 * the peer needs.
 */
#ifndef CULVERT_REASON_H
#define CULVERT_REASON_H

#include <stdint.h>

#include "event.h"

struct engine;
struct ike_sa;
struct ident;

#define REASON_MAX	EVENT_TEXT_MAX

/* IKE_SA_INIT, IKE_AUTH as a whole, and a CHILD_SA alone, were refused with that
 * notify (0: with none).  Each writes the text and returns its kind. */
enum event_code reason_init(const struct engine *, const struct ike_sa *,
			    uint16_t notify, char buf[REASON_MAX]);
enum event_code reason_auth(struct engine *, const struct ike_sa *,
			    uint16_t notify, char buf[REASON_MAX]);
/* IKEv1, as responder: what the peer does instead of taking our proof. */
enum event_code reason_proof(const struct ike_sa *, const char *what,
			     char buf[REASON_MAX]);
enum event_code reason_child(const struct engine *, const struct ike_sa *,
			     uint16_t notify, char buf[REASON_MAX]);

/* A CHILD_SA was there and should get new keys.  EV_PFS: the two ends do not agree
 * on a key exchange of its own, which showed only now. */
enum event_code reason_rekey(const struct engine *, const struct ike_sa *,
			     uint16_t notify, char buf[REASON_MAX]);

/* The peer is not who it should be; the setting that would take it. */
void	reason_identity(const struct ident *want, const struct ident *peer,
			char buf[REASON_MAX]);

/* The value of local-id or remote-id that gives this identity, quoted as the
 * shell wants it: "name alice"; NULL if it is too long to be typed, or would be a
 * pattern. */
#define SETTING_MAX	256
const char *reason_id(const struct ident *, char buf[SETTING_MAX]);
/* What a peer calls something, as one word for the shell; NULL: too long. */
const char *reason_word(const char *name, char buf[SETTING_MAX]);

#endif
