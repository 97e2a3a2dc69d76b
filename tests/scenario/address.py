#!/usr/bin/python3
"""A local address that is not there yet, goes, and comes back, of the initiator
and of the responder: the tunnel waits, says so, and starts by itself. It does not
leave for another address, and nothing leaves in clear."""
import lab

SECRET = "there-and-back-again"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)

    def remove(site):
        site.gw.ip("addr add %s dev outer0" % spare[site])
        site.gw.ip("addr del %s/24 dev outer0" % site.outer)

    def put_back(site):
        site.gw.ip("addr add %s/24 dev outer0" % site.outer)
        site.gw.ip("addr del %s dev outer0" % spare[site])
        site.gw.ip("route replace default via %s dev outer0" % site.next_hop)

    spare = {alice: "192.168.0.11/32", bob: "192.168.0.12/32"}
    remove(bob)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet=bob.subnet, secret=SECRET))
    out = b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                           local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                           remote_subnet=alice.subnet, secret=SECRET))
    missing = "local-address %s is not on this machine"
    lab.check(missing % bob.outer in out, "the commit says that the address is missing")
    lab.wait_for("show ipsec 1 does, too",
                 lambda: missing % bob.outer in b.show("ipsec 1"))
    lab.check("Down(Unknown)" in b.show("ipsec"), "the tunnel is Down(Unknown)")
    bob.ping(alice, count=2, wait=1, pattern=MARKER)
    lab.check(not wire.settle().ike(), "and not a packet of it is on the wire")
    put_back(bob)
    b.wait_up(deadline=5)
    a.wait_up(deadline=5)
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "with the address it came up")

    for site, who, other in ((alice, a, bob), (bob, b, alice)):
        remove(site)
        lab.wait_for("%s's tunnel waits for its address" % site.name,
                     lambda: "Down(Unknown)" in who.show("ipsec"), 10)
        lab.check(missing % site.outer in who.show("ipsec 1"), "and says so")
        site.ping(other, count=2, wait=1, pattern=MARKER)
        put_back(site)
        who.wait_up(deadline=5)
        for x in (a, b):
            x.wait_up(deadline=5)
        mark = len(wire.packets)
        lab.check(alice.ping(bob, pattern=MARKER) == 3, "it is back: the ping crosses")
        lab.check(bob.ping(alice, pattern=MARKER) == 3, "and the one back")
        wire.settle().check_esp_both_ways(6, mark)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
