#!/usr/bin/python3
"""Everything through the tunnel: a remote subnet of 0.0.0.0/0. The network behind
Alice reaches the world by Bob alone; Alice herself stays where she is."""
import lab

SECRET = "all-roads-lead-to-bob"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet="0.0.0.0/0", secret=SECRET))
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet="0.0.0.0/0",
                     remote_subnet=alice.subnet, secret=SECRET))
    a.wait_up()
    b.wait_up()
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the host behind Alice reaches Bob's")
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "and is reached")
    # An address of the world, here Bob's own, is by Bob as well.
    bob.gw.ip("addr add 203.0.113.9/32 dev lo")
    lab.check(alice.host.ping("203.0.113.9", pattern=MARKER) == 3, "and the world behind Bob")
    wire.settle().check_esp_both_ways(9)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    lab.check(alice.gw.ping(alice.host_address) == 3, "Alice still reaches her own network")
    alice.switch.ip("addr add 192.168.0.77/24 dev br0")
    lab.check(alice.switch.ping(alice.outer) == 3, "and is reached from outside")
    wire.packets.clear()
    a.cli("config\ntunnel\nno ipsec 1\nleave\n")
    lab.wait_for("without the tunnel its routes are gone",
                 lambda: "lookup 221" not in alice.gw.run("ip", "rule"))
    if lab.in_guest():
        lab.wait_for("and all its policies", lambda: alice.subnet not in alice.gw.run(
            "ip", "xfrm", "policy"))


lab.main(scenario)
