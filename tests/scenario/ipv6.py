#!/usr/bin/python3
"""IPv6 outside, inside, and both."""
import lab

SECRET = "sixty-four-bits-of-luck"
MARKER = b"culvert inside!!"


def one(world, outer6, inner6, peer):
    alice, bob, wire = lab.two_sites(world, v6_outer=outer6, v6_inner=inner6)
    lab.say("outside IPv%d, inside IPv%d, the peer is %s"
            % (outer6 and 6 or 4, inner6 and 6 or 4, peer))
    b = lab.Culvert(bob.gw)
    common = {"secret": SECRET, "initiator": True}
    if peer == "strongSwan":
        a = lab.Swan(alice.gw)
        a.load(lab.swan_conf(alice.outer, bob.outer, alice.outer, bob.outer, SECRET,
                             local_ts=alice.subnet, remote_ts=bob.subnet))
    else:
        a = lab.Culvert(alice.gw)
        a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_subnet=alice.subnet,
                         remote_subnet=bob.subnet, secret=SECRET))
    b.cli(lab.tunnel(local_address=bob.outer, peer=alice.outer, local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, **common))
    b.wait_up()
    mark = len(wire.packets)
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "the ping crosses")
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "and the other way")
    bob.ping(alice, size=2500)          # each end learns how large a packet may be
    lab.check(bob.ping(alice, size=2500) == 3, "fragments cross, too")
    wire.settle().check_esp_both_ways(6, mark)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    wire.decode()
    b.check_counters(6, exactly=False)
    for s in (a, b):
        if isinstance(s, lab.Culvert):
            s.stop()
    wire.stop()


def scenario(world):
    one(world, True, True, "Culvert")
    one(world, True, True, "strongSwan")
    one(world, True, False, "strongSwan")
    one(world, False, True, "strongSwan")


lab.main(scenario)
