/*
 * vault_state: what `show certificate` shows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault.h"
#include "item.h"
#include "json.h"
#include "remark.h"
#include "uses.h"

#define MODULE		"culvert-certificate:"
#define USERS_MAX	512

struct printing {
	struct json	*j;
	const char	*fields;	/* names with blanks between; NULL: all */
	int64_t		 now;
};

static void
put(const struct printing *p, const char *name, const char *value)
{
	if (json_wanted(p->fields, name))
		json_str(p->j, name, value);
}

static void
put_time(const struct printing *p, const char *name, int64_t at)
{
	if (json_wanted(p->fields, name))
		json_time(p->j, name, at);
}

static void
put_names(const struct printing *p, const struct cert *c)
{
	char value[CERT_NAME_STRLEN], kind[8];
	size_t i, k;

	if (!json_wanted(p->fields, "subject-alt-name") || cert_n_names(c) == 0)
		return;
	json_array(p->j, "subject-alt-name");
	for (i = 0; i < cert_n_names(c); i++) {
		const struct cert_name *n = cert_name(c, i);

		snprintf(kind, sizeof(kind), "%s", cert_name_kind_str(n->kind));
		for (k = 0; kind[k] != '\0'; k++)
			if (kind[k] >= 'A' && kind[k] <= 'Z')
				kind[k] = (char)(kind[k] + ('a' - 'A'));
		json_strf(p->j, NULL, "%s:%s", kind, cert_name_str(n, value));
	}
	json_array_end(p->j);
}

static void
put_urls(const struct printing *p, const char *name, const struct cert *c,
	 size_t n, const struct cert_url *(*get)(const struct cert *, size_t))
{
	size_t i;

	if (!json_wanted(p->fields, name) || n == 0)
		return;
	json_array(p->j, name);
	for (i = 0; i < n; i++) {
		const struct cert_url *u = get(c, i);

		if (u->url == NULL || u->url[0] == '\0')
			json_strf(p->j, NULL, "(%s)", u->why);
		else if (u->why != NULL)
			json_strf(p->j, NULL, "%s (%s)", u->url, u->why);
		else
			json_str(p->j, NULL, u->url);
	}
	json_array_end(p->j);
}

static void
put_days(const struct printing *p, int64_t left)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)cert_days(left));

	if (json_wanted(p->fields, "days-left"))
		json_raw(p->j, "days-left", text, (size_t)n);
}

static void
put_cert(const struct printing *p, const struct cert *c)
{
	char text[CERT_NAME_STRLEN], hex[CERT_HEX_STRLEN];
	char serial[CERT_SERIAL_STRLEN];

	put(p, "subject", cert_subject_str(c, text));
	put(p, "issuer", cert_issuer_str(c, text));
	put(p, "serial", cert_serial_str(c, serial));
	put_names(p, c);
	put_time(p, "not-before", cert_not_before(c));
	put_time(p, "not-after", cert_not_after(c));
	put_days(p, cert_not_after(c) - p->now);
	put(p, "key", cert_key_str(c));
	put(p, "fingerprint-sha256", cert_hex(cert_sha256(c), 32, hex));
	put(p, "fingerprint-sha1", cert_hex(cert_sha1(c), 20, hex));
	put_urls(p, "crl-point", c, cert_n_crl_urls(c), cert_crl_url);
	put_urls(p, "ocsp", c, cert_n_ocsp_urls(c), cert_ocsp_url);
}

static void
put_chain(const struct printing *p, const struct item *it)
{
	char text[CERT_NAME_STRLEN];
	size_t i;

	if (!json_wanted(p->fields, "chain") || it->n < 2)
		return;
	json_array(p->j, "chain");
	for (i = 1; i < it->n; i++)
		json_str(p->j, NULL, cert_subject_str(it->certs[i], text));
	json_array_end(p->j);
}

static void
put_users(const struct printing *p, const struct label *l)
{
	char text[USERS_MAX];

	if (json_wanted(p->fields, "tunnels"))
		json_u32(p->j, "tunnels", l->n_users);
	if (l->n_users > 0)
		put(p, "used-by", uses_list(l, text, sizeof(text)));
}

/* The array begins with the first one. */
struct warnings {
	struct json	*j;
	bool		 any;
};

static void
put_warning(void *arg, const char *sentence)
{
	struct warnings *w = arg;

	if (!w->any)
		json_array(w->j, "warning");
	w->any = true;
	json_str(w->j, NULL, sentence);
}

static void
put_warnings(const struct printing *p, const struct label *l)
{
	const struct item *it = l->item != NULL ? l->item : l->request;
	struct warnings w = { p->j, false };
	char text[ERR_TEXT_MAX + 40];

	if (!json_wanted(p->fields, "warning"))
		return;
	if (l->broken != NULL) {
		snprintf(text, sizeof(text), "its file cannot be read: %s",
			 l->broken);
		put_warning(&w, text);
	}
	if (it != NULL && !it->usable) {
		snprintf(text, sizeof(text), "cannot be used: %s", it->why);
		put_warning(&w, text);
	}
	if (l->item != NULL)
		remark_item(l->item, p->now, put_warning, &w);
	if (l->item != NULL && l->request != NULL)
		put_warning(&w, "a request for a new certificate waits for it; until "
			    "then this one is used");
	if (w.any)
		json_array_end(p->j);
}

static const char *
kind_str(const struct label *l)
{
	static const char *const names[] = {
		[CERT_LOCAL] = "local", [CERT_REQUEST] = "request", [CERT_CA] = "ca",
	};

	return names[l->item != NULL ? l->item->kind :
		     l->request != NULL ? CERT_REQUEST : CERT_LOCAL];
}

static void
put_request(const struct printing *p, const struct item *it)
{
	char text[CERT_KEY_STRLEN];

	put(p, "subject", it->subject);
	put(p, "key", cert_key_describe(it->public, text));
}

static void
put_label(const struct printing *p, const struct label *l)
{
	json_object(p->j, NULL);
	json_str(p->j, "label", l->name);
	put(p, "kind", kind_str(l));
	if (l->item != NULL && l->item->n > 0) {
		put_cert(p, l->item->certs[0]);
		put_chain(p, l->item);
	} else if (l->request != NULL) {
		put_request(p, l->request);
	}
	put_users(p, l);
	put_warnings(p, l);
	json_object_end(p->j);
}

int
vault_path(const char *path, char label[IPC_LABEL_MAX + 1], const char **rest,
	   struct err *e)
{
	static const char top[] = "/" MODULE "certificate";
	const char *p = path + sizeof(top) - 1, *end;
	char quote;

	label[0] = '\0';
	if (strncmp(path, top, sizeof(top) - 1) != 0 || strchr("/", *p) == NULL)
		goto bad;
	if (*p == '/')
		p++;
	if (strncmp(p, MODULE, sizeof(MODULE) - 1) == 0)
		p += sizeof(MODULE) - 1;
	if (strncmp(p, "entry[", 6) == 0) {
		p += 6;
		if (strncmp(p, MODULE, sizeof(MODULE) - 1) == 0)
			p += sizeof(MODULE) - 1;
		if (strncmp(p, "label=", 6) != 0 || (p[6] != '\'' && p[6] != '"'))
			goto bad;
		quote = p[6];
		p += 7;
		end = strchr(p, quote);
		if (end == NULL || end[1] != ']' || end == p ||
		    end - p > IPC_LABEL_MAX)
			goto bad;
		memcpy(label, p, (size_t)(end - p));
		label[end - p] = '\0';
		p = end + 2;
	}
	*rest = p;
	return 0;
bad:
	return err_set(e, ERR_NOTFOUND, "'%.128s' is no path into the certificates",
		       path);
}

int
vault_get(struct vault *c, const char *path, const char *fields, struct json *j,
	  struct err *e)
{
	const struct printing p = { j, fields, (int64_t)time(NULL) };
	char label[IPC_LABEL_MAX + 1];
	const char *rest;
	size_t i;

	if (vault_path(path, label, &rest, e) < 0)
		return -1;
	json_object(j, NULL);
	json_object(j, MODULE "certificate");
	json_array(j, "entry");
	for (i = 0; i < c->store.n; i++) {
		const struct label *l = c->store.labels[i];

		if ((label[0] == '\0' || strcmp(label, l->name) == 0) &&
		    (l->item != NULL || l->request != NULL || l->broken != NULL))
			put_label(&p, l);
	}
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	return 0;
}
