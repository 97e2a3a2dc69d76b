/*
 * ipsec_text: tunnels as the guide prints them (S1-139 to S1-161).
 */
#include "state_text.h"

#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "term.h"
#include "ytree.h"

static const struct status_name {
	const char	*value, *list, *entry;
} status_names[] = {
	{ "up-installed", "Up(Installed)", "UP(Installed)" },
	{ "down-unknown", "Down(Unknown)", "DOWN(Unknown)" },
	{ "down-connecting", "Down(Connecting)", "DOWN(Connecting)" },
	{ "down-ike-established", "Down(IKE Established)",
	  "DOWN(IKE Established)" },
	{ "down-retransmission", "Down(Retransmission)",
	  "DOWN(Retransmission)" },
};

static const struct status_name *
status_name(const struct lyd_node *state)
{
	const char *v = state ? ytree_leaf(state, "state/status") : NULL;

	for (size_t i = 0; v && i < sizeof(status_names) /
	     sizeof(status_names[0]); i++)
		if (!strcmp(status_names[i].value, v))
			return &status_names[i];
	return &status_names[1];
}

void
ipsec_paint(const char *line, struct str *s)
{
	for (size_t i = 0; i < sizeof(status_names) / sizeof(status_names[0]);
	     i++) {
		const char *word = status_names[i].list;
		const char *at = strstr(line, word);

		if (!at) {
			word = status_names[i].entry;
			at = strstr(line, word);
		}
		if (!at)
			continue;
		str_addn(s, line, (size_t)(at - line));
		term_paint(i == 0 ? STYLE_GOOD : STYLE_BAD, at, strlen(word),
			   s);
		str_add(s, at + strlen(word));
		return;
	}
	str_add(s, line);
}

const char *
ipsec_status(const struct lyd_node *entry)
{
	return status_name(entry)->entry;
}

static bool
is_up(const struct lyd_node *state)
{
	return status_name(state) == &status_names[0];
}

/* A leaf below the entry, or the text for its absence. */
static const char *
leaf(const struct lyd_node *n, const char *path, const char *absent)
{
	const char *v = n ? ytree_leaf(n, path) : NULL;

	return v ? v : absent;
}

/* --- the list --- */

static void
add_time(uint32_t t, struct str *s)
{
	str_addf(s, "%" PRIu32 " Days %" PRIu32 " Hours %" PRIu32 " Mins %"
		 PRIu32 " Secs", t / 86400, t / 3600 % 24, t / 60 % 60, t % 60);
}

struct row {
	uint32_t	 id;
	const struct lyd_node *config, *state;
};

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void
collect(struct row **row, size_t *n, size_t *size, const struct lyd_node *list,
	bool config)
{
	for (; list; list = ytree_next(list)) {
		if (*n == *size) {
			*size = *size ? 2 * *size : 64;
			*row = mem_grow(*row, *size, sizeof(**row));
		}
		(*row)[*n].id = ytree_u32(list, "id");
		(*row)[*n].config = config ? list : NULL;
		(*row)[*n].state = config ? NULL : list;
		++*n;
	}
}

/* Rows of the same tunnel become one. */
static size_t
merge(struct row *row, size_t n)
{
	size_t to = 0;

	qsort(row, n, sizeof(*row), compare_rows);
	for (size_t i = 0; i < n; i++) {
		if (to && row[to - 1].id == row[i].id) {
			if (row[i].config)
				row[to - 1].config = row[i].config;
			if (row[i].state)
				row[to - 1].state = row[i].state;
		} else
			row[to++] = row[i];
	}
	return to;
}

static const char *
row_name(const struct row *r, char *buf, size_t size)
{
	const char *d = leaf(r->config, "description", NULL);

	if (d)
		return d;
	snprintf(buf, size, "ipsec%" PRIu32, r->id);
	return buf;
}

static void
list_row(const struct row *r, size_t width, struct str *s)
{
	size_t from = s->len;
	char buf[24];
	const char *name = row_name(r, buf, sizeof(buf));

	str_addf(s, "%-5" PRIu32 " ", r->id);
	str_addf(s, "%s", name);
	str_pad(s, from + 6 + width + 1 + strlen(name) -
		str_columns(name, strlen(name)), ' ');
	str_addf(s, "%-21s ", status_name(r->state)->list);
	if (is_up(r->state))
		add_time(ytree_u32(r->state, "state/since"), s);
	while (s->len && s->s[s->len - 1] == ' ')
		str_cut(s, s->len - 1);
	str_addc(s, '\n');
}

void
ipsec_list(const struct lyd_node *config, const struct lyd_node *state,
	   struct str *s)
{
	size_t n = 0, size = 0, width = strlen("DESCRIPTION");
	struct row *row = NULL;
	char buf[24];

	collect(&row, &n, &size, config, true);
	collect(&row, &n, &size, state, false);
	if (!n) {
		str_add(s, "No tunnels are configured.\n");
		return;
	}
	n = merge(row, n);
	for (size_t i = 0; i < n; i++) {
		const char *name = row_name(&row[i], buf, sizeof(buf));
		size_t w = str_columns(name, strlen(name));

		if (w > width)
			width = w;
	}
	str_addf(s, "%-5s %-*s %-21s %s\n", "ID", (int)width, "DESCRIPTION",
		 "STATUS", "TIME (since last rekey)");
	for (size_t i = 0; i < n; i++)
		list_row(&row[i], width, s);
	free(row);
}

/* --- certificates --- */

/* ", expires in 20 days" */
static void
validity(const struct lyd_node *c, struct str *s)
{
	long days = strtol(leaf(c, "days-left", "0"), NULL, 10);

	if (!leaf(c, "days-left", NULL))
		return;
	if (days < 0)
		str_addf(s, ", expired %ld day%s ago", -days,
			 days == -1 ? "" : "s");
	else
		str_addf(s, ", expires in %ld day%s", days,
			 days == 1 ? "" : "s");
}

/* What a label stands for. */
static void
credential(const struct lyd_node *c, const char *what, struct str *s)
{
	if (!c)
		return;
	str_addf(s, "    %s: %s (%s)", what, leaf(c, "label", "?"),
		 leaf(c, "subject", "not there"));
	validity(c, s);
	str_addc(s, '\n');
}

static void
peer_certificate(const struct lyd_node *sa, struct str *s)
{
	const struct lyd_node *c = ytree_find(lyd_child(sa),
					      "peer-certificate");
	const char *v = leaf(c, "revocation", NULL);

	if (!c)
		return;
	str_addf(s, "    certificate %s, signed by %s", leaf(c, "subject", "?"),
		 leaf(c, "issuer", "?"));
	validity(c, s);
	str_addc(s, '\n');
	if (!v)
		return;
	str_addf(s, "    revocation: %s", v);
	if (leaf(c, "revocation-reason", NULL))
		str_addf(s, ": %s", leaf(c, "revocation-reason", ""));
	str_addc(s, '\n');
}

/* --- SAs --- */

static void
ike_sa(const struct lyd_node *sa, const char *id, struct str *s)
{
	bool initiator = ytree_bool(sa, "initiator");

	str_addf(s, "ipsec%s: #%s, %s, IKEv%s, %s_i%s %s_r%s\n", id,
		 leaf(sa, "serial", "?"), leaf(sa, "state", "?"),
		 leaf(sa, "version", "2"),
		 leaf(sa, "spi-i", "0000000000000000"), initiator ? "*" : "",
		 leaf(sa, "spi-r", "0000000000000000"), initiator ? "" : "*");
	str_addf(s, "  local  '%s' @ %s[%s]\n", leaf(sa, "local-id", "%any"),
		 leaf(sa, "local-address", "%any"), leaf(sa, "local-port", "0"));
	str_addf(s, "  remote '%s' @ %s[%s]\n", leaf(sa, "remote-id", "%any"),
		 leaf(sa, "remote-address", "%any"),
		 leaf(sa, "remote-port", "0"));
	peer_certificate(sa, s);
	if (leaf(sa, "proposal", NULL))
		str_addf(s, "  %s%s\n", leaf(sa, "proposal", ""),
			 strcmp(leaf(sa, "ppk", ""), "true") == 0 ? "/PPK" : "");
	if (leaf(sa, "established", NULL)) {
		str_addf(s, "  established %ss ago",
			 leaf(sa, "established", ""));
		if (leaf(sa, "rekey-in", NULL))
			str_addf(s, ", rekeying in %ss",
				 leaf(sa, "rekey-in", ""));
		if (leaf(sa, "reauth-in", NULL))
			str_addf(s, ", reauthentication in %ss",
				 leaf(sa, "reauth-in", ""));
		str_addc(s, '\n');
	}
}

static void
counters(const struct lyd_node *sa, const char *way, const char *spi,
	 const char *bytes, const char *packets, const char *idle,
	 struct str *s)
{
	str_addf(s, "    %-3s %s, %6s bytes, %5s packets", way,
		 leaf(sa, spi, "00000000"), leaf(sa, bytes, "0"),
		 leaf(sa, packets, "0"));
	if (leaf(sa, idle, NULL))
		str_addf(s, ", %5ss ago", leaf(sa, idle, ""));
	str_addc(s, '\n');
}

static void
child_sa(const struct lyd_node *sa, const char *id, struct str *s)
{
	str_addf(s, "  tunnel%s: #%s, reqid %s, %s, %s, ESP:%s\n", id,
		 leaf(sa, "serial", "?"), leaf(sa, "reqid", "0"),
		 leaf(sa, "state", "?"), leaf(sa, "mode", "TUNNEL"),
		 leaf(sa, "proposal", "?"));
	str_addf(s, "    installed %ss ago", leaf(sa, "installed", "0"));
	if (leaf(sa, "rekey-in", NULL))
		str_addf(s, ", rekeying in %ss", leaf(sa, "rekey-in", ""));
	if (leaf(sa, "expires-in", NULL))
		str_addf(s, ", expires in %ss", leaf(sa, "expires-in", ""));
	str_addc(s, '\n');
	counters(sa, "in", "spi-in", "bytes-in", "packets-in", "idle-in", s);
	counters(sa, "out", "spi-out", "bytes-out", "packets-out", "idle-out",
		 s);
	str_addf(s, "    local  %s\n", leaf(sa, "local", ""));
	str_addf(s, "    remote %s\n", leaf(sa, "remote", ""));
	if (leaf(sa, "narrowed-from", NULL))
		str_addf(s, "    narrowed from %s\n",
			 leaf(sa, "narrowed-from", ""));
	if (leaf(sa, "inner-mtu", NULL))
		str_addf(s, "    inner MTU %s, TCP MSS %s; outer MTU %s%s\n",
			 leaf(sa, "inner-mtu", ""), leaf(sa, "mss", "?"),
			 leaf(sa, "path-mtu", "1500"),
			 leaf(sa, "path-mtu", NULL) ? "" : " assumed");
}

static void
associations(const struct lyd_node *state, const char *id, struct str *s)
{
	const struct lyd_node *ike = ytree_find(lyd_child(state),
						"state/ike-sa");
	const struct lyd_node *child = ytree_find(lyd_child(state),
						  "state/child-sa");

	if (!ike && !child)
		return;
	str_add(s, "\nSecurity-Association(SA) details:\n");
	/* the children stand below the newest IKE_SA, which owns them */
	if (ike)
		ike_sa(ike, id, s);
	for (; child; child = ytree_next(child))
		child_sa(child, id, s);
	while (ike && (ike = ytree_next(ike)))
		ike_sa(ike, id, s);
}

/* --- configuration in effect --- */

static void
side(const struct lyd_node *l, const char *way, const char *id_leaf,
     struct str *s)
{
	bool cert = !strcmp(leaf(l, "method", "psk"), "cert");

	str_addf(s, "  %s %s authentication:\n", way,
		 cert ? "public key" : "pre-shared key");
	str_addf(s, "    id: %s\n", leaf(l, id_leaf, "%any"));
}

static const char *
dpd_action(const struct lyd_node *l)
{
	const char *v = leaf(l, "dpd-action", "clear");

	if (!strcmp(v, "restart"))
		return "start";
	return strcmp(v, "disabled") ? v : "none";
}

/* In IKEv1 new keys of phase 1 come from a new authentication, and from nothing
 * else. */
static void
lifetimes(const struct lyd_node *l, struct str *s)
{
	const char *reauth = leaf(l, "reauth-time", NULL);
	const char *rekey = leaf(l, "ike-rekey-time", NULL);

	if (!strcmp(leaf(l, "version", "2"), "1") && rekey) {
		if (reauth && atol(reauth) < atol(rekey))
			rekey = reauth;
		str_addf(s, "reauthentication every %ss", rekey);
		return;
	}
	if (reauth)
		str_addf(s, "reauthentication every %ss", reauth);
	else
		str_add(s, "no reauthentication");
	if (rekey)
		str_addf(s, ", rekeying every %ss", rekey);
}

static void
loaded_config(const struct lyd_node *state, const char *id, struct str *s)
{
	const struct lyd_node *l = ytree_find(lyd_child(state), "state/loaded");

	if (!l)
		return;
	str_addf(s, "\nLoaded configuration for the connection:\n"
		 "ipsec%s: IKEv%s, ", id, leaf(l, "version", "2"));
	lifetimes(l, s);
	if (leaf(l, "dpd-delay", NULL))
		str_addf(s, ", dpd delay %ss", leaf(l, "dpd-delay", ""));
	if (leaf(l, "dpd-timeout", NULL))
		str_addf(s, ", dpd timeout %ss", leaf(l, "dpd-timeout", ""));
	str_addf(s, "\n  local:  %s\n  remote: %s\n",
		 leaf(l, "local-address", "%any"), leaf(l, "peer", "%any"));
	side(l, "local", "local-id", s);
	credential(ytree_find(lyd_child(state), "state/certificate"),
		   "certificate", s);
	side(l, "remote", "remote-id", s);
	credential(ytree_find(lyd_child(state), "state/ca"), "ca", s);
	if (leaf(l, "revocation", NULL))
		str_addf(s, "    revocation: %s\n", leaf(l, "revocation", ""));
	str_addf(s, "  tunnel%s: TUNNEL, rekeying every %ss, dpd action is "
		 "%s\n", id, leaf(l, "sa-rekey-time", "0"), dpd_action(l));
	str_addf(s, "    local:  %s\n    remote: %s\n",
		 leaf(l, "local-subnet", "dynamic"),
		 leaf(l, "remote-subnet", "dynamic"));
}

static void
trouble(const struct lyd_node *state, struct str *s)
{
	const char *reason = leaf(state, "state/reason", NULL);
	const char *next = leaf(state, "state/next-attempt", NULL);

	const struct lyd_node *w = ytree_find(lyd_child(state), "state/warning");

	if (reason && *reason)
		str_addf(s, "Reason: %s\n", reason);
	for (; w; w = ytree_next(w))
		str_addf(s, "Warning: %s\n", lyd_get_value(w));
	if (next)
		str_addf(s, "Next attempt in %ss.\n", next);
}

static void
events(const struct lyd_node *state, struct str *s)
{
	const struct lyd_node *e = ytree_find(lyd_child(state), "state/event");

	if (e)
		str_add(s, "\nEvents:\n");
	for (; e; e = ytree_next(e)) {
		str_add(s, "  ");
		ipsec_event(e, "", s);
	}
}

/* What the guide's form leaves out. */
static void
more(const struct lyd_node *state, struct str *s)
{
	const struct lyd_node *l = ytree_find(lyd_child(state), "state/loaded");

	if (leaf(state, "state/data-plane", NULL))
		str_addf(s, "\nData plane: %s\n",
			 leaf(state, "state/data-plane", ""));
	if (leaf(l, "ike-proposals", NULL))
		str_addf(s, "IKE proposals: %s\n", leaf(l, "ike-proposals", ""));
	if (leaf(l, "esp-proposals", NULL))
		str_addf(s, "ESP proposals: %s\n", leaf(l, "esp-proposals", ""));
	events(state, s);
}

void
ipsec_entry(const struct lyd_node *config, const struct lyd_node *state,
	    bool detail, struct str *s)
{
	const char *id = leaf(state ? state : config, "id", "?");

	str_addf(s, "Current state for tunnel ipsec%s is %s.\n", id,
		 status_name(state)->entry);
	if (config && !ytree_bool(config, "enable"))
		str_add(s, "It is disabled in the configuration.\n");
	if (!state)
		return;
	trouble(state, s);	/* also of one that will not stay up */
	if (status_name(state) != &status_names[1])
		associations(state, id, s);
	loaded_config(state, id, s);
	if (detail)
		more(state, s);
}
