#!/usr/bin/python3
"""MOBIKE (RFC 4555) with strongSwan: Culvert as initiator loses its address and
goes on from another one, and home again; then strongSwan does and Culvert follows,
after it has asked the new address for an answer. Without mobike nobody moves."""
import lab

SECRET = "moves-like-nothing"
MARKER = b"culvert inside!!"
OTHER = "192.168.0.22"


def both_ways(alice, bob, wire, address):
    """Pings cross, all of it between Alice's address and this one of Bob's."""
    mark = len(wire.packets)
    lab.wait_for("a ping crosses",
                 lambda: bob.ping(alice, count=1, wait=1, pattern=MARKER) == 1, 20)
    mark = len(wire.packets)
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the ping crosses")
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "and the one back")
    wire.settle().check_esp_both_ways(6, mark)
    lab.check({p.src for p in wire.esp(mark)} == {alice.outer, address},
              "between %s and %s" % (alice.outer, address))


def move(site, old, new):
    site.gw.ip("addr add %s/24 dev outer0" % new)
    site.gw.ip("addr del %s/24 dev outer0" % old)
    if new not in site.gw.ip("addr show outer0"):   # the kernel took it along
        site.gw.ip("addr add %s/24 dev outer0" % new)
    site.gw.ip("route replace default via 192.168.0.1 dev outer0")


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    for site in (alice, bob):       # who is sent what is for an address that has gone
        site.gw.sysctl("net.ipv4.conf.all.send_redirects", 0)
        site.gw.sysctl("net.ipv4.conf.outer0.send_redirects", 0)
    swan = lab.Swan(alice.gw)
    swan.load(lab.swan_conf(alice.outer, "%any", "alice", "bob", SECRET,
                            local_ts=alice.subnet, remote_ts=bob.subnet,
                            extra="mobike = yes"))
    b = lab.Culvert(bob.gw)
    b.cli(lab.tunnel(initiator=True, mobike=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    b.wait_up()
    both_ways(alice, bob, wire, bob.outer)
    move(bob, bob.outer, OTHER)
    lab.say("Bob's local-address is gone, there is another")
    both_ways(alice, bob, wire, OTHER)
    lab.check(OTHER + "[4500]" in b.show("ipsec 1"), "show ipsec 1 has the new address")
    lab.check(OTHER + "[4500]" in swan.sas(), "strongSwan, too")
    move(bob, OTHER, bob.outer)
    both_ways(alice, bob, wire, bob.outer)
    lab.check("IKE_SA #2" not in b.ipsecd.text(), "and home again, without a new handshake")
    wire.decode()

    b.cli("config\ntunnel\nno ipsec 1\nleave\n")
    lab.wait_for("strongSwan was told of the end", lambda: "net" not in swan.sas())
    b.cli(lab.tunnel(mobike=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    swan.load(lab.swan_conf("%any", bob.outer, "alice", "bob", SECRET,
                            local_ts=alice.subnet, remote_ts=bob.subnet,
                            extra="mobike = yes"))
    status, out = swan.initiate("net")
    lab.check(status == 0, "strongSwan begins: " + out.strip().split("\n")[-1])
    both_ways(alice, bob, wire, bob.outer)
    before, alice.outer = alice.outer, "192.168.0.11"
    alice.gw.ip("addr add %s/32 dev outer0" % alice.outer)
    alice.gw.ip("addr del %s/24 dev outer0" % before)
    alice.gw.ip("route add 192.168.0.0/24 dev outer0 src %s" % alice.outer)
    alice.gw.ip("route replace default via %s dev outer0" % bob.outer)
    lab.say("strongSwan's address is gone, there is another")
    both_ways(alice, bob, wire, bob.outer)
    lab.check("#2 " not in b.show("ipsec 1") and alice.outer + "[4500]" in b.show("ipsec 1"),
              "Culvert has followed")
    wire.check_no_clear([MARKER], [alice.outer, before, bob.outer, OTHER])
    wire.decode()


lab.main(scenario)
