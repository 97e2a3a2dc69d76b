#!/usr/bin/python3
"""The inner MTU that `show ipsec 1` gives: a packet of that size leaves in one
piece, and nothing on the wire is larger than the path; it follows the path. In the
kernel's own words it is the same number."""
import re

import lab

SECRET = "one-size-fits-all"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for who, me, my, peer, role in ((a, alice, "alice", bob, None),
                                    (b, bob, "bob", alice, True)):
        who.cli(lab.tunnel(initiator=role, local_address=me.outer, peer=peer.outer,
                           local_id=my, remote_id="alice" if who is b else "bob",
                           local_subnet=me.subnet, remote_subnet=peer.subnet,
                           secret=SECRET))
    a.wait_up()
    b.wait_up()

    def inner(outer):
        """What Bob shows, once he has noticed the path."""
        m = lab.wait_for("an outer MTU of %d" % outer, lambda: re.search(
            r"inner MTU (\d+), TCP MSS (\d+); outer MTU %d$" % outer, b.show("ipsec 1"),
            re.M))
        lab.check(int(m[2]) == int(m[1]) - 40, "the MSS is 40 less")
        return int(m[1])

    def fits(size, outer):
        mark = len(wire.packets)
        lab.check(bob.host.ping(alice.host_address, count=1, size=size - 28,
                                pattern=MARKER) == 1, "a packet of %d octets crosses" % size)
        wire.settle()
        lab.check(len(wire.esp(mark)) == 2 and not any(p.fragment for p in wire.packets[mark:]),
                  "in one piece each way")
        lab.check(max(len(p.frame) - 14 for p in wire.esp(mark)) <= outer,
                  "of %d octets at most" % outer)

    for outer in (1500, 1400, 1300):
        for site in (alice, bob):
            site.gw.ip("link set outer0 mtu %d" % outer)
        size = inner(outer)
        fits(size, outer)
        if not lab.in_guest():
            continue
        # The kernel says what fits to who asks for no fragments.
        _, out = bob.host.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s",
                              size + 1 - 28, alice.host_address, ok=False)
        lab.check("mtu = %d" % size in out or "mtu=%d" % size in out,
                  "the kernel, too, says %d" % size)
        bob.host.ip("route flush cache")
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
