#!/usr/bin/python3
"""`ipsec restart`: ike closes its tunnels in good order, starts again, and they
come back at once, also those of a responder (S1-165). And ipsecd that comes back
to a tunnel it cannot do, committed while it was away: the others are up."""
import time

import lab

MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet=bob.subnet, secret="again-and-again"))
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret="again-and-again"))
    b.wait_up()
    a.wait_up()
    for who, other in ((b, a), (a, b)):
        old = {child: who.child(child) for child in ("ike", "keys", "esp")}
        begin = time.monotonic()
        who.cli("tunnel\nipsec restart\n")
        lab.wait_for("ike is another process",
                     lambda: who.child("ike") not in (None, old["ike"]), 10)
        who.wait_up(deadline=10)
        other.wait_up(deadline=10)
        lab.say("ok: %s: up again %.1f s after ipsec restart"
                % (who.node.name, time.monotonic() - begin))
        lab.check(time.monotonic() - begin < 3.5, "sooner than the peer tries by itself")
        lab.check(all(who.child(c) == old[c] for c in ("keys", "esp")), "the others stayed")
        lab.check("the peer closed the tunnel" in other.ipsecd.text(), "the peer was told")
        lab.check(alice.ping(bob, pattern=MARKER) == 3, "the tunnel carries")

    a.ipsecd.stop()
    out = a.cli("config\ntunnel\nipsec 2\nlocal-id *.example.com\nlocal-address %s\n"
                "remote-subnet 10.77.0.0/16\nsecret left-for-later\nleave\n"
                % alice.outer)
    lab.check("ipsecd is not running" in out, "the commit says that nobody checked it")
    a.start_ipsecd()
    a.wait_up(deadline=20)
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the first tunnel carries")
    shown = a.show("ipsec 2")
    lab.check("DOWN(Unknown)" in shown.upper().replace("UNKNOWN", "Unknown")
              and "local-id is one identity" in shown, "the second says why not")
    a.refused("config\ntunnel\nipsec 2\ndpd-delay 10\nleave\n", "local-id is one identity")
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
