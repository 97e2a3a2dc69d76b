#!/usr/bin/python3
"""Reauthentication with strongSwan: Culvert does it, then strongSwan, make before
break: no packet is lost and one IKE_SA is left; break before make, which is
strongSwan's default in this version, leaves one as well."""
import re

import lab

QUEUE_MS = 200
INFORMATIONAL = 37
SIZE = 200
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


class Change:
    """Which keys were in use when, by the wire: what the site `us` sent and what
    came to it, numbered packets, some of them kept together by Linux."""

    def __init__(self, wire, us, them, old):
        packets = [p for p in list(wire.packets) if p.esp_spi is not None or p.ike]
        # With our last word on the old IKE_SA the peer forgets what came of it.
        self.bye = max(n for n, p in enumerate(packets) if p.src == us.outer and p.ike and
                       p.ike[:8] == bytes.fromhex(old) and p.ike[18] == INFORMATIONAL)
        self.bye_at = packets[self.bye].when
        size = min(len(p.payload) for p in packets if p.esp_spi is not None and
                   len(p.payload) > SIZE)
        self.sent, self.came = ([
            (n, p.esp_spi, p.when) for n, p in enumerate(packets)
            if p.src == site.outer and p.esp_spi is not None
            for _ in range(len(p.payload) // size)] for site in (us, them))
        self.old = {self.sent[0][1], self.came[0][1]}

    def with_forgotten_keys(self):
        return [i for i, (n, spi, _) in enumerate(self.sent)
                if n > self.bye and spi in self.old]

    def thrown_away(self, lost):
        """How many ms before our last word those were on the wire; a peer may have
        them in a queue and their keys no more. None: that is not what they are."""
        ms = [(self.bye_at - self.sent[i][2]) * 1000 for i in lost]
        if all(self.sent[i][1] in self.old and m < QUEUE_MS for i, m in zip(lost, ms)):
            return ms
        return None

    def too_early(self):
        """What the peer sent with the new keys before we sent anything with them: who
        answers may have them before who asked has the answer."""
        ready = min(n for n, spi, _ in self.sent if spi not in self.old)
        return [i for i, (n, spi, _) in enumerate(self.came)
                if n < ready and spi not in self.old]


def without_loss(us, them, wire, c, begin, what):
    """us: the site of c. What its peer throws away is no fault of c: what was on its way
    when it closed the old IKE_SA, and what it sent before c could have the keys."""
    lab.wait_for("the tunnel carries", lambda: us.ping(them, count=1, wait=1) == 1)
    old = ike_sas(c)
    wire.settle().packets.clear()
    stream = lab.Stream(us, them, rate=200, size=SIZE)
    begin()
    another(c, old, what)
    lab.wait_for("and it carries", lambda: us.ping(them, count=1) == 1)
    seen = len(wire.esp())
    lab.wait_for("some more", lambda: len(wire.esp()) > seen + 60)
    got = stream.stop()
    change = Change(wire.settle(), us, them, old[0][0])
    (sent, lost), (_, missed) = got[them.name], got[us.name]
    lab.check(sent > 20 and len(change.sent) == sent,
              "%s: %d packets were sent meanwhile, %d were on the wire" % (
                  what, sent, len(change.sent)))
    lab.check(not change.with_forgotten_keys(),
              "%s: none with keys that the peer had forgotten" % what)
    queued = change.thrown_away(lost)
    lab.check(queued is not None, "%s: to %s none lost by us%s" % (
        what, them.name, "".join("; by its peer one that came %.1f ms before the end" % ms
                                 for ms in queued or [])))
    early = change.too_early()
    lab.check(len(missed) <= len(early), "%s: to %s %d lost, of %d that came before we "
              "could have their keys" % (what, us.name, len(missed), len(early)))


def by_us(world):
    alice, bob, wire = lab.two_sites(world)
    swan = swan_at(alice, bob)
    b = lab.Culvert(bob.gw)
    b.cli(settings(bob, alice, initiator=True, reauth_time="1m"))
    b.wait_up()
    out = b.show("ipsec 1")
    lab.check(re.search(r"reauthentication in [45]\ds", out) and
              "reauthentication every 60s" in out, "show has reauth-time and the count-down")
    lab.wait_for("the time", lambda: re.search(r"reauthentication in \ds", b.show("ipsec 1")),
                 60)
    without_loss(bob, alice, wire, b, lambda: None, "reauthentication by Culvert")
    lab.wait_for("one IKE_SA at strongSwan", lambda: len(swan.ike()) == 1, 10)
    lab.check("reauthentication failed" not in b.show("ipsec 1 log"), "nothing failed")


def by_swan(world, make):
    alice, bob, wire = lab.two_sites(world)
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
        without_loss(alice, bob, wire, a, begin, "reauthentication by strongSwan")
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
