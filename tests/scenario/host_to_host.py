#!/usr/bin/python3
"""No subnets: the tunnel is between the gateways themselves (S1-117, S1-118),
also when the responder accepts any address; IKE itself stays outside."""
import lab

SECRET = "just-the-two-of-us"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, secret=SECRET))
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     secret=SECRET))
    a.wait_up()
    b.wait_up()
    out = a.show("ipsec 1")
    for line in ("local 192.168.0.1/32", "remote 192.168.0.2/32", "local: dynamic",
                 "remote: dynamic"):
        lab.check(line in " ".join(out.split()), "show says '%s'" % line)
    lab.check(alice.gw.ping(bob.outer, pattern=MARKER) == 3, "Alice reaches Bob")
    lab.check(bob.gw.ping(alice.outer, pattern=MARKER) == 3, "Bob reaches Alice")
    wire.settle().check_esp_both_ways(6)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    a.check_counters(6)
    wire.decode()
    b.stop()
    b.clear()

    lab.say("the same with strongSwan in Bob's place")
    swan = lab.Swan(bob.gw)
    swan.load(lab.swan_conf(bob.outer, alice.outer, bob.outer, alice.outer, SECRET))
    status, text = swan.initiate("net")
    lab.check(status == 0, "strongSwan's handshake succeeds: " + text.strip().splitlines()[-1])
    a.wait_up()
    mark = len(wire.packets)
    lab.check(alice.gw.ping(bob.outer, pattern=MARKER) == 3, "Alice reaches Bob")
    wire.settle().check_esp_both_ways(3, mark)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
