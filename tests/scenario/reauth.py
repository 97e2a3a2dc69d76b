#!/usr/bin/python3
"""Reauthentication with strongSwan: Culvert does it, then strongSwan, make before
break: no packet is lost and one IKE_SA is left; break before make, which is
strongSwan's default in this version, leaves one as well."""
import re

import lab

SECRET = "who-are-you-again"


def settings(me, you, **more):
    return lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                      remote_id=you.name, local_subnet=me.subnet, remote_subnet=you.subnet,
                      secret=SECRET, **more)


def swan_at(site, other, options="", extra=""):
    swan = lab.Swan(site.gw, options=options)
    swan.load(lab.swan_conf(site.outer, other.outer, site.name, other.name, SECRET,
                            local_ts=site.subnet, remote_ts=other.subnet, extra=extra))
    return swan


def ike_sas(c):
    return [(sa["spi-i"], sa["state"]) for sa in
            c.state()["culvert-tunnel:tunnel"]["ipsec"][0]["state"].get("ike-sa", [])]


def another(c, old, what, deadline=30):
    """Waits until the IKE_SA is another one, alone."""
    lab.wait_for(what, lambda: (lambda now: len(now) == 1 and now[0][0] != old[0][0])(
        ike_sas(c)), deadline, 0.2)


def without_loss(alice, bob, c, begin, what):
    lab.wait_for("the tunnel carries", lambda: alice.ping(bob, count=1, wait=1) == 1)
    old = ike_sas(c)
    stream = lab.Stream(alice, bob, rate=200)
    begin()
    another(c, old, what)
    lab.check(alice.ping(bob, count=3) == 3, "and it carries")
    for name, (sent, lost) in stream.stop().items():
        lab.check(sent > 20, "%s: %d packets went to %s meanwhile" % (what, sent, name))
        lab.check(not lost, "%s: none of %d packets to %s lost" % (what, sent, name))


def by_us(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    swan = swan_at(alice, bob)
    b = lab.Culvert(bob.gw)
    b.cli(settings(bob, alice, initiator=True, reauth_time="1m"))
    b.wait_up()
    out = b.show("ipsec 1")
    lab.check(re.search(r"reauthentication in [45]\ds", out) and
              "reauthentication every 60s" in out, "show has reauth-time and the count-down")
    lab.wait_for("the time", lambda: re.search(r"reauthentication in \ds", b.show("ipsec 1")),
                 60)
    without_loss(alice, bob, b, lambda: None, "reauthentication by Culvert")
    lab.wait_for("one IKE_SA at strongSwan", lambda: len(swan.ike()) == 1, 10)
    lab.check("reauthentication failed" not in b.show("ipsec 1 log"), "nothing failed")


def by_swan(world, make):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    a = lab.Culvert(alice.gw)
    a.cli(settings(alice, bob, reauth_time="1h"))
    swan = swan_at(bob, alice, options="make_before_break = %s" % ("yes" if make else "no"))
    status, out = swan.initiate()
    lab.check(status == 0, "strongSwan connects: %s" % out.strip().splitlines()[-1])
    a.wait_up()
    lab.check("AUTH_LFT" in swan.log(), "strongSwan hears AUTH_LIFETIME")
    lab.check("reauthentication every 3600s" in a.show("ipsec 1"), "show has reauth-time")

    def begin():
        swan._ctl("--rekey", "--ike", "peer", "--reauth", ok=False)
    if make:
        without_loss(alice, bob, a, begin, "reauthentication by strongSwan")
    else:
        old = ike_sas(a)
        begin()
        another(a, old, "break before make")
        a.wait_up()
    lab.wait_for("one IKE_SA at strongSwan", lambda: len(swan.ike()) == 1, 10)
    lab.wait_for("traffic", lambda: alice.ping(bob, count=1, wait=1) == 1)


def scenario(world):
    by_us(world)
    by_swan(world, True)
    by_swan(world, False)


lab.main(scenario)
