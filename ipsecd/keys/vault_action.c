/*
 * vault_action: what the administrator does with the store: the actions of
 * culvert-certificate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "bundle.h"
#include "vault.h"
#include "generate.h"
#include "import.h"
#include "item.h"
#include "json.h"
#include "log.h"
#include "proc/owner.h"
#include "uses.h"
#include "work.h"
#include "ytree.h"

#define PASSWORD	"/culvert-certificate:certificate/import/password"

static void
warn(void *arg, const char *sentence)
{
	action_warn(arg, sentence);
}

/* --- import --- */

struct octets {
	uint8_t	*p;		/* OpenSSL's memory, wiped */
	size_t	 len;
};

struct import_job {
	struct job	 job;
	struct vault	*vault;
	struct action	*action;
	enum cert_kind	 kind;
	char		 label[IPC_LABEL_MAX + 1];
	bool		 replace;
	struct octets	 data, key;
	char		*password;	/* NULL: none */
	struct bundle	 bundle;
	struct err	 e;
	bool		 failed;
};

static void
import_free(struct import_job *i)
{
	OPENSSL_clear_free(i->data.p, i->data.len);
	OPENSSL_clear_free(i->key.p, i->key.len);
	OPENSSL_clear_free(i->password,
			   i->password != NULL ? strlen(i->password) : 0);
	bundle_fini(&i->bundle);
	free(i);
}

static int
copy(struct octets *to, const struct lyd_node *input, const char *name)
{
	const uint8_t *p;

	if (!ytree_octets(input, name, &p, &to->len))
		return 0;
	to->p = OPENSSL_memdup(p, to->len);
	return to->p != NULL || to->len == 0 ? 0 : -1;
}

static int
open_both(struct import_job *i)
{
	if (bundle_add(&i->bundle, i->data.p, i->data.len, i->password, &i->e) < 0)
		return -1;
	if (i->key.p != NULL) {
		if (i->bundle.key != NULL)
			return err_set(&i->e, ERR_INVALID, "the certificate's file "
				       "holds a private key already: leave 'key' "
				       "out");
		if (bundle_add(&i->bundle, i->key.p, i->key.len, i->password,
			       &i->e) < 0)
			return err_prefix(&i->e, "the file of the private key");
		if (i->bundle.key == NULL)
			return err_set(&i->e, ERR_INVALID, "the file of the private "
				       "key holds none");
	}
	return bundle_check_key(&i->bundle, &i->e);
}

static void
import_run(struct job *j)
{
	struct import_job *i = (struct import_job *)j;

	i->failed = open_both(i) < 0;
	if (i->failed && i->bundle.password_missing)
		snprintf(i->e.path, sizeof(i->e.path), "%s", PASSWORD);
}

static void
log_import(const struct import_job *i)
{
	const struct label *l = store_find(&i->vault->store, i->label);
	char name[CERT_NAME_STRLEN];

	if (l != NULL && l->item != NULL && l->item->n > 0)
		log_info("certificate '%s' is %s '%s' now", i->label,
			 i->kind == CERT_CA ? "the CA" : "that of",
			 cert_subject_str(l->item->certs[0], name));
}

static void
import_done(struct job *j)
{
	struct import_job *i = (struct import_job *)j;
	const struct import im = {
		.kind = i->kind, .label = i->label, .replace = i->replace,
		.now = (int64_t)time(NULL), .warn = warn, .arg = i->action,
	};

	if (j->cancelled)
		i->failed = err_set(&i->e, ERR_REALITY, "it was not imported: "
				    "ipsecd is being stopped, or has no thread for "
				    "it") < 0;
	if (!i->failed)
		i->failed = import_bundle(&i->vault->store, &im, &i->bundle,
					  &i->e) < 0;
	if (!i->failed)
		log_import(i);
	action_done(i->action, i->failed ? &i->e : NULL);
	import_free(i);
}

static int
import(struct vault *c, const struct lyd_node *input, struct action *a,
       struct err *e)
{
	struct import_job *i = calloc(1, sizeof(*i));
	const char *kind = ytree_leaf(input, "kind");
	const char *password = ytree_leaf(input, "password");

	if (i == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	i->job.run = import_run;
	i->job.done = import_done;
	i->vault = c;
	i->action = a;
	i->kind = strcmp(kind, "ca") == 0 ? CERT_CA : CERT_LOCAL;
	i->replace = ytree_leaf(input, "replace") != NULL;
	snprintf(i->label, sizeof(i->label), "%s", ytree_leaf(input, "label"));
	if (password != NULL)
		i->password = OPENSSL_strdup(password);
	if (copy(&i->data, input, "data") < 0 || copy(&i->key, input, "key") < 0 ||
	    (password != NULL && i->password == NULL)) {
		import_free(i);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (store_may_seal(&c->store, e) < 0 ||
	    work_start(c->work, &i->job, e) < 0) {
		import_free(i);
		return -1;
	}
	return 1;
}

/* --- generate --- */

struct generate_job {
	struct job	 job;
	struct vault	*vault;
	struct action	*action;
	char		 label[IPC_LABEL_MAX + 1];
	struct generate	 generate;
	struct err	 e;
	bool		 failed;
};

static void
generate_free(struct generate_job *g)
{
	generate_fini(&g->generate);
	free(g);
}

static int
check_free(const struct vault *c, const char *name, struct err *e)
{
	const struct label *l = store_find(&c->store, name);

	if (l == NULL)
		return 0;
	if (l->broken != NULL)
		return err_set(e, ERR_CONFLICT, "the file of '%s' cannot be read "
			       "(%s): delete it first, or use another label", name,
			       l->broken);
	if (l->request != NULL)
		return err_set(e, ERR_CONFLICT, "'%s' has a request already that "
			       "waits for its certificate: show it with: "
			       "certificate request %s; or delete it first", name,
			       name);
	if (l->item != NULL && l->item->kind == CERT_CA)
		return err_set(e, ERR_CONFLICT, "'%s' is a CA: use another label",
			       name);
	return 0;
}

static int
put_request(struct generate_job *g, struct err *e)
{
	const struct item_parts parts = {
		.kind = CERT_REQUEST, .label = g->label,
		.made = (uint64_t)time(NULL),
		.request = g->generate.request,
		.request_len = g->generate.request_len,
	};
	struct store *s = &g->vault->store;
	struct label *l;

	if (check_free(g->vault, g->label, e) < 0)
		return -1;
	l = store_get(s, g->label);
	if (l == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (store_put(s, l, &parts, g->generate.key, e) == 0)
		return 0;
	store_tidy(s, l);
	return -1;
}

static int
answer_request(const struct label *l, struct action *a, struct err *e)
{
	const struct item_parts *p = &l->request->parts;
	char *pem = pem_text("CERTIFICATE REQUEST", p->request, p->request_len);

	if (pem == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	json_str(action_output(a), "request", pem);
	free(pem);
	return 0;
}

static void
generate_job_run(struct job *j)
{
	struct generate_job *g = (struct generate_job *)j;

	g->failed = generate_run(&g->generate, &j->cancelled, &g->e) < 0;
}

static void
generate_done(struct job *j)
{
	struct generate_job *g = (struct generate_job *)j;
	struct label *l;

	if (j->cancelled && !g->failed)
		g->failed = err_set(&g->e, ERR_REALITY, "no key was made: ipsecd is "
				    "being stopped, or has no thread for it") < 0;
	if (!g->failed)
		g->failed = put_request(g, &g->e) < 0;
	if (!g->failed) {
		l = store_find(&g->vault->store, g->label);
		log_info("certificate '%s': a private key was made, and a request "
			 "for '%s'", g->label, l->request->subject);
		if (l->item != NULL)
			action_warn(g->action, "the present certificate and its key "
				    "stay in use until that for this request is "
				    "imported");
		g->failed = answer_request(l, g->action, &g->e) < 0;
	}
	action_done(g->action, g->failed ? &g->e : NULL);
	generate_free(g);
}

static int
fill(struct generate_job *g, const struct lyd_node *input, struct err *e)
{
	char *names, *name, *rest;
	int rc = 0;

	if (generate_set_kind(&g->generate, ytree_leaf(input, "key"), e) < 0)
		return -1;
	if (generate_set_subject(&g->generate, ytree_leaf(input, "subject"),
				 g->label, e) < 0)
		return err_prefix(e, "the subject");
	if (ytree_values(&names, input, "san") < 0)
		return err_set(e, ERR_RESOURCE, "out of memory");
	for (name = names != NULL ? strtok_r(names, " ", &rest) : NULL;
	     rc == 0 && name != NULL; name = strtok_r(NULL, " ", &rest))
		rc = generate_add_name(&g->generate, name, e);
	free(names);
	return rc;
}

static int
generate(struct vault *c, const struct lyd_node *input, struct action *a,
	 struct err *e)
{
	struct generate_job *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	g->job.run = generate_job_run;
	g->job.done = generate_done;
	g->vault = c;
	g->action = a;
	snprintf(g->label, sizeof(g->label), "%s", ytree_leaf(input, "label"));
	if (store_may_seal(&c->store, e) < 0 || check_free(c, g->label, e) < 0 ||
	    fill(g, input, e) < 0 || work_start(c->work, &g->job, e) < 0) {
		generate_free(g);
		return -1;
	}
	return 1;
}

/* --- the others --- */

static struct label *
find(struct vault *c, const struct lyd_node *input, struct err *e)
{
	const char *name = ytree_leaf(input, "label");
	struct label *l = store_find(&c->store, name);

	if (l != NULL && (l->item != NULL || l->request != NULL ||
			  l->broken != NULL))
		return l;
	if (!c->there)
		err_set(e, ERR_REALITY, "%s", c->store.locked);
	else
		err_set(e, ERR_NOTFOUND, "there is no certificate '%s'", name);
	return NULL;
}

static int
request(struct vault *c, const struct lyd_node *input, struct action *a,
	struct err *e)
{
	const struct label *l = find(c, input, e);

	if (l == NULL)
		return -1;
	if (l->request == NULL)
		return err_set(e, ERR_NOTFOUND, "'%s' is no request that waits for "
			       "its certificate", l->name);
	return answer_request(l, a, e);
}

static int
export_pem(const struct item *it, struct json *j, struct err *e)
{
	char *all = NULL, *one, *longer;
	size_t i, len = 0, n;
	const uint8_t *der;

	for (i = 0; i < it->n; i++) {
		der = cert_der(it->certs[i], &n);
		one = pem_text("CERTIFICATE", der, n);
		n = one != NULL ? strlen(one) : 0;
		longer = one != NULL ? realloc(all, len + n + 1) : NULL;
		if (longer == NULL) {
			free(one);
			free(all);
			return err_set(e, ERR_RESOURCE, "out of memory");
		}
		all = longer;
		memcpy(all + len, one, n + 1);
		len += n;
		free(one);
	}
	json_str(j, "pem", all != NULL ? all : "");
	free(all);
	return 0;
}

static int
export(struct vault *c, const struct lyd_node *input, struct action *a,
       struct err *e)
{
	const struct label *l = find(c, input, e);
	const uint8_t *der;
	size_t len;

	if (l == NULL)
		return -1;
	if (l->item == NULL || l->item->n == 0)
		return err_set(e, ERR_NOTFOUND, "'%s' has no certificate to be "
			       "exported%s", l->name, l->request != NULL ?
			       ": its request is shown by: certificate request" :
			       "");
	if (strcmp(ytree_leaf(input, "form"), "der") != 0)
		return export_pem(l->item, action_output(a), e);
	der = cert_der(l->item->certs[0], &len);
	json_octets(action_output(a), "der", der, len);
	return 0;
}

/* A request that nobody uses beside a certificate that somebody does. */
static int
delete_request(struct vault *c, struct label *l, const char *users,
	       struct action *a, struct err *e)
{
	char text[300];

	if (store_delete_request(&c->store, l, e) < 0)
		return -1;
	snprintf(text, sizeof(text), "the request was deleted; the certificate '%s' "
		 "is used by ipsec %.160s and stays", l->name, users);
	action_warn(a, text);
	log_info("certificate '%s': the request was deleted", l->name);
	return 0;
}

static int
delete(struct vault *c, const struct lyd_node *input, struct action *a,
       struct err *e)
{
	struct label *l = find(c, input, e);
	char users[200];

	if (l == NULL)
		return -1;
	if (l->staged > 0)
		return err_set(e, ERR_CONFLICT, "a commit is under way that uses "
			       "'%s'", l->name);
	uses_list(l, users, sizeof(users));
	if (l->n_users > 0 && l->request != NULL)
		return delete_request(c, l, users, a, e);
	if (l->n_users > 0)
		return err_set(e, ERR_CONFLICT, "'%s' is used by ipsec %s: let %s "
			       "use another one first, or remove %s", l->name, users,
			       l->n_users > 1 ? "them" : "it",
			       l->n_users > 1 ? "them" : "it");
	log_info("certificate '%s' is deleted", l->name);
	return store_delete(&c->store, l, e);
}

static const struct {
	const char	*name;
	int		(*run)(struct vault *, const struct lyd_node *,
			       struct action *, struct err *);
} actions[] = {
	{ "import", import }, { "generate", generate }, { "request", request },
	{ "export", export }, { "delete", delete },
};

int
vault_action(struct vault *c, const char *path, const struct lyd_node *input,
	     struct action *a, struct err *e)
{
	char label[IPC_LABEL_MAX + 1];
	const char *name;
	size_t i;

	if (vault_path(path, label, &name, e) < 0)
		return -1;
	for (i = 0; label[0] == '\0' && i < sizeof(actions) / sizeof(actions[0]);
	     i++)
		if (strcmp(actions[i].name, name) == 0)
			return actions[i].run(c, input, a, e);
	return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'", path);
}
