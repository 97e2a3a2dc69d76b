#!/usr/bin/python3
"""IKEv1 between two Culverts: with a secret and with certificates, rekeyed and closed
by either end, an ike that is killed, and what an administrator sees of it."""
import re

import lab

SECRET = "what-the-old-switches-know"
MARKER = b"culvert inside!!"


class Ends:
    def __init__(self, world):
        self.alice, self.bob, self.wire = lab.two_sites(world)
        self.a, self.b = lab.Culvert(self.alice.gw), lab.Culvert(self.bob.gw)

    def configure(self, **more):
        for c, me, you in ((self.a, self.alice, self.bob), (self.b, self.bob, self.alice)):
            settings = {"local_id": me.name, "remote_id": you.name, "secret": SECRET,
                        **{k: v(me, you) if callable(v) else v for k, v in more.items()}}
            c.cli("config\ntunnel\nno ipsec 1\nleave\n")
            c.cli(lab.tunnel(version=1, initiator=c is self.b or None, local_address=me.outer,
                             peer=you.outer, local_subnet=me.subnet,
                             remote_subnet=you.subnet, **settings))
        self.up()

    def up(self):
        for c in (self.b, self.a):
            c.wait_up()
        lab.wait_for("both ends have the same SAs", lambda: self.keys(self.a) == self.keys(self.b))
        mark = len(self.wire.packets)
        for site, other in ((self.alice, self.bob), (self.bob, self.alice)):
            lab.check(site.ping(other, pattern=MARKER) == 3,
                      "pings from %s's host cross" % site.name)
        self.wire.settle().check_esp_both_ways(3, mark)

    def keys(self, c):
        """({cookies}, {SPIs}) of the newest SAs; none while a daemon starts."""
        out = c.cli("tunnel\nshow ipsec 1\n", ok=False)[1]
        return (set(re.findall(r"[0-9a-f]{16}(?=_[ir])", out)[:2]),
                set(re.findall(r"^\s+(?:in|out) +([0-9a-f]{8}),", out, re.M)[:2]))

    def rekey(self):
        for c in (self.a, self.b):
            for part, command in ((1, "rekey"), (0, "rekey-ike")):
                old = self.keys(c)[part]
                c.cli("tunnel\nipsec 1 %s\n" % command)
                lab.wait_for("%s by %s" % (command, c.node.name), lambda: (
                    lambda new: len(new) == 2 and not new & old)(self.keys(c)[part]), 40)
        self.up()

    def close(self):
        for c, other in ((self.a, self.b), (self.b, self.a)):
            c.cli("tunnel\nipsec 1 terminate\n")
            if c is self.b:
                other.wait_status("Down")
                c.cli("tunnel\nipsec 1 initiate\n")
            self.up()

    def kill(self, c):
        old = self.keys(self.b)[0]
        c.kill_child("ike")
        lab.wait_for("a new IKE_SA", lambda: (
            lambda new: new and not new & old)(self.keys(self.b)[0]), 40)
        self.up()


def scenario(world):
    ends = Ends(world)
    ends.configure()
    out = ends.b.show("ipsec 1")
    lab.check("ESTABLISHED, IKEv1," in out, "show ipsec 1 says IKEv1")
    lab.check(not re.search("IKEv2", out), "and nowhere IKEv2")
    ends.rekey()
    ends.close()
    ends.kill(ends.a)
    ends.kill(ends.b)
    lab.say("--- with certificates")
    pki = lab.Pki(world, key="rsa2048", good=True)
    for c, name in ((ends.a, "alice"), (ends.b, "bob")):
        c.certificates(pki[name], ca={"trusted": pki["root"]})
    ends.configure(method="cert", ca="trusted", secret=None,
                   certificate=lambda me, _: me.name,
                   local_id=lambda me, _: "name " + pki[me.name].id,
                   remote_id=lambda _, you: "name " + pki[you.name].id)
    ends.rekey()
    ends.wire.settle().check_no_clear([MARKER], [ends.alice.outer, ends.bob.outer])
    ends.wire.decode()


lab.main(scenario)
