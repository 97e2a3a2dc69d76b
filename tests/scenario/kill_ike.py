#!/usr/bin/python3
"""kill -9 of the process ike (then of keys, and of esp where there is one) under
traffic: monitor starts it again, the tunnel comes back by itself, and no packet
between the subnets is ever in clear on the wire."""
import re
import subprocess
import time

import lab

SECRET = "rises-from-its-ashes"
MARKER = b"culvert inside!!"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet=bob.subnet, secret=SECRET))
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    b.wait_up()
    lab.check(alice.ping(bob) == 3, "the tunnel carries")
    # Traffic from both hosts for the rest of the test, whatever happens.
    floods = [subprocess.Popen(x.host.inside(["ping", "-n", "-i", "0.02", "-p", MARKER.hex(),
                                              y.host_address]),
                               stdout=subprocess.PIPE, text=True)
              for x, y in ((alice, bob), (bob, alice))]
    for who, site, other in ((b, bob, alice), (a, alice, bob)):
        for child in ("ike", "keys", "esp"):
            old = who.child(child)
            if child == "esp" and not old:
                continue                # only the user data plane has one
            who.kill_child(child)
            begin = time.monotonic()
            lab.wait_for("%s has a new process %s" % (site.name, child),
                         lambda: who.child(child) not in (None, old), 10)
            who.wait_up(deadline=60)
            (a if who is b else b).wait_up(deadline=60)
            lab.wait_for("the ping of %s crosses" % site.name,
                         lambda: site.ping(other, count=1, wait=1) == 1, 60)
            lab.say("ok: %s's process %s was killed; all is well again after %.1f s"
                    % (site.name, child, time.monotonic() - begin))
    for f in floods:
        f.send_signal(2)
        out = f.communicate(timeout=10)[0]
        m = re.search(r"(\d+) packets transmitted, (\d+) received", out)
        lab.say("flood: " + m.group())
        lab.check(int(m.group(2)) > int(m.group(1)) / 4, "the tunnel carried most of the time")
    wire.settle()
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])

    lab.say("and the whole of ipsecd at once")
    pid = b.ipsecd.pid
    subprocess.run(["kill", "-9", str(pid)], check=True)
    b.ipsecd.popen.wait()
    # The kernel's SAs outlive it; those of user space do not. In clear: never.
    crossed = bob.ping(alice, count=3, wait=1, pattern=MARKER)
    if lab.in_guest():
        lab.check(crossed == 3, "without ipsecd the kernel's SAs go on")
    else:
        lab.check(crossed == 0, "without ipsecd no ping crosses")
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])
    b.start_ipsecd()
    b.wait_up(deadline=60)
    lab.wait_for("the ping crosses", lambda: bob.ping(alice, count=1, wait=1) == 1, 60)
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
