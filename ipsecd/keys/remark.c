#include "remark.h"

#include <stdarg.h>
#include <stdio.h>

#include "err.h"
#include "item.h"

struct remarks {
	const struct cert	*cert;
	const char		*who;	/* "", or "intermediate certificate 'CN=X': " */
	enum cert_kind		 kind;
	int64_t			 now;
	remark_fn		*fn;
	void			*arg;
};

__attribute__((format(printf, 2, 3)))
static void
say(const struct remarks *r, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX], line[ERR_TEXT_MAX + CERT_NAME_STRLEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s%s", r->who, text);
	r->fn(r->arg, line);
}

static void
about_time(const struct remarks *r)
{
	int64_t from = cert_not_before(r->cert), to = cert_not_after(r->cert);
	char span[CERT_SPAN_STRLEN], at[CERT_TIME_STRLEN];

	if (r->now > to)
		say(r, "expired %s ago (%s): peers refuse it",
		    cert_span_str(r->now - to, span), cert_time_str(to, at));
	else if (r->now < from)
		say(r, "is not valid before %s, in %s; is this machine's clock "
		    "right?", cert_time_str(from, at),
		    cert_span_str(from - r->now, span));
	else if (to - r->now < REMARK_SOON)
		say(r, "expires in %s (%s)", cert_span_str(to - r->now, span),
		    cert_time_str(to, at));
}

static void
about_key(const struct remarks *r)
{
	struct err e = ERR_INIT;

	if (cert_key_check(r->cert, &e) < 0)
		say(r, "its key, %s, is too weak or of no use for IKE: %s",
		    cert_key_str(r->cert), r->kind == CERT_CA ?
		    "what it has signed is refused" :
		    "no tunnel can use it; make a new key with: certificate "
		    "generate");
	if (cert_weakly_signed(r->cert) &&
	    !(r->kind == CERT_CA && cert_self_signed(r->cert)))
		say(r, "is signed with %s, which can be forged: peers may refuse it",
		    cert_signature_str(r->cert));
}

static void
about_use(const struct remarks *r)
{
	char usage[CERT_USAGE_STRLEN];

	if (r->kind == CERT_CA)
		return;
	if (!cert_may_sign(r->cert))
		say(r, "its keyUsage (%s) has no digitalSignature: peers refuse it",
		    cert_usage_str(r->cert, usage));
	if (!cert_may_ike(r->cert))
		say(r, "its extendedKeyUsage (%s) has none that IKE goes by: peers "
		    "may refuse it", cert_ext_usage_str(r->cert, usage));
	if (cert_is_ca(r->cert))
		say(r, "is a CA; what authenticates a machine had better be none");
}

/* About one certificate, as ours or as a CA. */
static void
about(const struct cert *c, enum cert_kind kind, int64_t now, remark_fn *fn,
      void *arg)
{
	const struct remarks r = { c, "", kind, now, fn, arg };

	about_time(&r);
	about_key(&r);
	about_use(&r);
}

void
remark_item(const struct item *it, int64_t now, remark_fn *fn, void *arg)
{
	char name[CERT_NAME_STRLEN], who[CERT_NAME_STRLEN + 40];
	struct remarks r = { NULL, who, CERT_CA, now, fn, arg };
	size_t i;

	if (it->n > 0)
		about(it->certs[0], it->kind, now, fn, arg);
	for (i = 1; i < it->n; i++) {
		r.cert = it->certs[i];
		snprintf(who, sizeof(who), "intermediate certificate '%s' ",
			 cert_subject_str(r.cert, name));
		about_time(&r);
		about_key(&r);
	}
}
