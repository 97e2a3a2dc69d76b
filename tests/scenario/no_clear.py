#!/usr/bin/python3
"""What matches a tunnel never leaves in clear: not in the first packet after the
commit, and not while ipsecd is restarted, killed, or away for a while, under
traffic from both sides all the time. A deliberate --clear ends that."""
import subprocess
import time

import lab

MARKER = b"culvert inside!!"
SECRET = "never-in-the-open"


def first_packets(a, site, wire):
    """A script that commits a tunnel and sends into it with its next line."""
    n = 5
    for i in range(2, 2 + n):
        text = lab.tunnel(i, local_address=site.outer, peer="192.168.0.77", local_id="a%d" % i,
                          remote_id="b%d" % i, local_subnet=site.subnet,
                          remote_subnet="10.77.%d.0/24" % i, secret=SECRET)
        site.gw.run("sh", "-c", "%s && ping -n -q -c 3 -i 0.01 -W 1 -p %s -I %s 10.77.%d.1 || :"
                    % (" ".join(a.shell()), MARKER.hex(), site.inside, i), stdin=text, env=a.env)
    wire.settle().check_no_clear([MARKER])
    lab.say("ok: the first packets after each of %d commits stayed here" % n)
    a.cli("config\ntunnel\n" + "".join("no ipsec %d\n" % i for i in range(2, 2 + n)) + "leave\n")


def floods(alice, bob):
    return [subprocess.Popen(x.host.inside(["ping", "-n", "-q", "-i", "0.01", "-p", MARKER.hex(),
                                            y.host_address]), stdout=subprocess.DEVNULL)
            for x, y in ((alice, bob), (bob, alice))]


def carries(a, b, alice, bob):
    for who in (a, b):
        who.wait_up(deadline=60)
    lab.wait_for("the ping crosses", lambda: alice.ping(bob, count=1, wait=1) == 1, 60)


def policies(site):
    if lab.in_guest():
        return site.gw.run("ip", "xfrm", "policy", "list", "dir", "out")
    return site.gw.run("ip", "route", "show", "table", "220", ok=False)[1]


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    first_packets(a, alice, wire)
    for who, me, you, more in ((a, alice, bob, {}), (b, bob, alice, {"initiator": True})):
        who.cli(lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                           remote_id=you.name, local_subnet=me.subnet, secret=SECRET,
                           remote_subnet=you.subnet, **more))
    carries(a, b, alice, bob)
    traffic = floods(alice, bob)
    for who, site in ((a, alice), (b, bob)):
        other = b if who is a else a
        for what, how, away in (("restarted", "stop", 0), ("killed", "kill", 0),
                                ("away for 5 seconds", "stop", 5)):
            if how == "stop":
                told = other.ipsecd.text().count("the peer closed the tunnel")
                status = who.ipsecd.stop()
                lab.check(status == 0, "%s's ipsecd ends in good order" % site.name)
                lab.wait_for("the peer is told", lambda: told < other.ipsecd.text().count(
                    "the peer closed the tunnel"), 5)
            else:
                who.ipsecd.popen.kill()
                who.ipsecd.popen.wait()
            lab.check("10.0." in policies(site), "its policies are still there")
            time.sleep(away)
            who.start_ipsecd()
            carries(a, b, alice, bob)
            wire.check_no_clear([MARKER], [alice.outer, bob.outer])
            lab.say("ok: %s's ipsecd was %s" % (site.name, what))

    # What is no longer configured when it comes back goes.
    a.cli(lab.tunnel(2, local_address=alice.outer, peer="192.168.0.77", local_id="a2",
                     remote_id="b2", local_subnet=alice.subnet, remote_subnet="10.77.0.0/16",
                     secret=SECRET))
    lab.check("10.77.0.0/16" in policies(alice), "a second tunnel has its policy")
    a.ipsecd.stop()
    a.cli("config\ntunnel\nno ipsec 2\nleave\n")
    lab.check("10.77.0.0/16" in policies(alice), "which stays while nobody is there to remove it")
    a.start_ipsecd()
    lab.wait_for("it goes after the start", lambda: "10.77.0.0/16" not in policies(alice))
    carries(a, b, alice, bob)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])

    a.ipsecd.stop()
    out = a.clear()
    lab.check("sent in clear" in out and "10.0." not in policies(alice), "--clear: " + out.strip())
    lab.wait_for("then the ping leaves in clear, and the film shows it",
                 lambda: any(p.outgoing is False and p.dst == bob.host_address
                             for p in wire.packets[-50:]))
    a.start_ipsecd()
    carries(a, b, alice, bob)
    for t in traffic:
        t.kill()
        t.wait()


lab.main(scenario)
