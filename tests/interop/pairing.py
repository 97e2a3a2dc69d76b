"""Culvert and one peer in one world, and what must hold between them: the same
SAs at both ends, packets both ways that both have counted, nothing in clear."""
import contextlib
import os
import re
import signal

import lab
from certificates import Certificates

SECRET = "a-secret-that-both-know"
MARKER = b"culvert inside!!"
PATIENCE = 40       # seconds that a busy machine may take for what takes one by itself
PEERS = {"strongswan": lab.Swan, "libreswan": lab.Libreswan, "openiked": lab.OpenIked}


def words(suite, ike=False):
    """The shell's words for a suite in the guide's names: aes256-sha384-x25519."""
    out = []
    for word in suite.split("-"):
        kind = ("prf" if word.startswith("prf") else "auth" if word.startswith("sha") else
                "cipher" if re.match("aes|chacha", word) else "dh")
        out.append("%s %s" % (kind, word))
    return " ".join(out)


class Flow:
    """Pings from one site's host to the other's until stop()."""

    def __init__(self, site, other):
        self.process = site.host.spawn("flow", "ping", "-n", "-i", "0.1", "-W", "2", "-p",
                                       MARKER.hex(), other.host_address)

    def text(self):
        """What this one has written: the log may begin with others."""
        return self.process.text().rpartition("\nPING ")[2]

    def lost(self, sent):
        return sorted(set(range(1, sent + 1)) -
                      set(map(int, re.findall(r"icmp_seq=(\d+)", self.text()))))

    def stop(self, excused=0):
        """All that it has sent until now were answered, but as many as are excused."""
        os.kill(self.process.pid, signal.SIGQUIT)   # it says how many there are
        sent = int(lab.wait_for("ping's count", lambda: re.search(
            r"\d+/(\d+) packets", self.text()))[1])
        with contextlib.suppress(lab.Failure):      # the last may be on their way
            lab.wait_for("the answers", lambda: not self.lost(sent), 3)
        self.process.stop(signal.SIGINT)
        lost = self.lost(sent)
        lab.check(sent and len(lost) <= excused, "of %d pings meanwhile none is lost%s"
                  % (sent, ", but number " + ", ".join(map(str, lost[:10])) if lost else ""))


class Pairing:
    """role and plane are Culvert's, version is of IKE, auth is "psk" or "cert". The initiator is
    always Bob, who with nat is behind one; bad_path is a world of its own to be made
    bad."""

    def __init__(self, world, kind, role, version=2, auth="psk", plane="xfrm", nat=False,
                 v6=False, bad_path=False):
        self.world, self.role, self.version, self.plane = world, role, version, plane
        self.nat, self.v6 = nat, v6
        self.alice, self.bob, self.wire = lab.two_sites(world, nat=nat, v6_outer=v6,
                                                        v6_inner=v6)
        if nat:
            lab.masquerade(self.alice.router)
        bob_is_ours = role == "initiator"
        self.ours = self.bob if bob_is_ours else self.alice
        self.theirs = self.alice if bob_is_ours else self.bob
        more = {"options": "fragment_size = 576"} if kind == "strongswan" else {}
        self.peer = PEERS[kind](self.theirs.gw, **more)
        self.us = lab.Culvert(self.ours.gw, plane)
        self.dirty = self.leftovers = False
        self.pkis = 0
        self.ends = Certificates(self, "rsa2048", good=True).ends() if auth == "cert" else ({}, {})

    # --- configuration ---
    def outside(self, site):
        """The site's address as the other one sees it."""
        return "192.168.0.254" if self.nat and site is self.bob else site.outer

    def connection(self, **changes):
        c = lab.Connection(local=self.theirs.outer, remote=self.outside(self.ours),
                           local_id=self.theirs.name, remote_id=self.ours.name,
                           secret=SECRET, local_ts=self.theirs.subnet,
                           remote_ts=self.ours.subnet, esp=self.peer.DEFAULT_ESP,
                           version=self.version)
        return c.but(**changes)

    def tunnel(self, **changes):
        peer = self.outside(self.theirs)
        settings = {"initiator": self.role == "initiator" or None,
                    "version": None if self.version == 2 else self.version,
                    "local_address": self.ours.outer,
                    "peer": None if self.nat and self.role == "responder" else peer,
                    "local_id": self.ours.name, "remote_id": self.theirs.name,
                    "local_subnet": self.ours.subnet, "remote_subnet": self.theirs.subnet,
                    "secret": SECRET}
        return lab.tunnel(**{**settings, **changes})

    def configure(self, ours=None, theirs=None):
        self.dirty = True
        self.log_mark = len(self.peer.log())
        self.our_mark = len(self.us.ipsecd.text())
        self.peer.configure(self.connection(**{**self.ends[1], **(theirs or {})}))
        self.us.cli(self.tunnel(**{**self.ends[0], **(ours or {})}))

    def connect(self):
        """Whoever is the initiator does it."""
        if self.role == "responder":
            self.peer.initiate()

    def up(self, ours=None, theirs=None):
        self.configure(ours, theirs)
        self.connect()
        self.us.wait_up(deadline=PATIENCE)
        return self.agree()

    def clean(self):
        """Both ends as they were before the first cell, and both agree on that."""
        self.us.cli("config\ntunnel\nno ipsec 1\nleave\n")
        self.peer.unconfigure()
        lab.wait_for("no SA at the peer", lambda: not self.peer.spis(), PATIENCE)
        lab.wait_for("no SA here", lambda: not self.our_kernel(), PATIENCE)
        self.dirty = self.leftovers = False

    def close(self):
        """The daemons end in good order, as every scenario asks of them."""
        self.us.stop()

    # --- certificates ---
    def count(self):
        """A number for each PKI of this world."""
        self.pkis += 1
        return self.pkis

    @contextlib.contextmanager
    def web(self):
        """Both gateways can fetch CRLs."""
        servers = [lab.crl_server(site.gw, self.world) for site in (self.ours, self.theirs)]
        try:
            yield
        finally:
            for s in servers:
                s.stop()

    # --- questions ---
    def state(self):
        return self.us.state()["culvert-tunnel:tunnel"]["ipsec"][0]["state"]

    def our_kernel(self):
        return lab.Kernel(self.ours.gw).spis() if self.plane == "xfrm" else {}

    def peer_log(self):
        return self.peer.log()[self.log_mark:]

    def agreement(self):
        s = self.state()
        children = s.get("child-sa", [])
        ikes = [i for i in s.get("ike-sa", []) if i["state"] == "ESTABLISHED"]
        mine = [{c["spi-in"], c["spi-out"]} for c in children]
        if len(ikes) != 1 or not children or children[0]["state"] != "INSTALLED":
            return None
        if len(children) > 1 and not self.leftovers:
            return None
        spis = set(self.peer.spis())
        if not (spis == mine[0] or (self.leftovers and spis > mine[0])):
            return None
        if not self.peer.installed():
            return None
        theirs = self.peer.ike()
        if not theirs or (len(theirs) > 1 and not self.leftovers):
            return None
        if None not in theirs.values() and theirs != {ikes[0]["spi-i"]: ikes[0]["spi-r"]}:
            return None
        if self.plane == "xfrm":
            kernel = set(self.our_kernel())
            if not (kernel == mine[0] or (self.leftovers and kernel > mine[0])):
                return None
        return children[0], ikes[0]

    def agree(self, deadline=PATIENCE):
        """Exactly one IKE_SA and one CHILD_SA, the same at both ends and in our
        kernel; returns both as show ipsec has them. With leftovers, older ones as
        well."""
        try:
            child, ike = lab.wait_for("both ends have the same SAs", self.agreement, deadline)
        except lab.Failure as e:
            raise lab.Failure("%s\n%s\n%s\n%s\n%s" % (
                e, self.us.show("ipsec 1 detail"), self.our_kernel(), self.peer.sas(),
                self.peer.spis()))
        lab.say("ok: both ends have IKE_SA %s and CHILD_SA %s %s%s" % (
            ike["spi-i"], child["spi-in"], child["spi-out"],
            "" if self.plane == "user" else ", and so has our kernel"))
        return child, ike

    def traffic(self, count=3):
        """Pings cross both ways, as ESP with the SPIs of now, and both count it. With
        leftovers the peer may be about to make another CHILD_SA: then once more."""
        for again in range(3):
            child, _ = self.agree()
            try:
                return self._traffic(child, count)
            except lab.Failure:
                if not self.leftovers or again == 2 or \
                        self.agree()[0]["spi-in"] == child["spi-in"]:
                    raise
                lab.say("there is another CHILD_SA now: once more")

    def _traffic(self, child, count):
        spis = {child["spi-in"], child["spi-out"]}
        theirs, mark = self.peer.spis(), len(self.wire.packets)
        for site, other in ((self.bob, self.alice), (self.alice, self.bob)):
            lab.check(site.ping(other, count=count, pattern=MARKER) == count,
                      "pings from %s's host cross" % site.name)
        self.wire.settle().check_esp_both_ways(2 * count, mark)
        seen = {"%08x" % p.esp_spi for p in self.wire.esp(mark)}
        lab.check(seen == spis, "the SPIs on the wire are %s" % ", ".join(sorted(seen)))
        mine = int(child["packets-in"]), int(child["packets-out"])

        def counted():
            c = self.state()["child-sa"][0]
            now = self.peer.spis()
            return ((int(c["packets-in"]) - mine[0], int(c["packets-out"]) - mine[1])
                    == (2 * count, 2 * count)
                    and all(now[s] - theirs[s] == 2 * count for s in spis))
        lab.wait_for("both ends count %d packets each way" % (2 * count), counted, PATIENCE)
        lab.say("ok: both ends count %d packets each way" % (2 * count))

    def too_early(self, spi, mark):
        """Packets that the peer sent to our new SPI before the answer that has its
        half of the keys, or with IKEv1 before our third message, which says that we
        have them: nobody could read them. Libreswan on a busy machine does."""
        source = self.outside(self.theirs)
        n, answered = 0, False
        for p in self.wire.packets[mark:]:
            theirs = p.src == source
            if p.ike and p.ike[18] == 36 and theirs and p.ike[19] & 0x20:
                return n
            if p.ike and p.ike[18] == 32:
                if answered and not theirs:
                    return n
                answered |= theirs
            n += theirs and p.esp_spi == int(spi, 16)
        return 0

    def gone(self, old, theirs, deadline=PATIENCE):
        """Neither end has what agree() gave, or of theirs, the peer's ike(); the
        peer may have begun anew."""
        child, ike = old
        spis = {child["spi-in"], child["spi-out"]}
        lab.wait_for("the CHILD_SA is gone here", lambda: not spis & {
            c["spi-in"] for c in self.state().get("child-sa", [])}
            and not spis & set(self.our_kernel()), deadline)
        lab.wait_for("the IKE_SA is gone here", lambda: ike["spi-i"] not in {
            i["spi-i"] for i in self.state().get("ike-sa", [])}, deadline)
        lab.wait_for("both are gone at the peer", lambda: not spis & set(self.peer.spis())
                     and not set(theirs) & set(self.peer.ike()), deadline)
        lab.say("ok: neither end has the old SAs")

    def nothing_in_clear(self):
        self.wire.settle().check_no_clear([MARKER], [
            self.alice.outer, self.outside(self.bob)])
