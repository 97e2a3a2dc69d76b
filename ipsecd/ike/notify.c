#include "notify.h"

#include <stdio.h>

#include "wire/numbers.h"

static const struct notify_meaning meanings[] = {
{ N_UNSUPPORTED_CRITICAL_PAYLOAD, false,
  "it does not know a payload that we called critical",
  "update the peer" },
{ N_INVALID_IKE_SPI, false,
  "it does not know our IKE_SA: it was restarted, or somebody pretends that",
  NULL },
{ N_INVALID_MAJOR_VERSION, false,
  "it does not speak IKEv2",
  "set IKEv2 there" },
{ N_INVALID_SYNTAX, true,
  "it cannot read our message",
  "update the peer, and keep its log for a report" },
{ N_INVALID_MESSAGE_ID, false,
  "our message id is not the one it expects: one of us was put back to an older "
  "state",
  "restart the tunnel" },
{ N_INVALID_SPI, false,
  "it got ESP for an SPI that it does not know",
  NULL },
{ N_NO_PROPOSAL_CHOSEN, false,
  "it accepts none of the algorithms we propose",
  "set ike and esp alike on both sides" },
{ N_INVALID_KE_PAYLOAD, false,
  "it wants another Diffie-Hellman group",
  "set dh alike on both sides" },
{ N_AUTHENTICATION_FAILED, true,
  "the secrets or the identities differ",
  "compare secret, local-id and remote-id on both sides" },
{ N_SINGLE_PAIR_REQUIRED, false,
  "it wants a CHILD_SA for each pair of addresses",
  "set single addresses (/32 or /128) as local-subnet and remote-subnet, or give "
  "the peer one CHILD_SA for whole subnets" },
{ N_NO_ADDITIONAL_SAS, false,
  "it keeps no more CHILD_SAs in this IKE_SA",
  "raise its limit, or let it rekey" },
{ N_INTERNAL_ADDRESS_FAILURE, false,
  "it has no internal address for us, and wants to give one",
  "make the peer a site-to-site tunnel, without an address pool" },
{ N_FAILED_CP_REQUIRED, false,
  "it wants us to ask for an internal address",
  "make the peer a site-to-site tunnel, without an address pool" },
{ N_TS_UNACCEPTABLE, false,
  "it has no tunnel for our subnets",
  "set local-subnet and remote-subnet as the mirror of the peer's" },
{ N_INVALID_SELECTORS, false,
  "a packet of ours was outside the subnets that were agreed on",
  "compare the subnets on both sides" },
{ N_UNACCEPTABLE_ADDRESSES, false,
  "it does not accept the addresses we moved to (MOBIKE)",
  NULL },
{ N_UNEXPECTED_NAT_DETECTED, false,
  "there is a NAT between us and it was told not to accept one",
  "allow NAT there, or take it away" },
{ N_TEMPORARY_FAILURE, false,
  "it is busy with another exchange",
  NULL },
{ N_CHILD_SA_NOT_FOUND, false,
  "it has no such CHILD_SA any more",
  NULL },
{ N_STATE_NOT_FOUND, false,
  "it does not know the exchange that this should go on with",
  NULL },
};
#define N_MEANINGS	(sizeof(meanings) / sizeof(meanings[0]))

static const struct notify_meaning unknown = { 0, false,
    "an error that this version does not know", NULL };

const struct notify_meaning *
notify_meaning(uint16_t type)
{
	size_t i;

	for (i = 0; i < N_MEANINGS; i++)
		if (meanings[i].type == type)
			return &meanings[i];
	return &unknown;
}

const char *
notify_explain(uint16_t type, char buf[NOTIFY_STRLEN])
{
	const struct notify_meaning *m = notify_meaning(type);
	char num[16];

	if (type == 0) {
		snprintf(buf, NOTIFY_STRLEN, "its answer says neither yes nor why "
		    "not");
		return buf;
	}
	snprintf(buf, NOTIFY_STRLEN, "%s: %s%s%s",
	    name_str(ike_notify_names, type, num), m->means,
	    m->mend != NULL ? ". " : "", m->mend != NULL ? m->mend : "");
	return buf;
}
