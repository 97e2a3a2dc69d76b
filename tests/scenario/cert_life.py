#!/usr/bin/python3
"""A tunnel with certificates in the course of time: a label gets another certificate
while the tunnel is up, and it is used at the next reauthentication without a packet
lost; each process is killed, and the whole started again; revocation is strict all the
time."""
import json
import os
import signal

import lab

MARKER = b"culvert inside!!"


def settings(pki, us, them, **more):
    mine, yours = pki[us.name], pki[them.name]
    return lab.tunnel(local_address=us.outer, peer=them.outer, method="cert",
                      certificate=mine.name, ca="root", revocation="strict",
                      local_id="name " + mine.id, remote_id="name " + yours.id,
                      local_subnet=us.subnet, remote_subnet=them.subnet, **more)


def newest(c):
    """c's established IKE_SA as data, {} while there is none or a daemon starts."""
    status, out = c.cli("tunnel\nshow ipsec 1 | json\n", ok=False)
    if status != 0:
        return {}
    sas = json.loads(out)["culvert-tunnel:tunnel"]["ipsec"][0]["state"].get("ike-sa", [])
    return next((s for s in sas if s["state"] == "ESTABLISHED"), {})


def peer_certificate(c):
    return newest(c).get("peer-certificate", {})


def ike_spi(c):
    return newest(c).get("spi-i")


def renewal(alice, bob, a, b, pki):
    lab.wait_for("the tunnel carries", lambda: alice.ping(bob, count=1, wait=1) == 1)
    new, old = pki.renewed("bob"), ike_spi(b)
    stream = lab.Stream(alice, bob, rate=100, size=100)
    b.certificates(new, replace=True)
    lab.check(new.fingerprint() in b.cli("certificate show bob\n").lower().replace(":", ""),
              "the store has the new certificate")
    lab.check(ike_spi(b) == old, "the tunnel goes on as it was")
    before = peer_certificate(a)
    b.cli("tunnel\nipsec 1 reauth\n")
    lab.wait_for("another IKE_SA", lambda: ike_spi(b) not in (None, old), 20)
    now = lab.wait_for("Alice has seen the new certificate", lambda: (
        c := peer_certificate(a)) and c["not-after"] != before["not-after"] and c, 20)
    lab.say("ok: Bob's certificate is now the one that ends on %s" % now["not-after"])
    lab.wait_for("one IKE_SA is left", lambda: len(a.state()["culvert-tunnel:tunnel"][
        "ipsec"][0]["state"]["ike-sa"]) == 1, 20)
    for name, (sent, lost) in stream.stop().items():
        lab.check(sent and not lost, "to %s %d packets, none lost" % (name, sent))


def killed(alice, bob, a, b, wire):
    for who, site, other in ((b, bob, alice), (a, alice, bob)):
        for child in ("keys", "fetch", "ike"):
            old = who.child(child)
            lab.check(old, "%s has a process %s" % (site.name, child))
            who.kill_child(child)
            lab.wait_for("%s has a new process %s" % (site.name, child),
                         lambda: who.child(child) not in (None, old), 20)
            # At once, and all that a handshake needs is there again.
            was = ike_spi(b)
            lab.wait_for("%s can be told to reauthenticate" % bob.name, lambda: b.cli(
                "tunnel\nipsec 1 reauth\n", ok=False)[0] == 0, 30, 0.5)
            lab.wait_for("another IKE_SA", lambda: b.is_up() and ike_spi(b) not in (None, was), 60)
            a.wait_up(deadline=60)
            lab.wait_for("the ping of %s crosses" % site.name,
                         lambda: site.ping(other, count=1, wait=1, pattern=MARKER) == 1, 60)
            lab.say("ok: after kill -9 of %s's %s the tunnel authenticates again"
                    % (site.name, child))
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


def restarted(alice, bob, a, b):
    for c in (a, b):
        c.confd.stop()
        c.start_confd()
    lab.check(a.is_up() and b.is_up(), "a restart of confd disturbs nothing")
    lab.wait_for("traffic", lambda: alice.ping(bob, count=1, wait=1) == 1)
    lab.say("the whole of ipsecd of both, at once")
    for c in (a, b):
        os.kill(c.ipsecd.pid, signal.SIGKILL)
        c.ipsecd.popen.wait()
    for c in (a, b):
        c.start_ipsecd()
    for c in (a, b):
        c.wait_up(deadline=60)
    lab.wait_for("traffic", lambda: alice.ping(bob, count=1, wait=1) == 1, 30)
    lab.check(peer_certificate(a).get("revocation") == "good", "and the CRLs are there, too")


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    pki = lab.Pki(world, crl=True)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for site, c in ((alice, a), (bob, b)):
        lab.crl_server(site.gw, world)
        c.certificates(pki[site.name], ca={"root": pki["root"]})
    a.cli(settings(pki, alice, bob))
    b.cli(settings(pki, bob, alice, initiator=True))
    a.wait_up()
    b.wait_up()
    lab.check(peer_certificate(a)["revocation"] == "good", "no certificate is revoked")
    renewal(alice, bob, a, b, pki)
    killed(alice, bob, a, b, wire)
    restarted(alice, bob, a, b)
    a.refused("certificate delete alice\n", "tunnel|used|uses")
    lab.say("ok: what a tunnel uses cannot be deleted")


lab.main(scenario)
