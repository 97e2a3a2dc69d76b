/* cert: subjectAltName, and names and times for people. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cert_in.h"
#include "dn.h"

/* One that could be an identity, as octets. */
static bool
take_text(const ASN1_STRING *s, struct cert_name *out)
{
	size_t i;

	out->p = ASN1_STRING_get0_data(s);
	out->len = (size_t)ASN1_STRING_length(s);
	for (i = 0; i < out->len; i++)
		if (out->p[i] < 0x20 || out->p[i] == 0x7f)
			return false;
	return out->len > 0;
}

static bool
take_ip(const ASN1_STRING *s, struct cert_name *out)
{
	out->p = ASN1_STRING_get0_data(s);
	out->len = (size_t)ASN1_STRING_length(s);
	return out->len == 4 || out->len == 16;
}

static bool
take_dn(const X509_NAME *name, struct cert_name *out)
{
	return X509_NAME_get0_der(name, &out->p, &out->len) &&
	    dn_valid(out->p, out->len);
}

bool
cert_take_general(const GENERAL_NAME *g, struct cert_name *out)
{
	switch (g->type) {
	case GEN_DNS:
		out->kind = CERT_NAME_DNS;
		return take_text(g->d.dNSName, out);
	case GEN_EMAIL:
		out->kind = CERT_NAME_EMAIL;
		return take_text(g->d.rfc822Name, out);
	case GEN_URI:
		out->kind = CERT_NAME_URI;
		return take_text(g->d.uniformResourceIdentifier, out);
	case GEN_IPADD:
		out->kind = CERT_NAME_IP;
		return take_ip(g->d.iPAddress, out);
	case GEN_DIRNAME:
		out->kind = CERT_NAME_DN;
		return take_dn(g->d.directoryName, out);
	default:
		return false;
	}
}

bool
cert_take_alt_names(struct cert *c)
{
	int crit, n, i;

	c->alt = X509_get_ext_d2i(c->x, NID_subject_alt_name, &crit, NULL);
	if (c->alt == NULL)
		return crit == -1;	/* there is none */
	n = sk_GENERAL_NAME_num(c->alt);
	c->names = calloc(n > 0 ? (size_t)n : 1, sizeof(*c->names));
	for (i = 0; c->names != NULL && i < n; i++)
		if (cert_take_general(sk_GENERAL_NAME_value(c->alt, i),
		    &c->names[c->n_names]))
			c->n_names++;
	return c->names != NULL;
}

void
cert_drop_alt_names(struct cert *c)
{
	GENERAL_NAMES_free(c->alt);
	free(c->names);
}

size_t
cert_n_names(const struct cert *c)
{
	return c->n_names;
}

const struct cert_name *
cert_name(const struct cert *c, size_t i)
{
	return i < c->n_names ? &c->names[i] : NULL;
}

const char *
cert_name_kind_str(enum cert_name_kind kind)
{
	static const char *const names[] = {
		[CERT_NAME_DNS] = "DNS", [CERT_NAME_EMAIL] = "email",
		[CERT_NAME_IP] = "IP", [CERT_NAME_URI] = "URI",
		[CERT_NAME_DN] = "DN",
	};

	return names[kind];
}

/* What is not printable ASCII is escaped as in names; what does not fit ends in
 * "...". */
static void
put_text(const struct cert_name *n, char buf[CERT_NAME_STRLEN])
{
	size_t i, at = 0;

	for (i = 0; i < n->len && at < CERT_NAME_STRLEN - 8; i++)
		at += (size_t)snprintf(buf + at, CERT_NAME_STRLEN - at,
		    n->p[i] > 0x20 && n->p[i] < 0x7f && n->p[i] != '\\' &&
		    n->p[i] != '"' ? "%c" : "\\%02X", n->p[i]);
	snprintf(buf + at, CERT_NAME_STRLEN - at, i < n->len ? "..." : "");
}

const char *
cert_name_str(const struct cert_name *n, char buf[CERT_NAME_STRLEN])
{
	buf[0] = '\0';
	switch (n->kind) {
	case CERT_NAME_IP:
		inet_ntop(n->len == 4 ? AF_INET : AF_INET6, n->p, buf,
		    CERT_NAME_STRLEN);
		break;
	case CERT_NAME_DN:
		dn_to_text(n->p, n->len, buf, CERT_NAME_STRLEN);
		break;
	default:
		put_text(n, buf);
	}
	return buf;
}

bool
cert_has_dn(const struct cert *c, const void *der, size_t len)
{
	size_t i;

	if (cert_has_subject(c) &&
	    dn_equal(c->subject.p, c->subject.len, der, len))
		return true;
	for (i = 0; i < c->n_names; i++)
		if (c->names[i].kind == CERT_NAME_DN &&
		    dn_equal(c->names[i].p, c->names[i].len, der, len))
			return true;
	return false;
}

/* --- when --- */

bool
cert_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm = { 0 };

	/* NULL would mean the time of now. */
	if (t == NULL || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

const char *
cert_time_str(int64_t when, char buf[CERT_TIME_STRLEN])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, CERT_TIME_STRLEN, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(buf, CERT_TIME_STRLEN, "(no time)");
	return buf;
}

#define DAY	86400

int64_t
cert_days(int64_t seconds)
{
	int64_t n = seconds < 0 ? -seconds : seconds;

	n = n < DAY ? 0 : (n + 3600) / DAY;
	return seconds >= 0 ? n : n == 0 ? -1 : -n;
}

const char *
cert_span_str(int64_t seconds, char buf[CERT_SPAN_STRLEN])
{
	static const struct { int64_t of; const char *name; } units[] = {
		{ DAY, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" },
	};
	int64_t n = seconds < 0 ? -seconds : seconds;
	size_t i = 0;

	while (i < 3 && n < units[i].of)
		i++;
	n = i == 0 ? cert_days(n) : n / units[i].of;
	snprintf(buf, CERT_SPAN_STRLEN, "%lld %s%s", (long long)n, units[i].name,
	    n == 1 ? "" : "s");
	return buf;
}
