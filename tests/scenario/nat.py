#!/usr/bin/python3
"""A NAT between: both ends move to port 4500, see on which side the NAT is, and
follow when it forgets and gives Bob another port."""
import lab

SECRET = "behind-seven-routers"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world, nat=True)
    lab.masquerade(alice.router)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, local_id="alice", remote_id="bob",
                     local_subnet=alice.subnet, remote_subnet=bob.subnet, secret=SECRET))
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    a.wait_up()
    b.wait_up()
    outside = "192.168.0.254"
    lab.check("%s[" % outside in a.show("ipsec 1"), "Alice sees the router's address")
    for x in (a, b):
        out = x.show("ipsec 1")
        lab.check("[4500]" in out and "TUNNEL-in-UDP" in out, "port 4500, TUNNEL-in-UDP")
    lab.check("nat" in [d["code"] for d in b.diagnosis()], "the diagnosis says that there is a NAT")
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "the ping from behind the NAT crosses")
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "and the one to behind it")
    wire.settle()
    lab.check(all(p.natt for p in wire.esp()), "all ESP is in UDP, port 4500")
    wire.check_esp_both_ways(6)
    wire.check_no_clear([MARKER], [alice.outer, outside])
    a.check_counters(6)
    b.check_counters(6)

    def ports(since=0):
        return {p.sport for p in wire.esp(since) if p.src == outside}

    old = ports()
    lab.check(len(old) == 1 and 10000 <= min(old) < 20000, "Bob's packets come from port %s" % old)
    lab.masquerade(alice.router, "30000-39999")
    lab.forget_connections(alice.router)
    lab.say("the router forgets, and uses other ports from now on")
    mark = len(wire.packets)
    lab.wait_for("a ping from behind the NAT crosses",
                 lambda: bob.ping(alice, count=1, wait=1, pattern=MARKER) == 1, 5)
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "the ping from behind the NAT crosses")
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "and the one to behind it")
    wire.settle()
    new = ports(mark)
    lab.check(len(new) == 1 and min(new) >= 30000, "now from port %s: Alice has followed" % new)
    lab.wait_for("show ipsec 1 has the new port",
                 lambda: "%s[%d]" % (outside, min(new)) in a.show("ipsec 1"))
    wire.check_no_clear([MARKER], [alice.outer, outside])
    wire.decode()

    # Without its old address the router forgets what it translated.
    moved = "192.168.0.253"
    alice.router.ip("addr del %s/24 dev wan0" % outside)
    alice.router.ip("addr add %s/24 dev wan0" % moved)
    mark = len(wire.packets)
    lab.wait_for("the pings cross again", lambda: bob.ping(alice, pattern=MARKER, wait=1) == 3)
    lab.check("%s[" % moved in a.show("ipsec 1"), "Alice followed Bob to his new address")
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "and reaches him there")
    wire.settle().check_esp_both_ways(6, mark)
    wire.check_no_clear([MARKER], [alice.outer, outside, moved])
    lab.check("IKE_SA #2" not in a.ipsecd.text(), "without a new handshake")


lab.main(scenario)
