#!/usr/bin/python3
"""TCP throughput of the user data plane against strongSwan's kernel-libipsec,
between the same two network namespaces; in the guest, of the kernel's ESP.

	throughput.py [-t SECONDS] [SUITE ...]		(aes128gcm16)

For each: Mbit/s, CPU seconds of the data plane's processes for each gigabyte,
and the ratio of the two. Not a test: nothing here fails for being slow."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

SECRET = "as-fast-as-it-gets"
args = sys.argv[1:]
SECONDS = 5
if args[:1] == ["-t"]:
    SECONDS, args = int(args[1]), args[2:]
SUITES = args or ["aes128gcm16"]


def gateways(world):
    a, b = world.node("a"), world.node("b")
    world.wire(a, "eth0", b, "eth0")
    for n, (node, other) in enumerate(((a, b), (b, a)), 1):
        node.ip("addr add 192.168.0.%d/24 dev eth0" % n)
        node.ip("addr add 10.0.%d.1/24 dev lo" % n)
        node.ip("route add default via 192.168.0.%d" % (3 - n))
    return a, b


def iperf(a, b, pids, source="10.0.2.1", target="10.0.1.1"):
    server = a.spawn("iperf3", "iperf3", "-s", "-1", "-B", target)
    lab.wait_for("iperf3 listens", lambda: ":5201" in a.run("ss", "-ltn"))
    before = lab.cpu_seconds(pids)
    out = b.run("iperf3", "-J", "-c", target, "-B", source, "-t", SECONDS, "-O", 1,
                timeout=SECONDS + 30)
    used = lab.cpu_seconds(pids) - before
    server.stop()
    end = json.loads(out)["end"]
    rate = end["sum_received"]["bits_per_second"] / 1e6
    return rate, used / (end["sum_received"]["bytes"] * (SECONDS + 1) / SECONDS / 1e9)


def strongswan(world, suite):
    a, b = gateways(world)
    peers = []
    for node, me, you in ((a, 1, 2), (b, 2, 1)):
        s = lab.Swan(node)
        s.load(lab.swan_conf("192.168.0.%d" % me, "192.168.0.%d" % you, "g%d" % me,
                             "g%d" % you, SECRET, esp=suite, local_ts="10.0.%d.0/24" % me,
                             remote_ts="10.0.%d.0/24" % you))
        peers.append(s)
    status, out = peers[1].initiate("net")
    lab.check(status == 0, "strongSwan's tunnel is up")
    pids = [p for s in peers for p in lab.descendants(s.process.pid)] \
        + [s.process.pid for s in peers]
    got = iperf(a, b, pids)
    for s in peers:
        s.process.stop()
    return got


def culvert(world, suite):
    a, b = gateways(world)
    peers = []
    for node, me, you in ((a, 1, 2), (b, 2, 1)):
        c = lab.Culvert(node)
        c.cli(lab.tunnel(initiator=me == 2, local_address="192.168.0.%d" % me,
                         peer="192.168.0.%d" % you, local_id="g%d" % me, remote_id="g%d" % you,
                         local_subnet="10.0.%d.0/24" % me, remote_subnet="10.0.%d.0/24" % you,
                         secret=SECRET, esp="cipher " + suite.replace("-", " auth ")))
        peers.append(c)
    peers[1].wait_up()
    pids = [p for c in peers for p in lab.descendants(c.ipsecd.pid)]
    got = iperf(a, b, pids)
    for c in peers:
        c.stop()
    return got


def scenario(world):
    a, b = gateways(world)
    rate, _ = iperf(a, b, [])
    print("without a tunnel                          %7.0f Mbit/s" % rate)
    for suite in SUITES:
        theirs = strongswan(world, suite)
        print("%-18s strongSwan, %-9s %8.0f Mbit/s  %6.2f CPU s/GB" % (
            suite, "xfrm" if lab.in_guest() else "libipsec", *theirs), flush=True)
        ours = culvert(world, suite)
        print("%-18s Culvert,    %-9s %8.0f Mbit/s  %6.2f CPU s/GB   %.1f times" % (
            suite, "xfrm" if lab.in_guest() else "user", *ours, ours[0] / theirs[0]),
            flush=True)


lab.main(scenario)
