#!/usr/bin/python3
"""The certificate store by the shell: keys made here, their requests signed by a CA,
imported, used by a tunnel between two Culverts; a renewal while it is up; and both
daemons started anew."""
import re

import lab
from lab.pki import openssl


def sign(pki, request, days=300):
    """What a CA does with a request."""
    csr, cert = pki.path("request.csr"), pki.path("signed.pem")
    with open(csr, "w") as f:
        f.write(request)
    openssl("x509", "-req", "-in", csr, "-CA", pki.path("root.pem"), "-CAkey",
                pki.path("root.key"), "-copy_extensions", "copy", "-days", days, "-out", cert)
    return cert


def request_in(text):
    return re.search(r"-----BEGIN CERTIFICATE REQUEST-----.*?-----END[^\n]*\n", text, re.S)[0]


def make(c, pki, label, key, replace=False):
    out = c.cli("certificate generate %s key %s subject CN=%s, O=Example\n" % (label, key, label))
    c.cli("certificate import local %s %s\n" % (label, sign(pki, request_in(out))))


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    pki = lab.Pki(world, direct=True, good=True)
    for c, label, key in ((a, "gw-a", "ecdsa-p256"), (b, "gw-b", "ed25519")):
        make(c, pki, label, key)
        c.cli("certificate import ca corp %s\n" % pki["root"].cert)
    b.refused(lab.tunnel(local_address=bob.outer, peer=alice.outer, method="cert",
                         certificate="nobody", ca="corp"),
              "no certificate 'nobody'", "gw-b")
    for c, here, there, label, initiator in ((a, alice, bob, "gw-a", None),
                                             (b, bob, alice, "gw-b", True)):
        c.cli(lab.tunnel(initiator=initiator, local_address=here.outer, peer=there.outer,
                         method="cert", certificate=label, ca="corp",
                         remote_id="CN=%s, O=Example" % ("gw-b" if label == "gw-a" else "gw-a"),
                         local_subnet=here.subnet, remote_subnet=there.subnet))

    def both_up(why):
        lab.wait_for(why, lambda: a.is_up() and b.is_up(), 30)
        lab.say("ok: " + why)

    both_up("a tunnel with certificates is up")
    b.refused("certificate delete gw-b\n", "used by ipsec 1")
    make(b, pki, "gw-b", "ecdsa-p384")
    shown = b.cli("show certificate gw-b\n")
    lab.check("ECDSA P-384" in shown, "renewed: " + " ".join(shown.split())[:200])
    b.cli("tunnel\nipsec 1 reauth\n")
    both_up("up again with the new certificate")
    for p in (b.confd, b.ipsecd):
        p.stop()
    b.start_ipsecd()
    b.start_confd()
    both_up("up again after a restart of both daemons")


lab.main(scenario)
