#!/usr/bin/python3
"""Culvert begins, strongSwan answers; then each rekeys, and strongSwan closes
the tunnel, which Culvert's traffic brings back."""
import re

import lab

SECRET = "0sdGhpcyBpcyBhIGtleSBvZiAyNTYgYml0cywgcmVhbGx5ISE="
MARKER = b"culvert inside!!"


def configure(world, **more):
    alice, bob, wire = lab.two_sites(world)
    swan = lab.Swan(alice.gw)
    swan.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", SECRET,
                            local_ts=alice.subnet, remote_ts=bob.subnet))
    b = lab.Culvert(bob.gw)
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET, **more))
    b.wait_up()
    lab.say("Up(Installed)")
    lab.check(swan.installed("net"), "strongSwan has installed it, too")
    return alice, bob, wire, swan, b


def check_traffic(alice, bob, wire, count=3):
    mark = len(wire.packets)
    lab.check(bob.ping(alice, count=count, pattern=MARKER) == count,
              "the ping from Bob's host crosses")
    lab.check(alice.ping(bob, count=count, pattern=MARKER) == count,
              "the ping from Alice's host crosses")
    wire.settle().check_esp_both_ways(2 * count, mark)


def scenario(world):
    alice, bob, wire, swan, b = configure(world)
    check_traffic(alice, bob, wire)
    b.check_counters(6)
    print(b.show("ipsec 1"), swan.sas(), sep="\n")
    counted = re.findall(r"^\s+(?:in|out) .* (\d+) packets", swan.sas(), re.M)
    lab.check(counted == ["6", "6"], "strongSwan counts the same: %s" % counted)

    def spis():
        return re.findall(r"^\s+(?:in|out) +([0-9a-f]{8}),", b.show("ipsec 1"), re.M)[:2]

    old = spis()
    swan.rekey(child="net")
    lab.wait_for("new SPIs after strongSwan's rekeying of the CHILD_SA",
                 lambda: len(spis()) == 2 and not set(spis()) & set(old))
    check_traffic(alice, bob, wire)
    ike = re.search(r"[0-9a-f]{16}_i", b.show("ipsec 1")).group()
    swan.rekey(ike="peer")
    lab.wait_for("a new IKE_SA after strongSwan's rekeying of it",
                 lambda: ike not in b.show("ipsec 1"))
    lab.wait_for("still up", b.is_up)
    check_traffic(alice, bob, wire)

    swan.terminate("peer")
    lab.wait_for("strongSwan's end is down", lambda: not swan.installed("net"))
    lab.say("strongSwan has closed the tunnel")
    bob.ping(alice, count=2, wait=1)
    b.wait_up()
    check_traffic(alice, bob, wire)

    b.cli("config\ntunnel\nno ipsec 1\nleave\n")
    lab.wait_for("strongSwan was told of the end", lambda: "net" not in swan.sas())
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])
    wire.decode()


if __name__ == "__main__":
    lab.main(scenario)
