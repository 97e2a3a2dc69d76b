#!/usr/bin/python3
"""kill -9 of confd in the middle of a commit, at twenty moments: afterwards the
configuration is the old one or the new one, whole, and the tunnel is up."""
import os
import re
import subprocess
import time

import lab

SECRET = "survives-everything"
TUNNELS = 60


def script(round_, save):
    """Sixty tunnels whose description names the round."""
    lines = ["config", "tunnel"]
    for n in range(2, 2 + TUNNELS):
        lines += ["ipsec %d" % n, "local-address 192.168.0.1", "peer 192.168.0.2",
                  "local-id a%d" % n, "remote-id b%d" % n, "secret %s-%d" % (SECRET, n),
                  "local-subnet 10.50.%d.0/24" % n, "remote-subnet 10.60.%d.0/24" % n,
                  "description round-%d" % round_, "end"]
    return "\n".join(lines + ["leave"] + (["copy running-config startup-config"] if save else [])) + "\n"


def rounds(text):
    return sorted(set(re.findall(r"round-(\d+)", text))), len(re.findall(r"round-\d+", text))


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
    begin = time.monotonic()
    a.cli(script(0, save=True))
    whole = time.monotonic() - begin
    lab.say("a commit of %d tunnels, saved, takes %.2f s" % (TUNNELS, whole))
    old, new = 0, 0
    for r in range(1, 21):
        shell = subprocess.Popen(a.node.inside(a.shell()), text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL,
                                 env={**os.environ, **a.env})
        shell.stdin.write(script(r, save=True))
        shell.stdin.close()
        time.sleep(whole * (0.5 + 0.6 * r / 20))     # the shell needs the rest
        a.confd.popen.kill()
        a.confd.popen.wait()
        shell.wait(30)
        a.start_confd()
        which, count = rounds(a.running())
        startup, _ = rounds(a.cli("show startup-config\n"))
        if len(which) != 1 or count != TUNNELS:
            raise lab.Failure("round %d: the configuration is a mixture: %s, %d tunnels"
                              % (r, which, count))
        if len(startup) != 1:
            raise lab.Failure("round %d: the startup configuration is a mixture: %s"
                              % (r, startup))
        new += int(which[0]) == r
        old += int(which[0]) != r
    lab.check(old + new == 20, "%d times the old configuration, %d times the new" % (old, new))
    lab.check(old > 0 and new > 0, "both happened, so the middle was hit")
    a.cli(script(99, save=True))
    lab.check(rounds(a.running()) == (["99"], TUNNELS), "it can be changed as ever")
    lab.check(a.is_up() and b.is_up(), "the tunnel is up")
    lab.check(bob.ping(alice) == 3, "and carries")
    wire.settle().check_no_clear(outer=[alice.outer, bob.outer])


lab.main(scenario)
