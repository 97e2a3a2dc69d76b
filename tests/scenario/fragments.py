#!/usr/bin/python3
"""IKE messages too long for the path (RFC 7383), with strongSwan at the other
end: its fragments are put together here, and ours there, once we have found out
that long datagrams get lost."""
import lab

SECRET = "cut-into-pieces"
MARKER = b"culvert inside!!"
LONG = {who: who + "-with-a-name-" + "so-long-" * 28 for who in ("alice", "bob")}
IKE = "cipher aes128 auth sha256 dh x25519"
SKF = 53


def drop_long(node):
    """What a bad path does: no datagram of IKE above 600 octets arrives."""
    node.run("nft", "-f", "-", stdin="""
table inet path {
  chain in {
    type filter hook prerouting priority -400
    udp dport { 500, 4500 } meta length > 600 counter drop
  }
}
""")


def fragments(wire, source):
    return [p for p in wire.ike() if p.src == source and p.ike[16] == SKF]


def both_ways(alice, bob, wire):
    mark = len(wire.packets)
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the ping crosses")
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "and the one back")
    wire.settle().check_esp_both_ways(6, mark)


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    drop_long(alice.gw)
    drop_long(bob.gw)
    swan = lab.Swan(alice.gw, options="fragment_size = 576")
    swan.load(lab.swan_conf(alice.outer, bob.outer, LONG["alice"], LONG["bob"], SECRET,
                            ike="aes128-sha256-x25519", local_ts=alice.subnet,
                            remote_ts=bob.subnet))
    b = lab.Culvert(bob.gw)
    b.cli(lab.tunnel(local_address=bob.outer, peer=alice.outer, local_id=LONG["bob"],
                     remote_id=LONG["alice"], local_subnet=bob.subnet, ike=IKE,
                     remote_subnet=alice.subnet, secret=SECRET))

    status, out = swan.initiate("net")
    lab.check(status == 0, "strongSwan's long IKE_AUTH arrives: " + out.strip().split("\n")[-1])
    b.wait_up()
    lab.check(len(fragments(wire, alice.outer)) >= 2, "in fragments")
    both_ways(alice, bob, wire)
    swan.terminate("peer")
    lab.wait_for("the tunnel is down", lambda: not b.is_up())

    wire.packets.clear()
    b.cli("config\ntunnel\nipsec 1\ninitiator\nleave\n")
    b.wait_up(deadline=25)
    sent = fragments(wire, bob.outer)
    lab.check(len(sent) >= 2, "our long IKE_AUTH arrives in fragments, too")
    lab.check(all(len(p.frame) - 14 <= 576 for p in sent), "none above 576 octets")
    lab.check("datagrams of 576" in b.ipsecd.text(), "and the log says why")
    lab.check(swan.installed("net"), "strongSwan has installed it")
    both_ways(alice, bob, wire)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    wire.decode()


lab.main(scenario)
