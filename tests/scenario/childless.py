#!/usr/bin/python3
"""strongSwan begins with an IKE_SA alone (RFC 6023), and asks for the CHILD_SA
afterwards."""
import lab
from strongswan_responder import MARKER, SECRET, check_traffic


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a = lab.Culvert(alice.gw)
    a.cli(lab.tunnel(local_address=alice.outer, local_id="alice", remote_id="bob",
                     local_subnet=alice.subnet, remote_subnet=bob.subnet, secret=SECRET))
    swan = lab.Swan(bob.gw)
    swan.load(lab.swan_conf(bob.outer, alice.outer, "bob", "alice", SECRET,
                            local_ts=bob.subnet, remote_ts=alice.subnet,
                            extra="childless = force"))
    status, out = swan._ctl("--initiate", "--ike", "peer", "--timeout", 10, ok=False)
    lab.check(status == 0, "an IKE_SA without a CHILD_SA: %s" %
              out.strip().splitlines()[-1])
    a.wait_status(r"Down\(IKE Established\)")
    lab.check("asked for no CHILD_SA yet" in " ".join(a.show("ipsec 1").split()),
              "and it says why")
    status, out = swan.initiate("net")
    lab.check(status == 0, "then the CHILD_SA: %s" % out.strip().splitlines()[-1])
    a.wait_up()
    lab.check(swan.sas().count("ESTABLISHED") == 1, "in the same IKE_SA")
    check_traffic(alice, bob, wire)
    # Ours is asked whether it can; strongSwan answers what Culvert begins.
    swan.rekey(child="net")
    check_traffic(alice, bob, wire, count=1)
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
