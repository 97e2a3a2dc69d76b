#!/usr/bin/python3
"""Somebody scans a gateway with a tunnel of IKEv1, at another address one of IKEv2
and at a third none, with ike-scan: main mode is answered where it is configured,
aggressive mode nowhere, and no answer has an identity in it."""
import re

import lab

SECRET = "not-for-a-scanner-0123456789"
OURS, THEIRS = "alice.hidden.example", "bob.hidden.example"
V2, NONE = "192.168.0.11", "192.168.0.12"
#	AES-128, hash, pre-shared key, group: with SHA-1 as old peers have it
GOOD = ("--trans=(1=7,14=128,2=2,3=1,4=14)",)
OLD = ("--trans=(1=5,2=1,3=1,4=2)",)                # 3DES, MD5, modp1024
AGGRESSIVE = ("--aggressive", "--id=" + THEIRS, "--idtype=2", "--dhgroup=14", *GOOD)
#	The same as a request of IKEv2.
TWO = ("--ikev2", "--dhgroup=14")


def scan(node, target, *options):
    """(handshakes, notifies, what it printed)"""
    out = node.run("ike-scan", "--sport=0", "--retry=2", "--timeout=400", *options, target)
    m = re.search(r"(\d+) returned handshake; (\d+) returned notify", out)
    if not m:
        raise lab.Failure("ike-scan says:\n" + out)
    return int(m[1]), int(m[2]), out


def check_no_id(wire):
    """No datagram of the gateway's has an identity in it."""
    said = [p for p in wire.packets if p.outgoing is False and p.ike]
    lab.check(said, "the gateway said something, %d times" % len(said))
    for word in (OURS, THEIRS, "hidden", SECRET, "alice", "bob"):
        lab.check(not any(word.encode() in p.frame for p in said), "nothing with '%s'" % word)


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    for address in (V2, NONE):
        alice.gw.ip("addr add %s/24 dev outer0" % address)
    a = lab.Culvert(alice.gw)
    common = dict(local_id="name " + OURS, secret=SECRET)
    out = a.cli(lab.tunnel(1, version=1, local_address=alice.outer, remote_id="name " + THEIRS,
                           local_subnet=alice.subnet, remote_subnet=bob.subnet, **common)
                + lab.tunnel(2, local_address=V2, remote_id="name carol.hidden.example",
                             local_subnet="10.3.0.0/24", remote_subnet="10.4.0.0/24", **common))
    lab.check("IKEv1 is deprecated" in out, "the commit warns of IKEv1")

    shakes, notifies, out = scan(bob.gw, alice.outer, *GOOD)
    lab.check((shakes, notifies) == (1, 0) and "Main Mode Handshake returned" in out,
              "main mode is answered where a tunnel has version 1")
    lab.check(re.search(r"Enc=AES.*KeyLength=128.*Hash=SHA1.*Auth=PSK.*Group=14:modp2048", out),
              "with what was offered")
    shakes, notifies, out = scan(bob.gw, alice.outer, *OLD)
    lab.check((shakes, notifies) == (0, 1) and "NO-PROPOSAL-CHOSEN" in out,
              "old algorithms that nobody named are refused")
    lab.check(scan(bob.gw, alice.outer, *AGGRESSIVE)[:2] == (0, 0),
              "aggressive mode is not answered")
    lab.wait_for("the tunnel names aggressive mode",
                 lambda: "aggressive-mode" in [e["code"] for e in a.events(1)[0]])
    found = a.diagnosis(1)[0]
    lab.check(found["code"] == "aggressive-mode" and "aggressive mode" in found["cause"],
              "so does its diagnosis")
    lab.check("tries aggressive mode" in a.ipsecd.text(), "and the log")
    lab.check(scan(bob.gw, alice.outer, *TWO)[0] == 0, "nor is IKEv2 there")
    lab.wait_for("the tunnel names the other version",
                 lambda: "version-mismatch" in [e["code"] for e in a.events(1)[0]])

    lab.check(scan(bob.gw, V2, *GOOD)[0] == 0, "where the tunnel has version 2, no main mode is")
    lab.check(scan(bob.gw, V2, *AGGRESSIVE)[:2] == (0, 0), "nor aggressive mode")
    codes = [e["code"] for e in a.events(2)[0]]
    lab.check("version-mismatch" in codes and "aggressive-mode" in codes,
              "and the tunnel names both: %s" % ", ".join(codes))
    for what in GOOD, OLD, AGGRESSIVE:
        lab.check(scan(bob.gw, NONE, *what)[:2] == (0, 0), "without a tunnel, silence")
    check_no_id(wire.settle())

    b = lab.Culvert(bob.gw)
    b.cli(lab.tunnel(1, version=1, initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="name " + THEIRS, remote_id="name " + OURS, secret=SECRET,
                     local_subnet=bob.subnet, remote_subnet=alice.subnet))
    a.wait_up()
    lab.check(alice.ping(bob) == 3, "the peer that is meant comes in")
    out = a.show("ipsec 1")
    lab.check("IKEv1" in out and "Warning: IKEv1 is deprecated" in out,
              "show says what version it is, and warns")


lab.main(scenario)
