#!/usr/bin/python3
"""Traffic starts a tunnel, whatever the role (S1-036, S1-038): two responders,
neither of which starts by itself; closed by command, started by traffic again."""
import lab

SECRET = "it-wakes-when-knocked"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for who, me, my, peer in ((a, alice, "alice", bob), (b, bob, "bob", alice)):
        who.cli(lab.tunnel(local_address=me.outer, peer=peer.outer,
                           local_id=my, remote_id="bob" if who is a else "alice",
                           local_subnet=me.subnet, remote_subnet=peer.subnet,
                           secret=SECRET))
    for who in (a, b):
        who.wait_status("Down")
    wire.settle()
    lab.check(not wire.ike(), "two responders leave each other alone")
    for site, other, who in ((alice, bob, a), (bob, alice, b)):
        lab.wait_for("a ping of %s's host starts the tunnel and crosses" % site.name,
                     lambda: site.ping(other, count=1, wait=1, pattern=MARKER) == 1, 20)
        for x in (a, b):
            x.wait_up()
        lab.say("ok: a packet from %s's host started the tunnel" % site.name)
        lab.check(site.ping(other, pattern=MARKER) == 3, "and others cross")
        lab.check("CURVE" in who.show("ipsec 1"), "show ipsec knows the IKE_SA")
        if site is alice:
            b.cli("tunnel\nipsec 1 terminate\n")
            a.wait_status("Down")
            lab.say("closed by Bob's command")
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
