#!/usr/bin/python3
"""1,000 tunnels in one script: committed at once, and all of them up.

As an argument another number. What it costs: tests/bench/tunnels.py."""
import re
import sys
import time

import lab

COUNT = int(next((x for x in sys.argv[1:] if x.isdigit()), 1000))


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()                 # 1,000 handshakes need no film
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    begin = time.monotonic()
    a.cli(lab.many_tunnels(COUNT, alice.outer, bob.outer, "a", "b", False), timeout=300)
    lab.say("Alice: %d tunnels committed in %.2f s" % (COUNT, time.monotonic() - begin))
    begin = time.monotonic()
    b.cli(lab.many_tunnels(COUNT, bob.outer, alice.outer, "b", "a", True), timeout=300)
    committed = time.monotonic() - begin
    lab.say("Bob: %d tunnels committed in %.2f s" % (COUNT, committed))

    def up():
        return len(re.findall(r"Up\(Installed\)", b.show("ipsec"))) == COUNT
    lab.wait_for("all %d are up" % COUNT, up, 300, 0.5)
    lab.say("all %d are up %.2f s after the commit began" % (COUNT, time.monotonic() - begin))
    begin = time.monotonic()
    out = a.show("ipsec")
    lab.check(out.count("Up(Installed)") == COUNT, "Alice says so, too")
    lab.say("show ipsec of %d tunnels: %.3f s" % (COUNT, time.monotonic() - begin))
    pids = lab.descendants(b.ipsecd.pid)
    lab.say("CPU time of Bob's ipsecd: %.2f s" % lab.cpu_seconds(pids))

    begin = time.monotonic()
    b.cli("config\ntunnel\nipsec 500\ndescription changed\nleave\n".replace("500", str(COUNT // 2)))
    lab.say("one description changed in %.2f s" % (time.monotonic() - begin))
    lab.check(up(), "which disturbs no tunnel")
    # Idle tunnels come back, too, and if it was the responder that lost them.
    old = a.child("ike")
    a.kill_child("ike")
    begin = time.monotonic()
    lab.wait_for("Alice has a new process ike", lambda: a.child("ike") not in (None, old), 10)
    again = re.compile(r"Up\(Installed\)")
    lab.wait_for("all %d are up again" % COUNT,
                 lambda: len(again.findall(a.cli("tunnel\nshow ipsec\n", ok=False)[1])) == COUNT,
                 60, 0.2)
    lab.say("all %d are up again %.2f s after kill -9 of the responder's ike"
            % (COUNT, time.monotonic() - begin))
    # One of them carries.
    n = COUNT // 2
    for site, net in ((alice, 30), (bob, 20)):
        site.gw.ip("addr add %d.%d.%d.1/28 dev lo" % (net, n >> 8, n & 255))
    lab.check(bob.gw.ping("30.%d.%d.1" % (n >> 8, n & 255),
                          source="20.%d.%d.1" % (n >> 8, n & 255)) == 3, "number %d carries" % n)


lab.main(scenario)
