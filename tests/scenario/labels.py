#!/usr/bin/python3
"""Tunnels follow their labels: automatic identities, what a commit refuses because of a
certificate, what `show ipsec 1` says of it, a start with certificates already there in
either order of the daemons, and a certificate renewed with another subject."""
import re

import lab


def settings(us, them, label, **more):
    return lab.tunnel(local_address=us.outer, peer=them.outer, method="cert",
                      certificate=label, ca="corp", local_subnet=us.subnet,
                      remote_subnet=them.subnet, **more)


def shown(c, *wanted):
    out = c.show("ipsec 1")
    for w in wanted:
        if not re.search(w, out, re.M):
            raise lab.Failure("show ipsec 1 has not '%s':\n%s" % (w, out))


def serial(c):
    return c.state()["culvert-tunnel:tunnel"]["ipsec"][0]["state"]["ike-sa"][0]["serial"]


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    pki = lab.Pki(world, more=["carol"])
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)

    lab.say("what is not there, or does not do, is refused by name")
    b.refused(settings(bob, alice, "bob", initiator=True), "bob", "certificate import local bob")
    for site, c in ((alice, a), (bob, b)):
        c.certificates(pki[site.name], ca={"corp": pki["root"]})
    b.refused(settings(bob, alice, "bob", initiator=True, local_id="name robert"),
              r"local-id 'robert' \(name\) is neither the subject nor a subjectAltName of "
              r"certificate 'bob'", r"which holds CN=bob, O=Culvert Test \(dn\), "
              r"bob.example.com \(name\)", "local-id name bob.example.com")
    b.refused(settings(bob, alice, "bob", initiator=True, remote_id="key alice"),
              "no certificate can hold")

    lab.say("identities by themselves: the subjects")
    a.cli(settings(alice, bob, "alice"))
    b.cli(settings(bob, alice, "bob", initiator=True, remote_id='"CN=*, O=Culvert Test"'))
    a.wait_up()
    b.wait_up()
    shown(b, r"^  local  'CN=bob, O=Culvert Test' @", r"^  remote 'CN=alice, O=Culvert Test' @",
          r"^    certificate CN=alice, O=Culvert Test, signed by .*, expires in \d+ days$",
          r"^  local public key authentication:\n    id: CN=bob, O=Culvert Test\n"
          r"    certificate: bob \(CN=bob, O=Culvert Test\), expires in \d+ days$",
          r"^  remote public key authentication:\n    id: CN=\*, O=Culvert Test\n"
          r"    ca: corp \(.*\), expires in \d+ days\n    revocation: relaxed$")
    lab.check(alice.ping(bob) == 3, "the tunnel carries")

    lab.say("keys starts again: nothing happens")
    old, was = b.child("keys"), serial(b)
    b.kill_child("keys")
    lab.wait_for("another keys", lambda: b.child("keys") not in (None, old), 20)
    lab.wait_for("it knows its certificates", lambda: b.cli(
        "certificate show bob\n", ok=False)[0] == 0, 20, 0.2)
    lab.check(serial(b) == was and b.is_up(), "the tunnel is the same")

    lab.say("everything starts again, in either order")
    for first, second in ((b.start_ipsecd, b.start_confd), (b.start_confd, b.start_ipsecd)):
        b.stop()
        first()
        second()
        b.wait_up(deadline=60)
        lab.check("not in use" not in b.ipsecd.text()[b.mark:], "nothing was missed on the way")

    lab.say("renewed for ten days: that is used next, and its end is said")
    was = serial(b)
    b.certificates(pki.renewed("bob", days=10), replace=True)
    shown(b, r"^Warning: certificate 'bob' \(CN=bob, O=Culvert Test\) expires in (9|10) days, .*; "
             r"here, run: certificate import local bob FILE \[key FILE\] replace$")
    lab.wait_for("the log says so, too", lambda: re.search(
        r"certificate 'bob' .* expires in (9|10) days, .*; ipsec 1 uses it", b.ipsecd.text()), 20)
    lab.check(serial(b) == was and b.is_up(), "the tunnel is the same")
    b.cli("tunnel\nipsec 1 reauth\n")
    lab.wait_for("Alice warns of it as well", lambda: re.search(
        r"^Warning: the certificate of the peer .* expires in (9|10) days", a.show("ipsec 1"), re.M), 20)

    lab.say("renewed for somebody else: our identity is another one")
    carol = pki["carol"]
    b.cli("certificate import local bob %s key %s replace\n" % (carol.with_chain, carol.key))
    lab.wait_for("it is said", lambda: any("we are 'CN=carol, O=Culvert Test' now and were "
                                           "'CN=bob, O=Culvert Test'" in e["text"]
                                           for e in b.events(1)[0]), 20)
    b.wait_up()
    lab.wait_for("Alice knows it", lambda: "remote 'CN=carol, O=Culvert Test'" in
                 a.show("ipsec 1"), 20)
    lab.check(alice.ping(bob) == 3, "the tunnel carries")


lab.main(scenario)
