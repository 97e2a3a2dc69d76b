#include "diagnose_in.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "log.h"
#include "natt.h"
#include "tunnel.h"

#define FLAPS_MIN	3		/* in an hour */
#define ONE_WAY_MS	10000		/* silence of one side only */
#define ONE_WAY_MIN	3		/* packets of the other */
#define QUIET_MS	60000		/* since it came up */

/* --- it is not up --- */

static bool
not_in_use(const struct facts *f, struct finding *d)
{
	if (f->c->enable && f->c->refused == NULL)
		return false;
	symptom(d, "the tunnel is not in use");
	if (f->c->refused != NULL)
		say(d, "%s", f->c->refused);
	else
		say(d, "it is disabled in the configuration" EVENT_HERE "enable");
	return true;
}

static bool
silent(const struct facts *f, struct finding *d)
{
	char s[32], timeout[32], to[ENDPOINT_STRLEN];

	if (f->t->status != TUNNEL_RETRANSMISSION || f->sa == NULL)
		return false;
	if (f->sa->v1 != NULL)
		symptom(d, "the peer %s is silent: heard the last time %s ago; asked "
		    "again and again, it is taken for dead after dpd-timeout (%s)",
		    peer_str(f, to), span(f->e->now - f->sa->heard, s),
		    span(f->c->dpd_timeout * 1000ull, timeout));
	else
		symptom(d, "the peer %s is silent: heard the last time %s ago; a "
		    "request was repeated %u of 5 times, and 165 seconds after the "
		    "first it is taken for dead", peer_str(f, to),
		    span(f->e->now - f->sa->heard, s), f->sa->sent.tries);
	say(d, "the peer, or the network on the way to it, is down%s",
	    behind_nat(f) ? ", or the NAT between us has forgotten the "
	    "connection" : "");
	advise_path(f, d);
	return true;
}

static void
status_words(const struct facts *f, struct finding *d)
{
	const struct tunnel *t = f->t;
	char s[32], tries[40] = "";

	if (t->attempts > 1)
		snprintf(tries, sizeof(tries), ", %u attempts failed",
		    t->attempts);
	switch (t->status) {
	case TUNNEL_CONNECTING:
		if (timer_armed(&t->retry))
			symptom(d, "the tunnel is down%s; the next attempt is in "
			    "%s", tries, span(t->retry.at > f->e->now ?
			    t->retry.at - f->e->now : 0, s));
		else
			symptom(d, "the tunnel is down%s; another one is under "
			    "way", tries);
		break;
	case TUNNEL_IKE:
		symptom(d, "the peer is authenticated, but there is no CHILD_SA: "
		    "nothing can be sent%s", tries);
		break;
	default:
		symptom(d, "the tunnel is down; %s", t->held ?
		    "it waits for traffic or a command" :
		    f->c->initiator ? "nothing is being done about it" :
		    "a responder waits for its peer");
	}
}

/* What to do about a reason that has no command of its own. */
static void
advise(const struct facts *f, struct finding *d)
{
	switch (f->t->reason_code) {
	case EV_NO_ANSWER:
	case EV_PEER_DEAD:
	case EV_PEER_SILENT:
		advise_path(f, d);
		break;
	case EV_AUTH:
	case EV_NO_SECRET:
		advise_secret(f, d);
		break;
	case EV_COMMAND:
		advise_initiate(f, d);
		break;
	case EV_DATA_PLANE:
		say(d, "\nthe log of ipsecd says what the system answered; does the "
		    "kernel have ESP? ipsecd can do without: --dataplane user");
		break;
	case EV_PEER_CLOSED:
		say(d, "\nthe log of the peer says why");
		if (!f->c->initiator)
			say(d, "\nthe peer has to start it again");
		break;
	default:
		break;
	}
	if (f->t->held && f->t->reason_code != EV_COMMAND)
		advise_initiate(f, d);
}

static bool
down(const struct facts *f, struct finding *d)
{
	if (f->up || f->t->reason == NULL)
		return false;
	d->code = event_code_str(f->t->reason_code);
	status_words(f, d);
	say(d, "%s", f->t->reason);
	advise(f, d);
	return true;
}

static bool
connecting(const struct facts *f, struct finding *d)
{
	char to[ENDPOINT_STRLEN], s[32];

	if (f->up || f->t->status != TUNNEL_CONNECTING)
		return false;
	peer_str(f, to);
	if (f->sa == NULL || f->sa->sent.tries == 0) {
		symptom(d, "the tunnel is being set up");
		say(d, "nothing is wrong yet: %s has not answered so far", to);
		d->level = LOG_NOTE;
		return true;
	}
	if (ike1_unproved(f, d))
		return true;
	symptom(d, "the tunnel is down: %s does not answer, for %s", to,
	    span(f->e->now - f->t->since, s));
	say(d, "the peer is down or unreachable, does not expect us, or a firewall "
	    "blocks UDP port %u", f->sa->encap ? f->e->set.natt_port :
	    f->e->set.port);
	advise_path(f, d);
	return true;
}

static bool
waiting(const struct facts *f, struct finding *d)
{
	char us[ADDR_STRLEN], them[ENDPOINT_STRLEN], s[32];

	if (f->up || f->t->status != TUNNEL_UNKNOWN)
		return false;
	addr_str(&f->c->local, us);
	peer_str(f, them);
	if (f->c->initiator) {
		symptom(d, "the tunnel is down and waits");
		say(d, "traffic or a command starts it");
		advise_initiate(f, d);
		return true;
	}
	symptom(d, "the tunnel is down, for %s; nothing has come from %s to %s, or "
	    "only before the last change here", span(f->e->now - f->t->since, s),
	    them, us);
	say(d, "this end is the responder: the other one has to begin, and does not, "
	    "or its messages do not arrive\nmake the peer the initiator, with "
	    "our address %s as its peer\nlet UDP ports 500 and 4500 in, through "
	    "every firewall on the way", us);
	if (!addr_is_any(&f->c->peer))
		say(d, "\nor begin here" EVENT_HERE "initiator");
	return true;
}

static bool
no_child(const struct facts *f, struct finding *d)
{
	if (f->up || f->t->status != TUNNEL_IKE)
		return false;
	symptom(d, "the peer is authenticated, but there is no CHILD_SA: nothing "
	    "can be sent");
	say(d, "the peer has not asked for one, or it was closed");
	advise_initiate(f, d);
	return true;
}

/* --- it is up, but --- */

static bool
about_rekeying(unsigned int code)
{
	return code == EV_REKEY_FAILED || code == EV_PFS || code == EV_REAUTH;
}

/* What keeps a tunnel from staying up is its reason; what failed just now, and
 * may pass, the newest of its events. */
static const char *
rekey_trouble(const struct tunnel *t, enum event_code *code)
{
	const struct event *ev;
	unsigned int i;

	*code = t->reason_code;
	if (t->reason != NULL && about_rekeying(*code))
		return t->reason;
	for (i = t->events.n; i-- > 0;) {
		ev = t->events.slot[i];
		*code = ev->code;
		if (about_rekeying(*code))
			return ev->text;
		if (*code == EV_UP || *code == EV_REKEYED ||
		    *code == EV_IKE_REKEYED)
			break;
	}
	return NULL;
}

static bool
rekeying(const struct facts *f, struct finding *d)
{
	enum event_code code;
	const char *why = f->up ? rekey_trouble(f->t, &code) : NULL;

	if (why == NULL)
		return false;
	d->code = event_code_str(code);
	symptom(d, code == EV_REAUTH ? "the peer was not authenticated anew; the "
	    "tunnel goes on as before" : "the keys cannot be replaced: traffic goes "
	    "on until the old ones expire, then the tunnel starts anew");
	say(d, "%s", why);
	return true;
}

static bool
one_way_out(const struct facts *f, struct finding *d)
{
	char in[40], out[40], r[SIDE_STRLEN], l[SIDE_STRLEN];
	bool udp;

	if (f->child == NULL || f->out < ONE_WAY_MIN || f->idle_out == NEVER ||
	    f->age < ONE_WAY_MS || (f->idle_in != NEVER &&
	    f->idle_in < f->idle_out + ONE_WAY_MS))
		return false;
	udp = natt_wanted(f->e, f->sa);
	sides(f->child, l, r);
	symptom(d, "packets go out, none come in: %" PRIu64 " out, the last %s; the "
	    "last in %s", f->out, when(f->idle_out, out), when(f->idle_in, in));
	say(d, "our packets are lost on the way or answered by nobody: the hosts of "
	    "%s have no route to %s through the peer, a firewall there drops them, "
	    "or %s is blocked between us", r, l,
	    udp ? "UDP port 4500" : "ESP (IP protocol 50)");
	say(d, "\nat the peer, look whether its counter of packets in grows: if so, "
	    "it is the route, forwarding or firewall behind it; if not, the way "
	    "here to there\nif the traffic is of one direction only, nothing is "
	    "wrong");
	return true;
}

static bool
one_way_in(const struct facts *f, struct finding *d)
{
	char in[40], out[40], r[SIDE_STRLEN], l[SIDE_STRLEN];

	if (f->child == NULL || f->in < ONE_WAY_MIN || f->idle_in == NEVER ||
	    f->age < ONE_WAY_MS || (f->idle_out != NEVER &&
	    f->idle_out < f->idle_in + ONE_WAY_MS))
		return false;
	sides(f->child, l, r);
	symptom(d, "packets come in, none go out: %" PRIu64 " in, the last %s; the "
	    "last out %s", f->in, when(f->idle_in, in), when(f->idle_out, out));
	say(d, "the hosts of %s do not answer, their route to %s does not lead "
	    "here, or forwarding or a firewall of this machine stops the packets",
	    l, r);
	say(d, "\non a host of %s: ip route get an address of %s"
	    "\nhere: sysctl net.ipv4.ip_forward must be 1, and the firewall must "
	    "forward %s", l, r, r);
	return true;
}

static bool
no_traffic(const struct facts *f, struct finding *d)
{
	char r[SIDE_STRLEN], l[SIDE_STRLEN], s[32];

	if (f->child == NULL || f->in + f->out != 0 || f->age < QUIET_MS)
		return false;
	sides(f->child, l, r);
	symptom(d, "the tunnel is up, but no packet has passed, in either "
	    "direction, for %s", span(f->age, s));
	say(d, "nobody sends, or what is sent does not get here: the route of the "
	    "hosts, forwarding or the firewall of this machine, or the packets are "
	    "not from %s to %s\non a host of %s: ip route get an address of %s, "
	    "and ping it\nhere: sysctl net.ipv4.ip_forward must be 1, and the "
	    "firewall must forward between %s and %s", l, r, l, r, l, r);
	return true;
}

static bool
integrity(const struct facts *f, struct finding *d)
{
	if (f->errors == 0)
		return false;
	symptom(d, f->errors == 1 ? "%" PRIu64 " packet of the peer failed its "
	    "integrity check, %" PRIu64 " passed" : "%" PRIu64 " packets of the peer "
	    "failed their integrity check, %" PRIu64 " passed", f->errors, f->in);
	say(d, "%s", f->in == 0 ?
	    "none is right: the two ends do not use the same keys or algorithms" :
	    "packets are damaged on the way, or somebody injects false ones");
	say(d, EVENT_RUN "tunnel ipsec %u rekey\nif it goes on: capture ESP at both "
	    "ends and compare; a device on the way may change the packets", f->c->id);
	return true;
}

static bool
replays(const struct facts *f, struct finding *d)
{
	if (f->replays == 0)
		return false;
	symptom(d, "%" PRIu64 " packet%s of the peer %s dropped as repeated or too "
	    "late, %" PRIu64 " passed", f->replays, f->replays == 1 ? "" : "s",
	    f->replays == 1 ? "was" : "were", f->in);
	say(d, "the network reorders packets by more than the replay window of %u, "
	    "doubles them, or somebody replays them", f->e->set.caps.replay_window);
	say(d, "\nfew of them do no harm\nif there are many: look for several "
	    "parallel paths or queues of different priority between the gateways"
	    EVENT_RUN "tunnel ipsec %u rekey", f->c->id);
	return true;
}

static bool
lost_again(const struct facts *f, struct finding *d)
{
	unsigned int n = tunnel_losses(f->t, f->e->now, 3600000);

	if (n < FLAPS_MIN)
		return false;
	symptom(d, "the tunnel was lost %s%u times in the last hour",
	    n == LOSSES_MAX ? "at least " : "", n);
	switch (f->t->loss_code) {
	case EV_PEER_DEAD:
		say(d, "the peer stops answering: the path loses packets or the "
		    "peer restarts%s", behind_nat(f) ? ", or the NAT between us "
		    "forgets the connection (a UDP timeout below 20 seconds)" :
		    "");
		say(d, "\nping %s over some minutes shows losses\na longer "
		    "dpd-delay helps against short interruptions only",
		    peer_str(f, (char [ENDPOINT_STRLEN]){ "" }));
		break;
	case EV_PEER_CLOSED:
		say(d, "the peer closes it each time: its own dead peer detection, "
		    "an idle timeout, or a second tunnel there with the same "
		    "identities that replaces this one\nthe log of the peer says "
		    "which");
		break;
	case EV_EXPIRED:
	case EV_REKEY_FAILED:
	case EV_PFS:
		say(d, "its keys could not be replaced in time: the log of the "
		    "tunnel says why\nset esp, ike and the rekey times alike on "
		    "both sides");
		break;
	default:
		say(d, "the log of the tunnel says why each time");
	}
	say(d, EVENT_RUN "tunnel show ipsec %u log", f->c->id);
	return true;
}

static bool
data_plane(const struct facts *f, struct finding *d)
{
	const struct event *ev;
	unsigned int i = f->t->events.n;

	if (!f->up || i == 0)
		return false;
	ev = f->t->events.slot[i - 1];
	if (ev->code != EV_DATA_PLANE && ev->code != EV_SA_LOST)
		return false;
	d->code = event_code_str(ev->code);
	symptom(d, "the tunnel counts as up, but the data plane does not play its "
	    "part");
	say(d, "%s", ev->text);
	say(d, EVENT_RUN "tunnel ipsec %u rekey", f->c->id);
	return true;
}

static bool
narrowed(const struct facts *f, struct finding *d)
{
	const struct event *ev = NULL;
	struct subnets ours;
	unsigned int i = f->t->events.n;

	if (f->child == NULL || f->child->subnets == NULL)
		return false;
	tunnel_subnets(f->t, f->child->sa, &ours);
	while (i-- > 0 && f->t->events.slot[i]->code != EV_NARROWED)
		;
	if (i == UINT_MAX || subnets_equal(&ours, f->child->subnets))
		return false;
	ev = f->t->events.slot[i];
	symptom(d, "the tunnel is up for a part of the subnets only");
	say(d, "%s", ev->text);
	return true;
}

/* --- good news --- */

static bool
nat(const struct facts *f, struct finding *d)
{
	char us[ENDPOINT_STRLEN], them[ENDPOINT_STRLEN];

	if (!f->up || !behind_nat(f))
		return false;
	symptom(d, "%s behind a NAT", f->sa->nat_local && f->sa->nat_remote &&
	    !f->e->set.caps.force_encap ? "both ends are" :
	    f->sa->nat_remote ? "the peer is" : "we are");
	say(d, "IKE and ESP go in UDP between %s and %s, and a keepalive every 20 "
	    "seconds keeps the NAT from forgetting%s",
	    endpoint_str(&f->sa->local, us), endpoint_str(&f->sa->remote, them),
	    f->c->initiator ? "" : "\nthe end behind the NAT has to be the "
	    "initiator");
	return true;
}

static bool
healthy(const struct facts *f, struct finding *d)
{
	char in[40], out[40], heard[40], s[32];

	if (f->child == NULL || f->sa == NULL)
		return false;
	symptom(d, "nothing is wrong");
	say(d, "up for %s; last packet in %s, last packet out %s, IKE last heard "
	    "%s; %" PRIu64 " packets in and %" PRIu64 " out without an integrity "
	    "failure or replay", span(f->age, s), when(f->idle_in, in),
	    when(f->idle_out, out), when(f->e->now - f->sa->heard, heard), f->in,
	    f->out);
	return true;
}

/* --- the table --- */

const struct rule diagnose_rules[] = {
	{ "clock",		LOG_ERROR,	cert_clock,	false },
	{ "not-in-use",		LOG_WARN,	not_in_use,	true },
	{ "certificate-ends",	LOG_WARN,	cert_ends,	false },
	{ "certificate-ends",	LOG_WARN,	cert_peer_ends,	false },
	{ "remote-id",		LOG_WARN,	cert_address,	false },
	{ "other-ca",		LOG_WARN,	cert_other_ca,	false },
	{ "peer-silent",	LOG_WARN,	silent,		false },
	{ "down",		LOG_ERROR,	down,		true },
	{ "no-answer",		LOG_WARN,	connecting,	true },
	{ "waiting",		LOG_WARN,	waiting,	true },
	{ "no-child",		LOG_ERROR,	no_child,	true },
	{ "data-plane",		LOG_ERROR,	data_plane,	false },
	{ "rekey-failed",	LOG_WARN,	rekeying,	false },
	{ "integrity",		LOG_WARN,	integrity,	false },
	{ "replays",		LOG_WARN,	replays,	false },
	{ "one-way-out",	LOG_WARN,	one_way_out,	false },
	{ "one-way-in",		LOG_WARN,	one_way_in,	false },
	{ "flapping",		LOG_WARN,	lost_again,	false },
	{ "narrowed",		LOG_WARN,	narrowed,	false },
	{ "no-traffic",		LOG_NOTE,	no_traffic,	false },
	{ NULL, 0, NULL, false },
};

const struct rule diagnose_well = { "healthy", LOG_NOTE, healthy, true };
const struct rule diagnose_notes[] = {
	{ "nat",		LOG_NOTE,	nat,		false },
	{ "no-dpd",		LOG_NOTE,	ike1_no_dpd,	false },
	{ "reauth-time",	LOG_NOTE,	cert_reauth,	false },
	{ NULL, 0, NULL, false },
};
