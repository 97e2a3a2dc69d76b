/* cert: where its issuer says whether it is revoked. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cert_in.h"

static const char not_url[] = "is no URL of http, https or file";
static const char not_http[] = "is no URL of http or https";

static bool
has_scheme(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* Copies the URL; what could not be part of one makes it no use. */
static bool
add_url(struct cert_url *list, size_t *n, const ASN1_STRING *s, const char *why,
	bool files)
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	size_t len = (size_t)ASN1_STRING_length(s), i;
	char *url;

	if (*n == CERT_URLS_MAX)
		return true;
	url = malloc(CERT_URL_MAX + 1);
	if (url == NULL)
		return false;
	for (i = 0; i < len && i < CERT_URL_MAX; i++) {
		if (p[i] <= 0x20 || p[i] > 0x7e)
			why = "is no URL";
		url[i] = (char)(p[i] <= 0x20 || p[i] > 0x7e ? '?' : p[i]);
	}
	url[i] = '\0';
	if (len > CERT_URL_MAX)
		why = "is a URL of more than 1024 characters";
	if (why == NULL && !has_scheme(url, "http://") &&
	    !has_scheme(url, "https://") && !(files && has_scheme(url, "file:///")))
		why = files ? not_url : not_http;
	list[*n].url = url;
	list[(*n)++].why = why;
	return true;
}

/* A point without a URL is remembered by what it is. */
static bool
add_other(struct cert *c, const char *why)
{
	char *url;

	if (c->n_crl == CERT_URLS_MAX)
		return true;
	url = strdup("a distribution point without a URL");
	if (url == NULL)
		return false;
	c->crl[c->n_crl].url = url;
	c->crl[c->n_crl++].why = why;
	return true;
}

static bool
take_point(struct cert *c, const DIST_POINT *p)
{
	const GENERAL_NAMES *names;
	const GENERAL_NAME *g;
	const char *why = NULL;
	bool any = false;
	int i;

	if (p->CRLissuer != NULL)
		why = "names another issuer (an indirect CRL)";
	else if (p->reasons != NULL)
		why = "is for some reasons of revocation only";
	if (p->distpoint == NULL)
		return add_other(c, why != NULL ? why : "names nothing");
	if (p->distpoint->type != 0)
		return add_other(c, "is a name relative to its issuer");
	names = p->distpoint->name.fullname;
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		g = sk_GENERAL_NAME_value(names, i);
		if (g->type != GEN_URI)
			continue;
		any = true;
		if (!add_url(c->crl, &c->n_crl, g->d.uniformResourceIdentifier,
		    why, true))
			return false;
	}
	return any || add_other(c, "is the name of a directory, not a URL");
}

static bool
take_crl_points(struct cert *c)
{
	CRL_DIST_POINTS *points;
	bool ok = true;
	int crit, i;

	points = X509_get_ext_d2i(c->x, NID_crl_distribution_points, &crit, NULL);
	if (points == NULL)
		return crit == -1;
	for (i = 0; ok && i < sk_DIST_POINT_num(points); i++)
		ok = take_point(c, sk_DIST_POINT_value(points, i));
	CRL_DIST_POINTS_free(points);
	return ok;
}

static bool
take_responders(struct cert *c)
{
	AUTHORITY_INFO_ACCESS *info;
	const ACCESS_DESCRIPTION *a;
	bool ok = true;
	int crit, i;

	info = X509_get_ext_d2i(c->x, NID_info_access, &crit, NULL);
	if (info == NULL)
		return crit == -1;
	for (i = 0; ok && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
		a = sk_ACCESS_DESCRIPTION_value(info, i);
		if (OBJ_obj2nid(a->method) == NID_ad_OCSP &&
		    a->location->type == GEN_URI)
			ok = add_url(c->ocsp, &c->n_ocsp,
			    a->location->d.uniformResourceIdentifier, NULL, false);
	}
	AUTHORITY_INFO_ACCESS_free(info);
	return ok;
}

bool
cert_take_urls(struct cert *c)
{
	return take_crl_points(c) && take_responders(c);
}

static void
drop(struct cert_url *list, size_t n)
{
	while (n > 0)
		free((char *)(uintptr_t)list[--n].url);
}

void
cert_drop_urls(struct cert *c)
{
	drop(c->crl, c->n_crl);
	drop(c->ocsp, c->n_ocsp);
}

size_t
cert_n_crl_urls(const struct cert *c)
{
	return c->n_crl;
}

const struct cert_url *
cert_crl_url(const struct cert *c, size_t i)
{
	return i < c->n_crl ? &c->crl[i] : NULL;
}

size_t
cert_n_ocsp_urls(const struct cert *c)
{
	return c->n_ocsp;
}

const struct cert_url *
cert_ocsp_url(const struct cert *c, size_t i)
{
	return i < c->n_ocsp ? &c->ocsp[i] : NULL;
}
