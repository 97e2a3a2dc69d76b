#!/usr/bin/python3
"""The peers among themselves with certificates: strongSwan with Libreswan and with
OpenIKED, each as initiator, for the types of key that both know. What fails with
Culvert and not here is Culvert's.

With --all every type of key."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

SOME = ("rsa2048", "ecdsa-p384")
# RSA as each signs by itself: Libreswan wants PSS, strongSwan does it when told to.
PSS = {"Libreswan": ("sha256", "sha512"), "OpenIKED": (None, "sha384")}
# It neither sends an intermediate certificate nor takes one from the peer.
DIRECT = ("OpenIKED",)


def connection(us, them, cert, other, root, **more):
    return lab.Connection(local=us.outer, remote=them.outer, local_id=cert.id,
                          remote_id=other.id, secret=None, local_ts=us.subnet,
                          remote_ts=them.subnet, esp="aes256-sha384", cert=cert, ca=root,
                          **more)


def pair(sites, peers, pki, pss):
    (alice, bob), certs = sites, (pki["alice"], pki["bob"])
    peers[0].configure(connection(alice, bob, *certs, pki["root"], pss=pss))
    peers[1].configure(connection(bob, alice, *reversed(certs), pki["root"]))
    for who in peers:
        what = "%s, %s%s: %s begins" % (peers[1].name, pki.key, " PSS " + pss if pss else "",
                                        who.name)
        who.initiate()
        lab.wait_for(what, lambda: all(p.installed() for p in peers), 30)
        lab.check(alice.ping(bob) == 3, what)
        for p in peers:
            p.terminate()
        lab.wait_for("both are down", lambda: not any(p.spis() for p in peers), 10)


def scenario(world):
    keys = [k for k in lab.KEYS if k != "ed25519"] if "--all" in sys.argv else SOME
    for other in (lab.Libreswan, lab.OpenIked):
        alice, bob, _ = lab.two_sites(world)
        peers = lab.Swan(alice.gw), other(bob.gw)
        for key in keys:
            pki = lab.Pki(world, "%s-%s" % (other.name, key), key=key, good=True,
                          direct=other.name in DIRECT)
            for pss in PSS[other.name] if key.startswith("rsa") else (None,):
                pair((alice, bob), peers, pki, pss)


lab.main(scenario)
