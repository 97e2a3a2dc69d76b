#include "confirm.h"

#include <event2/event.h>
#include <stdio.h>

#include "confd.h"
#include "log.h"
#include "session.h"
#include "txn.h"

/* How often we look: our timers stand still while the machine is asleep. */
#define LOOK_MS		5000
#define AGAIN_MS	10000

static void
look_in(struct confd *c, uint64_t ms)
{
	const struct timeval tv = { (time_t)(ms / 1000),
				    (suseconds_t)(ms % 1000) * 1000 };

	if (c->confirm != NULL)
		event_add(c->confirm, &tv);
}

static uint64_t
left_ms(const struct confd *c)
{
	uint64_t now = unconfirmed_now(), end = c->store.unconfirmed.deadline;

	return end > now ? end - now : 0;
}

void
confirm_arm(struct confd *c)
{
	uint64_t ms = left_ms(c);

	if (c->store.unconfirmed.first > 0)
		look_in(c, ms < LOOK_MS ? ms : LOOK_MS);
	else if (c->confirm != NULL)
		event_del(c->confirm);
}

void
confirm_again(struct confd *c)
{
	look_in(c, AGAIN_MS);
}

void
confirm_look(int fd, short what, void *arg)
{
	struct confd *c = arg;

	(void)fd;
	(void)what;
	if (c->store.unconfirmed.first == 0)
		return;
	if (left_ms(c) > 0)
		confirm_arm(c);
	else
		txn_revert(c);
}

uint32_t
confirm_left(const struct confd *c)
{
	return (uint32_t)((left_ms(c) + 999) / 1000);
}

const char *
confirm_str(const struct confd *c, char *buf, size_t size)
{
	const struct unconfirmed *p = &c->store.unconfirmed;
	uint32_t s = confirm_left(c);

	if (p->first == 0)
		buf[0] = '\0';
	else if (s > 90)
		snprintf(buf, size, "commit %u of %s is taken back in %u "
			 "minutes unless it is confirmed with: commit confirm "
			 "%u", p->last, p->user, (s + 59) / 60, p->last);
	else
		snprintf(buf, size, "commit %u of %s is taken back in %u "
			 "seconds unless it is confirmed with: commit confirm "
			 "%u", p->last, p->user, s, p->last);
	return buf;
}

int
confirm_allows(const struct confd *c, uint32_t uid, bool confirmed,
	       struct err *e)
{
	const struct unconfirmed *p = &c->store.unconfirmed;
	char text[ERR_TEXT_MAX / 2];

	if (p->first == 0)
		return 0;
	if (confirmed && uid == p->uid) {
		if (p->last - p->first + 2 < STORE_HISTORY)
			return 0;
		return err_set(e, ERR_CONFLICT, "%u commits wait to be "
			       "confirmed already: confirm them first with: "
			       "commit confirm", p->last - p->first + 1);
	}
	return err_set(e, ERR_CONFLICT, "%s; until then nothing else is "
		       "committed, for it would be taken back with it",
		       confirm_str(c, text, sizeof(text)));
}

int
confirm_check(struct session *s, uint32_t number, struct err *e)
{
	const struct unconfirmed *p = &s->confd->store.unconfirmed;

	if (p->first == 0)
		return err_set(e, ERR_NOTFOUND, "no commit waits to be "
			       "confirmed");
	if (number > 0 && (number < p->first || number > p->last))
		return err_set(e, ERR_NOTFOUND, "commit %u does not wait to be "
			       "confirmed; commit %u of %s does", number,
			       p->last, p->user);
	if (number == 0 && s->uid != p->uid)
		return err_set(e, ERR_DENIED, "the commit that waits is number "
			       "%u of %s: to decide on it, name its number",
			       p->last, p->user);
	if (s->uid != p->uid && s->role != ROLE_ADMIN)
		return err_set(e, ERR_DENIED, "commit %u is one of %s: only an "
			       "administrator or that user may decide on it",
			       p->last, p->user);
	return 0;
}

int
confirm_keep(struct session *s, uint32_t *number, struct err *e)
{
	struct confd *c = s->confd;

	*number = c->store.unconfirmed.last;
	if (c->reverting)
		return err_set(e, ERR_CONFLICT, "commit %u is being taken back "
			       "already", *number);
	if (unconfirmed_settle(&c->store, e) < 0)
		return -1;
	confirm_arm(c);
	log_info("commit %u confirmed by %s", *number, s->user);
	return 0;
}
