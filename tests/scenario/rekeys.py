#!/usr/bin/python3
"""No packet is lost when keys are replaced: numbered packets cross both ways all
the time, while CHILD_SA and IKE_SA are rekeyed by either side in turn, and by both
at once; Culvert with Culvert, then with strongSwan, by IKEv2 and by IKEv1 (by which
the old IKE_SA is there for a while: so it has fewer of them). The arguments are how
many rekeyings of each kind (50 for the whole proof), and what is left out: swan,
culvert, ikev1, ikev2."""
import re
import sys
import threading

import lab

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 8
SECRET = "new-keys-for-old"


def settings(me, you, **more):
    return lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                      remote_id=you.name, local_subnet=me.subnet, remote_subnet=you.subnet,
                      secret=SECRET, **more)


def keys(who):
    """(SPIs of the newest CHILD_SA, SPIs of IKE) as show ipsec 1 has them."""
    out = who.show("ipsec 1")
    return (set(re.findall(r"^\s+(?:in|out) +([0-9a-f]{8}),", out, re.M)[:2]),
            set(re.findall(r"[0-9a-f]{16}(?=_[ir])", out)))


def ask(who, kind):
    if isinstance(who, lab.Swan):
        who.rekey(**{"child": "net"} if kind == "rekey" else {"ike": "peer"})
    else:
        who.cli("tunnel\nipsec 1 %s\n" % kind)


def rekey(seen, kind, by):
    """seen: the Culvert whose keys are looked at; by: who does it, one or both."""
    part = 0 if kind == "rekey" else 1
    old = keys(seen)[part]
    lab.wait_for("keys to be replaced", lambda: len(old) == 2, 1)
    both = [threading.Thread(target=ask, args=(who, kind)) for who in by]
    for t in both:
        t.start()
    for t in both:
        t.join()
    lab.wait_for("%s by %d" % (kind, len(by)), lambda: (
        lambda new: len(new) == 2 and not new & old)(keys(seen)[part]), 30, 0.05)
    # strongSwan 5.9 may take our response for a request it is at, and then needs
    # its retransmission: what is asked of it meanwhile is lost in it.
    for swan in (who for who in by if isinstance(who, lab.Swan)):
        lab.wait_for("strongSwan is done", lambda: swan.installed("net") and not re.search(
            "REKEYING|DELETING|CONNECTING", swan.sas()), 15)


def losses(site):
    """What the data plane of a gateway has thrown away."""
    if lab.in_guest():
        return {w[0]: int(w[1]) for w in map(str.split, site.gw.read(
            "/proc/net/xfrm_stat").splitlines()) if int(w[1])}
    out = site.gw.run("ip", "-s", "link", "show", "culvert0", ok=False)[1]
    m = re.search(r"TX: +bytes.*\n\s+\d+ +\d+ +(\d+) +(\d+)", out)
    return {n: int(v) for n, v in zip(("errors", "dropped"), m.groups()) if int(v)} if m else {}


def prove(alice, bob, seen, sides, count=COUNT):
    lab.wait_for("the tunnel carries", lambda: alice.ping(bob, count=1, wait=1) == 1)
    before = losses(alice), losses(bob)
    stream = lab.Stream(alice, bob, rate=1100)
    for n in range(count):
        by = sides if n % 4 == 3 else [sides[n % len(sides)]]
        rekey(seen, "rekey", by)
        rekey(seen, "rekey-ike", by)
    for name, (sent, lost) in stream.stop().items():
        lab.check(sent > 1000 and not lost, "%d rekeyings of each kind, none of %d packets "
                  "to %s lost" % (count, sent, name))
    lab.check((losses(alice), losses(bob)) == before, "nothing dropped by the data planes' "
              "counters: %s" % (before,))


def with_culvert(world, version):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(settings(alice, bob, version=version))
    b.cli(settings(bob, alice, initiator=True, version=version))
    b.wait_up()
    a.wait_up()
    prove(alice, bob, b, [a, b], COUNT if version == 2 else (COUNT + 1) // 2)
    for c in (a, b):
        c.stop()


def with_swan(world, version):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    swan = lab.Swan(alice.gw)
    swan.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", SECRET,
                            local_ts=alice.subnet, remote_ts=bob.subnet,
                            version=version, ike=lab.swan.DEFAULT_IKE[version]))
    b = lab.Culvert(bob.gw)
    b.cli(settings(bob, alice, initiator=True, version=version))
    b.wait_up()
    prove(alice, bob, b, [b, swan], COUNT if version == 2 else (COUNT + 3) // 4)


def scenario(world):
    for version, name in ((2, "ikev2"), (1, "ikev1")):
        for end, run in (("culvert", with_culvert), ("swan", with_swan)):
            if not {end, name} & set(sys.argv[2:]):
                run(world, version)


lab.main(scenario)
