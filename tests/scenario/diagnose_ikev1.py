#!/usr/bin/python3
"""A tunnel of IKEv1 that does not come up says why, in both roles: another secret,
identity, proposal or subnet, a peer that does IKEv2 alone or aggressive mode, and one
that is silent. What is printed is typed, and the tunnel is up."""
import re

import lab
from diagnose_setup import Pair, diagnosed, run

# As in diagnose_setup.
ROWS = [
    ("secret", {"secret": "another-one"}, {}, "auth-failed",
     (r"does not take our proof.*secrets differ", None),
     (r"its proof cannot be read: the secrets differ", ["secret another-one"])),
    ("peer's identity", {"local_id": "carol"}, {}, "identity-mismatch",
     (r"the peer is 'carol' \(name\), expected was 'alice' \(name\)", "typed"), None),
    ("our identity", {"remote_id": "robert"}, {}, "identity-mismatch",
     (r"AUTHENTICATION_FAILED: it does not know us as 'bob' \(name\)", ["local-id robert"]),
     (r"it seems that it does not know us as 'bob' \(name\)", ["local-id robert"])),
    ("IKE proposals", {"ike": "aes256-sha1-modp1024"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN.*aes128-sha256-modp2048", ["ike cipher aes256 auth sha1 dh modp1024"]),
     (r"cipher: the peer offers aes256, we accept aes128.*differs in cipher, auth, prf, dh",
      "typed")),
    ("ESP proposals", {"esp": "aes256-sha1"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN.*for ESP: aes128-sha256", ["esp cipher aes256 auth sha1"]),
     (r"no common ESP proposal.*the peer offers aes256, we accept aes128", "typed")),
    ("subnets", {"remote_ts": "10.0.7.0/24"}, {}, "selectors-mismatch",
     (r"INVALID_ID_INFORMATION.*10\.0\.1\.0/24", ["local-subnet 10.0.7.0/24"]),
     (r"wants 10\.0\.7\.0/24 here and 10\.0\.1\.0/24 there.*local-subnet 10\.0\.2\.0/24",
      "typed")),
    ("IKEv2 alone", {"version": 2}, {}, "version-mismatch", None,
     (r"speaks IKEv2, expected is IKEv1", "typed")),
    ("IKEv2 alone", {"version": 2}, {}, "proposal-mismatch",
     (r"has no tunnel of IKEv1 for our address", ["version 2"]), None),
    ("IKEv1 alone", {}, {"version": 2}, "version-mismatch", None,
     (r"speaks IKEv1, expected is IKEv2", ["version 1"])),
    ("aggressive mode", {"extra": "aggressive = yes"}, {}, "aggressive-mode", None,
     (r"tries aggressive mode, which shows the identities", None)),
]


class Old(Pair):
    def peer(self, **change):
        super().peer(**dict({"version": 1}, **change))

    def here(self, **change):
        super().here(**dict({"version": 1}, **change))

    def begins_again(self):
        """Its first attempt would go on with the secret that it began with."""
        self.swan.terminate("peer")
        super().begins_again()


def silent(pair):
    lab.say("--- a silent peer")
    pair.here(initiator=True, peer="192.168.0.99")
    lab.wait_for("message 1 was repeated", lambda: re.search(
        "does not answer, for", pair.bobs.show("ipsec 1 diagnose")), 30, 0.5)
    got = diagnosed(pair, "no-answer")
    everything = " ".join([got["symptom"], got["cause"], *got["remedy"]])
    for what in (r"192\.168\.0\.99 does not answer", r"UDP port 500", r"IKEv1 and main mode"):
        lab.check(re.search(what, everything), "it says: " + what)


def weak(pair):
    """What old peers need is warned of when it is committed, and as long as it is."""
    lab.say("--- old algorithms")
    old = "cipher aes128 auth sha1 dh modp1024"
    pair.peer(ike="aes128-sha1-modp1024", esp="aes128-sha1")
    pair.bobs.cli("config\ntunnel\nno ipsec 1\nleave\n")
    out = pair.bobs.cli(lab.tunnel(
        version=1, initiator=True, local_address=pair.bob.outer, peer=pair.alice.outer,
        local_id="bob", remote_id="alice", secret="correct-horse-battery", ike=old,
        esp="cipher aes128 auth sha1", local_subnet=pair.bob.subnet,
        remote_subnet=pair.alice.subnet, dpd_delay=5, dpd_timeout=20))
    lab.check("ike sha1 modp1024: weak" in out and "IKEv1 is deprecated" in out,
              "the commit warns")
    pair.bobs.wait_up()
    shown = pair.bobs.show("ipsec 1")
    for what in ("Warning: IKEv1 is deprecated", "Warning: the IKE_SA uses sha1 modp1024",
                 "Warning: the CHILD_SA uses sha1", "ESTABLISHED, IKEv1,",
                 "AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
                 "ipsec1: IKEv1, reauthentication every 14400s, dpd delay 5s, dpd timeout 20s"):
        lab.check(what in shown, "show ipsec 1 has: " + what)


def scenario(world):
    pair = Old(world)
    for row in ROWS:
        for initiator in (True, False):
            run(pair, row, initiator)
    weak(pair)
    silent(pair)


lab.main(scenario)
