#!/usr/bin/python3
"""strongSwan begins, Culvert answers."""
import re

import lab
from strongswan_responder import MARKER, SECRET, check_traffic


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a = lab.Culvert(alice.gw)
    a.cli(lab.tunnel(local_address=alice.outer, local_id="alice", remote_id="bob",
                     local_subnet=alice.subnet, remote_subnet=bob.subnet, secret=SECRET))
    lab.say("Alice answers any address")
    swan = lab.Swan(bob.gw)
    swan.load(lab.swan_conf(bob.outer, alice.outer, "bob", "alice", SECRET,
                            local_ts=bob.subnet, remote_ts=alice.subnet))
    status, out = swan.initiate("net")
    lab.check(status == 0, "strongSwan's handshake succeeds: %s" % out.strip().splitlines()[-1])
    a.wait_up()
    check_traffic(alice, bob, wire)
    a.check_counters(6)
    print(a.show("ipsec 1"), swan.sas(), sep="\n")

    swan.rekey(child="net")
    lab.wait_for("new SPIs are installed",
                 lambda: re.search(r"net: #2.*INSTALLED", swan.sas()))
    check_traffic(alice, bob, wire)
    swan.rekey(ike="peer")
    lab.wait_for("a new IKE_SA", lambda: re.search(r"peer: #2, ESTABLISHED", swan.sas()))
    check_traffic(alice, bob, wire)

    # A narrower offer is accepted, a foreign one is refused with a reason.
    swan.terminate("peer")
    a.wait_status(r"Down\(\w+\)")
    narrow = bob.subnet.replace("/24", "/25")
    swan.load(lab.swan_conf(bob.outer, alice.outer, "bob", "alice", SECRET,
                            local_ts=narrow, remote_ts="10.0.0.0/8"))
    status, _ = swan.initiate("net")
    lab.check(status == 0, "a different pair of subnets is narrowed to what both want")
    lab.check("local  " + narrow in swan.sas() and "remote " + alice.subnet in swan.sas(),
              "to %s and %s" % (narrow, alice.subnet))
    check_traffic(alice, bob, wire)

    # The administrator hears of what a peer did wrong.
    for what, more, why in (
            ("the wrong secret", {"secret": SECRET[:-5] + "AAAA="}, r"(?i)secret|authentication"),
            ("an unknown identity", {"local_id": "mallory"}, r"mallory"),
            ("a proposal without match", {"ike": "aes128-sha1-modp2048"}, r"(?i)proposal"),
            ("foreign subnets", {"local_ts": "172.20.0.0/16"}, r"172\.20\.0\.0/16")):
        swan.terminate("peer")
        a.wait_status(r"Down\(\w+\)")
        settings = {"local_id": "bob", "secret": SECRET, "local_ts": bob.subnet, **more}
        swan.load(lab.swan_conf(bob.outer, alice.outer, remote_id="alice",
                                remote_ts=alice.subnet, **settings))
        status, _ = swan.initiate("net", timeout=5)
        lab.check(status != 0, what + " is refused")
        lab.wait_for("the log tells why: %s" % why,
                     lambda w=why: re.search(w, a.ipsecd.text()), 5)
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])
    wire.decode()


if __name__ == "__main__":
    lab.main(scenario)
