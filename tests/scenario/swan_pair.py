#!/usr/bin/python3
"""The laboratory itself: two strongSwans, so that a failure elsewhere is not
the laboratory's."""
import lab


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    lab.check(alice.ping(bob) == 3, "without a tunnel the wire carries the ping in clear")
    try:
        wire.settle().check_no_clear()
    except lab.Failure:
        lab.say("ok: and the capture says so")
    else:
        raise lab.Failure("the capture did not notice")
    wire.packets.clear()

    a, b = lab.Swan(alice.gw), lab.Swan(bob.gw)
    secret = "a-secret-of-the-laboratory"
    a.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", secret,
                         local_ts=alice.subnet, remote_ts=bob.subnet))
    b.load(lab.swan_conf(bob.outer, alice.outer, "bob", "alice", secret,
                         local_ts=bob.subnet, remote_ts=alice.subnet))
    status, out = b.initiate("net")
    lab.check(status == 0, "the handshake succeeds: " + out.strip().split("\n")[-1])
    lab.check(a.installed("net"), "it is installed at Alice's")
    marker = b"culvert inside!!"
    lab.check(alice.ping(bob, pattern=marker) == 3, "the ping crosses")
    wire.settle()
    wire.check_esp_both_ways(3)
    wire.check_no_clear([marker], [alice.outer, bob.outer])
    wire.decode()


lab.main(scenario)
