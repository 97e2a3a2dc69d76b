#!/usr/bin/python3
"""What happens to the network outside happens to a tunnel too, and passes: the
interface goes down, the address goes and comes back, the path takes less than it
did. Nothing leaves in clear, and nobody has to do anything."""
import lab

SECRET = "through-thick-and-thin"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for who, me, my, peer, role in ((a, alice, "alice", bob, True),
                                    (b, bob, "bob", alice, None)):
        who.cli(lab.tunnel(initiator=role, local_address=me.outer, peer=peer.outer,
                           local_id=my, remote_id="bob" if who is a else "alice",
                           local_subnet=me.subnet, remote_subnet=peer.subnet,
                           secret=SECRET))
    for who in (a, b):
        who.wait_up()

    def crosses(what):
        lab.wait_for("%s: a ping crosses" % what,
                     lambda: alice.ping(bob, count=1, wait=1, pattern=MARKER) == 1, 30)
        lab.check(alice.ping(bob, pattern=MARKER) == 3, what + ": and others")
        lab.check(bob.ping(alice, size=4000, pattern=MARKER) == 3, what + ": and large ones")

    crosses("at first")
    for outer in (alice, bob):
        outer.gw.ip("link set outer0 down")
        lab.check(alice.ping(bob, count=2, wait=1, pattern=MARKER) == 0, "no ping without a link")
        outer.gw.ip("link set outer0 up")
        outer.gw.run("sh", "-c", "ip route replace default via %s dev outer0" % (
            (bob if outer is alice else alice).outer))
        crosses("the link of %s came back" % outer.name)
    alice.gw.ip("addr del %s/24 dev outer0" % alice.outer)
    alice.ping(bob, count=2, wait=1, pattern=MARKER)
    alice.gw.ip("addr add %s/24 dev outer0" % alice.outer)
    alice.gw.ip("route replace default via %s dev outer0" % bob.outer)
    crosses("the address came back")
    for outer in (alice, bob):
        outer.gw.ip("link set outer0 mtu 1280")
    crosses("the path takes 1280")
    alice.gw.ip("link set culvert0 down")
    lab.check(alice.ping(bob, count=2, wait=1, pattern=MARKER) == 0, "no ping without the device")
    alice.gw.ip("link set culvert0 up")
    crosses("the TUN device came back")
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
