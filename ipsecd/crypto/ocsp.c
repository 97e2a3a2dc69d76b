#include "ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "cert_in.h"
#include "crl.h"

#define SKEW_S		300		/* clocks of responders ahead of ours */
#define AGE_MAX_S	86400		/* of an answer that does not say how long
					 * it holds */

size_t
ocsp_request(struct crypto *crypto, const struct cert *cert,
	     const struct cert *issuer, uint8_t out[OCSP_REQUEST_MAX])
{
	OCSP_REQUEST *rq = OCSP_REQUEST_new();
	/* SHA-1 is a name here, nothing hangs on its strength, and the one hash
	 * that every responder looks answers up by (RFC 5019 2.1.1). */
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert->x, issuer->x);
	uint8_t *p = out;
	int len = 0;

	(void)crypto;
	if (rq != NULL && id != NULL && OCSP_request_add0_id(rq, id) != NULL) {
		id = NULL;		/* its own now */
		len = i2d_OCSP_REQUEST(rq, NULL);
		if (len > 0 && len <= OCSP_REQUEST_MAX)
			len = i2d_OCSP_REQUEST(rq, &p);
		else
			len = 0;
	}
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(rq);
	ERR_clear_error();
	return len > 0 ? (size_t)len : 0;
}

/* RFC 6960 4.2.2.2: by the issuer, or by a certificate of its for that purpose
 * (OCSPSigning), which is valid. */
static bool
signed_by(OCSP_BASICRESP *basic, const struct cert *issuer, uint64_t wall)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *own = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	bool ok = false;

	if (store != NULL && own != NULL &&
	    X509_STORE_add_cert(store, issuer->x) == 1 &&
	    sk_X509_push(own, issuer->x) > 0) {
		param = X509_STORE_get0_param(store);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_auth_level(param, 2);
		X509_VERIFY_PARAM_set_time(param, (time_t)wall);
		ok = OCSP_basic_verify(basic, own, store, OCSP_NOEXPLICIT) == 1;
	}
	sk_X509_free(own);
	X509_STORE_free(store);
	return ok;
}

static int
check_times(const ASN1_GENERALIZEDTIME *this, const ASN1_GENERALIZEDTIME *next,
	    uint64_t wall, struct ocsp_answer *out, struct err *e)
{
	char when[CERT_TIME_STRLEN];
	int64_t now = (int64_t)wall;

	if (!cert_time(this, &out->this_update) ||
	    (next != NULL && !cert_time(next, &out->next_update)))
		return err_set(e, ERR_REALITY, "has a time that cannot be read");
	if (out->this_update > now + SKEW_S)
		return err_set(e, ERR_REALITY, "is in force only from %s: does "
		    "the clock of this machine run late?",
		    cert_time_str(out->this_update, when));
	if (out->status == OCSP_REVOKED)	/* and stays so */
		return 0;
	if (next != NULL && out->next_update <= now)
		return err_set(e, ERR_REALITY, "expired on %s",
		    cert_time_str(out->next_update, when));
	if (next == NULL && out->this_update < now - AGE_MAX_S)
		return err_set(e, ERR_REALITY, "is too old, of %s",
		    cert_time_str(out->this_update, when));
	return 0;
}

static bool
has_critical(OCSP_BASICRESP *basic)
{
	bool found = OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0;
	int i;

	for (i = 0; !found && i < OCSP_resp_count(basic); i++)
		found = OCSP_SINGLERESP_get_ext_by_critical(
		    OCSP_resp_get0(basic, i), 1, -1) >= 0;
	return found;
}

/* What it says of the certificate. */
static int
read_status(OCSP_BASICRESP *basic, const struct cert *cert,
	    const struct cert *issuer, uint64_t wall, struct ocsp_answer *out,
	    struct err *e)
{
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert->x, issuer->x);
	ASN1_GENERALIZEDTIME *when = NULL, *this = NULL, *next = NULL;
	int status = -1, reason = -1, found;

	found = id != NULL && OCSP_resp_find_status(basic, id, &status, &reason,
	    &when, &this, &next) == 1;
	OCSP_CERTID_free(id);
	if (!found)
		return err_set(e, ERR_REALITY, "is about another certificate");
	out->status = status == V_OCSP_CERTSTATUS_GOOD ? OCSP_GOOD :
	    status == V_OCSP_CERTSTATUS_REVOKED ? OCSP_REVOKED : OCSP_UNKNOWN;
	if (check_times(this, next, wall, out, e) < 0)
		return -1;
	if (out->status != OCSP_REVOKED)
		return 0;
	if (!cert_time(when, &out->when))
		out->when = out->this_update;
	out->reason = reason > 0 ? crl_reason_str((unsigned int)reason) : NULL;
	return 0;
}

static int
check(OCSP_RESPONSE *resp, const struct cert *cert, const struct cert *issuer,
      uint64_t wall, struct ocsp_answer *out, struct err *e)
{
	int error = OCSP_response_status(resp), r = -1;
	char name[CERT_NAME_STRLEN];
	OCSP_BASICRESP *basic;

	if (error != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return err_set(e, ERR_REALITY, "answers '%s'",
		    OCSP_response_status_str(error));
	basic = OCSP_response_get1_basic(resp);
	if (basic == NULL)
		return err_set(e, ERR_REALITY, "is of a kind that Culvert does "
		    "not know");
	if (cert_sigalg_weak(OCSP_resp_get0_tbs_sigalg(basic)))
		err_set(e, ERR_REALITY, "is signed with %s, which can be forged",
		    cert_sigalg_str(OCSP_resp_get0_tbs_sigalg(basic)));
	else if (!signed_by(basic, issuer, wall))
		err_set(e, ERR_REALITY, "is signed neither by %.200s nor by whom "
		    "it lets", cert_subject_str(issuer, name));
	else if (has_critical(basic))
		err_set(e, ERR_REALITY, "has a critical extension that Culvert does "
		    "not know");
	else
		r = read_status(basic, cert, issuer, wall, out, e);
	OCSP_BASICRESP_free(basic);
	return r;
}

int
ocsp_check(struct crypto *crypto, const void *p, size_t len,
	   const struct cert *cert, const struct cert *issuer, uint64_t wall,
	   struct ocsp_answer *out, struct err *e)
{
	const unsigned char *at = p;
	OCSP_RESPONSE *resp;
	int r;

	(void)crypto;
	*out = (struct ocsp_answer){ .status = OCSP_UNKNOWN };
	if (len > OCSP_ANSWER_MAX)
		return err_set(e, ERR_REALITY, "has more than %u kB",
		    OCSP_ANSWER_MAX >> 10);
	resp = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
	if (resp == NULL || at != (const unsigned char *)p + len)
		r = err_set(e, ERR_REALITY, "is no OCSP answer, or a damaged one");
	else
		r = check(resp, cert, issuer, wall, out, e);
	OCSP_RESPONSE_free(resp);
	ERR_clear_error();
	if (r < 0)
		*out = (struct ocsp_answer){ .status = OCSP_UNKNOWN };
	return r;
}
