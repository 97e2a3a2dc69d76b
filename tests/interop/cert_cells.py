"""The rows of the matrix that have certificates: every type of key, and what must be
refused, by either side."""
import re

import lab
from cells import NOT_POSSIBLE, cell, drop_long, refused
from certificates import Certificates
from pairing import MARKER, PATIENCE, words

# RSA as strongSwan signs when told to, beside what it does by itself. Libreswan knows
# PSS alone, OpenIKED signs as of PKCS#1 only; both of them verify ours.
PSS = {"rsa3072": "sha384", "rsa4096": "sha512"}
TITLES = {"rsa2048": "RSA 2048", "rsa3072": "RSA 3072", "rsa4096": "RSA 4096",
          "ecdsa-p256": "ECDSA P-256", "ecdsa-p384": "ECDSA P-384",
          "ecdsa-p521": "ECDSA P-521", "ed25519": "Ed25519"}
# Of the columns in which every row has them.
ROW = {"cert": "in the column with secrets this row has certificates"}
LACKS_ED25519 = {"libreswan": "Libreswan 4.10 has no Ed25519",
                 "openiked": "OpenIKED 7.2 has no Ed25519"}


def signature_hashes(p):
    """SIGNATURE_HASH_ALGORITHMS was in both messages of IKE_SA_INIT, and the
    responder's CERTREQ."""
    inits = [x.ike for x in p.wire.ike() if x.ike[18] == 34 and b"\x40\x2f" in x.ike]
    lab.check({bool(x[19] & 0x20) for x in inits} == {False, True},
              "both ends say which hashes they can sign with")


def with_key(key):
    def run(p):
        swan = p.peer.name == "strongSwan"
        both = Certificates(p, key, good=True)
        p.up(*both.ends(pss=PSS.get(key) if swan else None))
        p.traffic()
        if p.version == 2:
            signature_hashes(p)
        lab.check("CN=" + p.theirs.name in p.us.show("ipsec 1"),
                  "show ipsec 1 has the peer's certificate")
    run.__name__ = "cert_" + key.replace("-", "_")
    cell("certificates, " + TITLES[key],
         never=ROW if key.startswith("rsa") else {**ROW, 1: "signatures of IKEv1 are RSA's"})(run)
    if key == "ed25519":
        for peer, why in LACKS_ED25519.items():
            NOT_POSSIBLE[(peer, None, run.__name__)] = why


for _key in lab.KEYS:
    with_key(_key)


@cell("fragmentation, certificates", bad_path=True,
      never={**ROW, 2: "see: fragmentation"})
def cert_fragmentation(p):
    """In main mode identities do not make a message long, certificates do."""
    for site in (p.alice, p.bob):
        drop_long(site.gw, 600)
    # The first message, which nobody can cut, is short with one transform.
    suite = "aes256-sha256-modp2048"
    ours, theirs = Certificates(p, good=True).ends(ike=words(suite))
    p.up(ours, {**theirs, "ike": suite, "fragment": 576})
    cut = [x for x in p.wire.ike() if x.ike[16] == 132]
    for site in (p.alice, p.bob):
        # Whoever does not know better begins with longer ones.
        sizes = [len(x.frame) - 14 for x in cut if x.src == site.outer]
        short = sum(n <= 600 for n in sizes)
        lab.check(short >= 2, "%d fragments of %s were short enough" % (short, site.name))
    p.traffic()


GONE = {"strongSwan": "AUTH_FAILED|AUTHENTICATION_FAILED|DELETE",
        "Libreswan": "AUTHENTICATION_FAILED|authentication failed|Delete",
        "OpenIKED": "AUTHENTICATION_FAILED|delet"}
REFUSED = {"initiator": "AUTHENTICATION_FAILED", "responder": "AUTHENTICATION_FAILED",
           # It may say no more than that it closes.
           "IKEv1": "AUTHENTICATION_FAILED|does not accept our certificate"}
# A certificate of its own that is over is none for Libreswan.
DOES_NOT_SHOW = {("Libreswan", "expired")}


def both_ways(p, bad, we_say, they_say, **more):
    """First the peer's certificate is bad and we refuse, then ours and it does."""
    both = Certificates(p, **more)
    good = both.ends
    if (p.peer.name, bad) not in DOES_NOT_SHOW:
        lab.say("--- the peer's certificate is bad")
        ours, theirs = both.ends(theirs=bad)
        refused(p, we_say, GONE, ours, theirs, mended=good)
        p.clean()
    lab.say("--- ours is bad")
    ours, theirs = both.ends(ours=bad)
    if (p.peer.name, p.role, p.version) == ("Libreswan", "responder", 2):
        without_a_word(p, they_say[p.peer.name], ours, theirs, good)
    else:
        refused(p, REFUSED, they_say, ours, theirs, mended=good)


def without_a_word(p, verdict, ours, theirs, mended):
    """As initiator Libreswan refuses a certificate without telling us: what we can
    notice is that nobody answers on the new IKE_SA."""
    p.configure(ours, theirs)
    p.connect()
    lab.wait_for("the peer says: %s" % verdict, lambda: re.search(verdict, p.peer_log()),
                 PATIENCE)
    lab.check(not p.peer.installed(), "the peer has no CHILD_SA")
    p.us.wait_status(r"Down\(Retransmission\)", deadline=60)
    lab.say("ok: and we see that it does not answer")
    lab.check(p.ours.ping(p.theirs, count=1, wait=1, pattern=MARKER) == 0, "nothing crosses")
    p.clean()
    p.up(*mended())


@cell("certificate expired", never=ROW)
def cert_expired(p):
    both_ways(p, "expired", "certificate .*expired.*expired 2 days ago", {
        "strongSwan": "subject certificate invalid|not valid|no trusted",
        "Libreswan": "SEC_ERROR_EXPIRED_CERTIFICATE|expired",
        "OpenIKED": "certificate has expired"})


@cell("certificate of another CA", never=ROW)
def cert_wrong_ca(p):
    both_ways(p, "stranger", 'certificate .*stranger.* is signed by .*Stranger Root.*'
              'this tunnel trusts .*Culvert Root', {
        "strongSwan": "no issuer certificate found|no trusted .* public key",
        "Libreswan": "SEC_ERROR_UNKNOWN_ISSUER|not trusted|Unknown Issuer|issuer",
        "OpenIKED": "unable to get local issuer certificate|self.signed"})


@cell("certificate revoked", never=ROW)
def cert_revoked(p):
    """Both ends have the CRL: ours from its distribution point, the peer's was put
    there."""
    with p.web():
        both_ways(p, "revoked", "certificate .*revoked.* is revoked", {
            "strongSwan": "certificate was revoked",
            "Libreswan": "SEC_ERROR_REVOKED_CERTIFICATE|revoked",
            "OpenIKED": "certificate revoked"}, crl=True)


@cell("identity not in certificate", never=ROW)
def cert_wrong_id(p):
    both = Certificates(p, good=True)
    lab.say("--- we expect another identity")
    ours, theirs = both.ends(their_id="mallory.example.com")
    refused(p, {"initiator": "mallory.example.com|AUTHENTICATION_FAILED",
                "responder": "expected was 'mallory.example.com'"}, {
        **GONE, "strongSwan responder": "AUTH_FAILED|AUTHENTICATION_FAILED|DELETE"},
        ours, theirs, mended=both.ends)
    p.clean()
    lab.say("--- the peer does")
    ours, theirs = both.ends(our_id="mallory.example.com")
    refused(p, {"initiator": "AUTHENTICATION_FAILED",
                "responder": "looks for 'mallory.example.com'|AUTHENTICATION_FAILED",
                "IKEv1": "looks for 'mallory.example.com'|" + REFUSED["IKEv1"]}, {
        "strongSwan": "no matching peer config|constraint check failed|AUTH_FAILED|"
                      "does not match to 'mallory",
        "Libreswan": "mallory|AUTHENTICATION_FAILED|no connection",
        "OpenIKED": "mallory|AUTHENTICATION_FAILED"}, ours, theirs, mended=both.ends)
