#!/usr/bin/python3
"""The data plane of the kernel by itself: SAs and policies set by hand on two
gateways (tests/kernel/xfrm_drive), every suite, traps, moved endpoints, and what
stays when an engine or the whole of ipsecd goes."""
import os
import queue
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

A, B = "192.168.0.1", "192.168.0.2"
NET_A, NET_B = "10.0.1.0/24", "10.0.2.0/24"
CLASSIC = ["aes128", "aes256", "aes128ctr", "aes256ctr"]
AEAD = ["aes128gcm12", "aes128gcm16", "aes256gcm12", "aes256gcm16", "aes128ccm12",
        "aes128ccm16", "aes256ccm12", "aes256ccm16", "chacha20poly1305"]
HASHES = ["sha1", "sha256", "sha384", "sha512"]


class Drive:
    """The program in a gateway; events and datagrams collect in the order of
    their coming."""

    def __init__(self, node):
        self.node = node
        self.popen = subprocess.Popen(
            node.inside([lab.build_dir() + "/tests/kernel/xfrm_drive"]), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1)
        self.answers, self.events = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            words = line.split()
            if words[0] in ("event", "got"):
                self.events.append(words)
            else:
                self.answers.put(line.strip())

    def ask(self, *words):
        self.popen.stdin.write(" ".join(map(str, words)) + "\n")
        return self.answers.get(timeout=20)

    def do(self, *words):
        got = self.ask(*words)
        if not got.startswith("ok"):
            raise lab.Failure("%s: '%s' gave: %s" % (self.node.name, " ".join(map(str, words)), got))
        return got.split()[1:]

    def event(self, *wanted):
        return lab.wait_for("event %s" % (wanted,), lambda: any(
            tuple(e[:len(wanted)]) == wanted for e in self.events), 5)

    def kill(self):
        self.popen.kill()
        self.popen.wait()


class Pair:
    """Both directions of one CHILD_SA of tunnel `number` between two drives."""

    def __init__(self, a, b, number, suite, spi, outer=(A, B), nets=(NET_A, NET_B),
                 ports=(0, 0), more=""):
        self.a, self.b, self.number, self.outer = a, b, number, outer
        self.ab, self.ba = "%08x" % spi, "%08x" % (spi + 1)
        for d, inn, out, me, peer, mine, theirs, p, q in (
                (a, self.ba, self.ab, *outer, *nets, *ports),
                (b, self.ab, self.ba, *reversed(outer), *reversed(nets), *reversed(ports))):
            d.do("add", number, inn, "in", suite, peer, me, mine, theirs, q, p, more)
            d.do("add", number, out, "out", suite, me, peer, mine, theirs, p, q, more)

    def counters(self):
        (o, p), n = self.outer, self.number
        return [int(d.do("counters", n, spi, way, x, y)[1]) for d, spi, way, x, y in (
            (self.a, self.ab, "out", o, p), (self.b, self.ab, "in", o, p),
            (self.b, self.ba, "out", p, o), (self.a, self.ba, "in", p, o))]

    def delete(self):
        (o, p), n = self.outer, self.number
        for d, spi, way, x, y in (
                (self.a, self.ab, "out", o, p), (self.b, self.ab, "in", o, p),
                (self.b, self.ba, "out", p, o), (self.a, self.ba, "in", p, o)):
            d.do("del", n, spi, way, x, y)


def lines(node, what):
    return node.run("ip", "xfrm", *what.split()).count("reqid")


def policies(a, b, number=1, nets=(NET_A, NET_B), outer=(A, B)):
    a.do("policy", number, *nets, *outer)
    b.do("policy", number, *reversed(nets), *reversed(outer))


def trap(alice, bob, a, b):
    policies(a, b)
    a.do("sync")
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "a trapped packet is dropped")
    a.event("event", "acquire", "1")
    lab.say("ok: it made the kernel ask for tunnel 1")
    lab.check(not b.events, "Bob's kernel asked for nothing")
    for _ in range(2):
        time.sleep(1.1)
        a.events.clear()
        alice.ping(bob, count=1, wait=1)
        a.event("event", "acquire", "1")
    lab.say("ok: nobody answered, and the next packets made it ask again")
    a.kill()
    a = Drive(alice.gw)
    a.do("open")
    a.do("begin")
    policies(a, b)
    a.do("sync")
    alice.ping(bob, count=1, wait=1)
    a.event("event", "acquire", "1")
    lab.say("ok: also after a kill and a new start")
    return a


def every_suite(alice, bob, a, b):
    spi = 0xc0001000
    suites = ["%s-%s" % (e, h) for e in CLASSIC for h in HASHES] + AEAD
    for suite in suites:
        for more in ("", "esn"):
            pair = Pair(a, b, 1, suite, spi, more=more)
            spi += 2
            if alice.ping(bob, count=2) != 2:
                raise lab.Failure("no ping with %s %s" % (suite, more))
            got = pair.counters()
            if got != [2, 2, 2, 2]:
                raise lab.Failure("counters with %s %s: %s" % (suite, more, got))
            pair.delete()
    lab.say("ok: %d suites, with and without ESN, two packets each way counted" % len(suites))


def wrong_key(alice, bob, a, b):
    pair = Pair(a, b, 1, "aes128-sha256", 0xc0002000)
    b.do("del", 1, pair.ab, "in", A, B)
    b.do("add", 1, pair.ab, "in", "aes128-sha512", A, B, NET_B, NET_A, 0, 0)
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "another algorithm opens nothing")
    errors = int(b.do("counters", 1, pair.ab, "in", A, B)[2])
    lab.check(errors == 2, "both packets are counted as integrity failures")
    pair.delete()


def strangers(alice, bob, a, b):
    """What comes out of an SA is only what belongs to it (S1-006)."""
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0003000, nets=(NET_A, "10.0.2.128/25"))
    lab.check(alice.ping(bob, count=2, wait=1) == 0,
              "an SA narrowed to half of the subnet does not carry the other half")
    pair.delete()


def in_udp(alice, bob, a, b, wire):
    for d in (a, b):
        d.do("socket", 4500, 4, "natt")
    since = len(wire.packets)
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0004000, ports=(4500, 4500))
    lab.check(alice.ping(bob, count=3) == 3, "ESP in UDP")
    wire.settle()
    lab.check(all(p.natt for p in wire.esp(since)) and len(wire.esp(since)) == 6,
              "all of it on port 4500")

    # Bob's address changes: first only he knows, then Alice follows.
    bob.gw.ip("addr add 192.168.0.3/24 dev outer0")
    for spi, way, x, y in ((pair.ba, "out", "192.168.0.3", A), (pair.ab, "in", A, "192.168.0.3")):
        b.do("move", 1, spi, way, x, y, 4500, 4500)
    bob.ping(alice, count=2, wait=1)
    a.event("event", "mapping", "1", pair.ba, "192.168.0.3[4500]")
    lab.say("ok: Alice's kernel saw authentic packets from 192.168.0.3")
    for spi, way, x, y in ((pair.ab, "out", A, "192.168.0.3"), (pair.ba, "in", "192.168.0.3", A)):
        a.do("move", 1, spi, way, x, y, 4500, 4500)
    lab.check(alice.ping(bob, count=3) == 3, "the moved SAs carry packets")
    pair.outer = (A, "192.168.0.3")
    got = pair.counters()
    lab.check(got[0] >= 6 and got[2] >= 8, "counters went on: %s" % got)
    pair.delete()
    lab.check(lines(alice.gw, "state list") == 0, "nothing is left of them")


def any_peer(alice, bob, a, b):
    a.do("policy", 1, NET_A, NET_B, A, "any")
    a.events.clear()
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "without a known peer packets are dropped")
    lab.check(not a.events, "and the kernel asks for nothing")
    pair = Pair(a, b, 1, "aes256gcm16", 0xc0005000)
    lab.check(alice.ping(bob, count=2) == 2, "with an SA they go")
    pair.delete()
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "after it they are dropped again")
    a.do("policy", 1, NET_A, NET_B, A, B)


def conflicts(a):
    got = a.ask("policy", 2, NET_A, NET_B, A, B)
    lab.check(got.startswith("no tunnel 1 has the same"), "equal subnets are refused: " + got)
    got = a.ask("del", 1, "c0009999", "in", B, A)
    lab.check("no inbound SA c0009999" in got, "an unknown SA has a sentence: " + got)


def sets(alice, bob, a, b, wire):
    """Several subnets on a side: one SA carries every pair of them."""
    more_a, more_b = NET_A + ",10.0.11.0/24", NET_B + ",10.0.12.0/24"
    for site, net in ((alice, "10.0.11"), (bob, "10.0.12")):
        site.gw.ip("addr add %s.1/24 dev inner0" % net)
        site.host.ip("addr add %s.2/24 dev eth0" % net)
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0005800, nets=(more_a, more_b))
    lab.check(alice.ping(bob, count=2) == 2, "the pair that has a policy")
    policies(a, b, 1, (more_a, more_b))
    lab.check(lines(alice.gw, "policy list") == 12, "four pairs, three policies each")
    for x, y in ((alice.host_address, "10.0.12.2"), ("10.0.11.2", bob.host_address),
                 ("10.0.11.2", "10.0.12.2")):
        lab.check(alice.host.ping(y, count=2, source=x) == 2, "%s to %s" % (x, y))
    got = a.ask("policy", 2, "10.0.77.0/24," + NET_A, NET_B, A, B)
    lab.check("tunnel 1 has the same" in got and lines(alice.gw, "policy list") == 12,
              "a set of which one pair is another's is refused whole: " + got)
    got = a.ask("policy", 1, "10.0.77.0/24,2001:db8::/32", "10.0.78.0/24,2001:db8:1::/48", A, B)
    lab.check(got == "ok" and lines(alice.gw, "policy list") == 6, "a set replaced by another")
    a.do("policy", 1, more_a, NET_B, A, B)
    lab.check(lines(alice.gw, "policy list") == 6, "and by one that is smaller")
    a.kill()
    a = Drive(alice.gw)
    a.do("open")
    a.do("begin")
    policies(a, b)
    lab.check(lines(alice.gw, "policy list") == 3, "a new engine names fewer: the others go")
    a.do("sync")
    lab.check(alice.ping(bob, count=2) == 2, "what stays still carries")
    for p, q in ((A, B), (B, A)):
        alice.gw.run("ip", "xfrm", "state", "delete", "src", p, "dst", q, "proto", "esp", "spi",
                     "0x" + (pair.ab if p == A else pair.ba))
    for spi, way, x, y in ((pair.ab, "in", A, B), (pair.ba, "out", B, A)):
        b.do("del", 1, spi, way, x, y)
    return a


def generations(alice, bob, a, b, wire):
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0006000)
    a.do("policy", 2, NET_A, "10.9.0.0/16", A, "192.168.0.9")
    a.do("begin")
    a.do("policy", 1, NET_A, NET_B, A, B)
    a.do("sync")
    lab.check(lines(alice.gw, "policy list") == 3, "what the new engine does not name is gone")
    lab.check(alice.ping(bob, count=2) == 2, "old SAs carry packets for a moment")
    second = Pair(a, b, 1, "aes128gcm16", 0xc0006100)
    lab.check(lines(alice.gw, "state list") == 2, "a new SA ends the old ones")
    lab.check(alice.ping(bob, count=2) == 2, "and carries packets")

    a.do("begin")
    a.do("policy", 1, NET_A, NET_B, A, B)
    a.do("sync")
    lab.wait_for("old SAs to go by themselves", lambda: lines(alice.gw, "state list") == 0, 9)
    a.events.clear()
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "then packets are dropped")
    a.event("event", "acquire", "1")
    lab.say("ok: and start the tunnel again")
    for p in (pair, second):
        for d, spi, way, x, y in ((b, p.ab, "in", A, B), (b, p.ba, "out", B, A)):
            d.do("del", 1, spi, way, x, y)


def killed(alice, bob, a, b):
    """kill -9 of the process that holds the data plane."""
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0007000)
    a.do("policy", 3, NET_A, "10.8.0.0/16", A, "any")
    a.kill()
    lab.check(alice.ping(bob, count=2) == 2, "without it packets are still protected")
    a = Drive(alice.gw)
    a.do("open")
    a.do("begin")
    a.do("policy", 1, NET_A, NET_B, A, B)
    lab.check(lines(alice.gw, "policy list") >= 5, "the next one leaves what is there")
    a.do("sync")
    lab.check(lines(alice.gw, "policy list") == 3, "until it is told what is wanted")
    lab.wait_for("the SAs to go", lambda: lines(alice.gw, "state list") == 0, 9)
    for spi, way, x, y in ((pair.ab, "in", A, B), (pair.ba, "out", B, A)):
        b.do("del", 1, spi, way, x, y)
    a.do("close")
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "closed with its policies, nothing leaves in clear")
    a.do("open")
    a.do("sync")
    lab.check(lines(alice.gw, "policy list") == 0, "a data plane without tunnels has no policy")
    return a


def flushed(alice, bob, a, b, wire):
    """Somebody removes our policies: they come back, nothing leaves in clear."""
    policies(a, b)
    pair = Pair(a, b, 1, "aes128gcm16", 0xc0007000)
    lab.check(alice.ping(bob) == 3, "the tunnel carries")
    for words in ("flush", "delete src %s dst %s dir out" % (NET_A, NET_B)):
        alice.gw.run("ip", "xfrm", "policy", *words.split())
        lab.wait_for("the policies to come back after ip xfrm policy " + words,
                     lambda: lines(alice.gw, "policy list") == 3)
        lab.check(alice.ping(bob) == 3, "they are back after " + words + ", and the tunnel carries")
    wire.settle().check_no_clear(outer=(A, B, "192.168.0.3"))
    lab.check(not any("lost" in e for e in a.events), "and no SA is missed")
    alice.gw.ip("xfrm state delete src %s dst %s proto esp spi %s" % (A, B, "0x" + pair.ab))
    a.event("event", "lost", "1", pair.ab)
    alice.gw.ip("xfrm state flush")
    a.event("event", "lost", "1", pair.ba)
    lab.say("ok: SAs that somebody removes are reported")
    for spi, way, x, y in ((pair.ab, "in", A, B), (pair.ba, "out", B, A)):
        b.do("del", 1, spi, way, x, y)
    for d in (a, b):
        d.do("nopolicy", 1)
    time.sleep(0.5)
    lab.check(lines(alice.gw, "policy list") == 0, "those that we removed stay away")


def host_to_host(alice, bob, a, b, wire):
    """Subnets that contain the peers: IKE and neighbour discovery still pass."""
    for d in (a, b):
        d.do("socket", 500, 4, "ike")
        d.do("socket", 501, 4, "plain")
    policies(a, b, 4, (A + "/32", B + "/32"))
    a.do("send", 500, B, 500, "hello")
    b.event("got", "500", "hello")
    a.ask("send", 501, B, 501, "hello")
    time.sleep(0.5)
    lab.check(["got", "501", "hello"] not in b.events, "another socket's packets are trapped")
    a.event("event", "acquire", "4")
    pair = Pair(a, b, 4, "aes128gcm16", 0xc0008000, nets=(A + "/32", B + "/32"))
    lab.check(alice.gw.ping(B, count=2) == 2, "with an SA the gateways reach each other")
    lab.check(pair.counters() == [2, 2, 2, 2], "through it")
    a.do("send", 500, B, 500, "again")
    b.event("got", "500", "again")
    lab.check(pair.counters() == [2, 2, 2, 2], "IKE goes beside it")
    pair.delete()
    for d in (a, b):
        d.do("nopolicy", 4)


def six(alice, bob, a, b):
    """IPv6 outside and inside, between the gateways themselves."""
    x, y = "fd00:99::1", "fd00:99::2"
    for gw, addr in ((alice.gw, x), (bob.gw, y)):
        gw.ip("-6 addr add %s/64 dev outer0 nodad" % addr)
    policies(a, b, 5, (x + "/128", y + "/128"), (x, y))
    pair = Pair(a, b, 5, "aes256-sha512", 0xc000a000, (x, y), (x + "/128", y + "/128"))
    # Neighbours are not known yet: their discovery matches the policies too.
    lab.check(alice.gw.ping(y, count=2) == 2, "IPv6 in IPv6, neighbours found in clear")
    lab.check(pair.counters() == [2, 2, 2, 2], "through the SA")
    pair.delete()
    for d in (a, b):
        d.do("socket", 4500, 6, "natt")
    pair = Pair(a, b, 5, "aes128gcm16", 0xc000a100, (x, y), (x + "/128", y + "/128"), (4500, 4500))
    lab.check(alice.gw.ping(y, count=2) == 2, "the same in UDP")
    lab.check(pair.counters() == [2, 2, 2, 2], "through the SA")
    pair.delete()
    for d in (a, b):
        d.do("nopolicy", 5)
    policies(a, b, 6, ("fd00:1::/64", "fd00:2::/64"), (A, B))
    for site, net in ((alice, "fd00:1::"), (bob, "fd00:2::")):
        site.gw.ip("-6 addr add %s1/64 dev inner0 nodad" % net)
        site.host.ip("-6 addr add %s2/64 dev eth0 nodad" % net)
        site.host.ip("-6 route add default via %s1" % net)
        site.gw.ip("-6 route add default dev outer0")
    pair = Pair(a, b, 6, "chacha20poly1305", 0xc000b000, (A, B), ("fd00:1::/64", "fd00:2::/64"))
    lab.check(alice.host.ping("fd00:2::2", count=2) == 2, "IPv6 in IPv4")
    pair.delete()


def scenario(world):
    if not lab.in_guest():
        raise lab.Skip("this kernel may have no ESP: run it in tests/kernel/guest")
    alice, bob, wire = lab.two_sites(world)
    a, b = Drive(alice.gw), Drive(bob.gw)
    for d in (a, b):
        d.do("open")
    a = trap(alice, bob, a, b)
    every_suite(alice, bob, a, b)
    wrong_key(alice, bob, a, b)
    strangers(alice, bob, a, b)
    in_udp(alice, bob, a, b, wire)
    any_peer(alice, bob, a, b)
    conflicts(a)
    a = sets(alice, bob, a, b, wire)
    generations(alice, bob, a, b, wire)
    a = killed(alice, bob, a, b)
    wire.settle().check_no_clear(outer=(A, B, "192.168.0.3"))
    flushed(alice, bob, a, b, wire)
    host_to_host(alice, bob, a, b, wire)
    six(alice, bob, a, b)
    for d in (a, b):
        d.do("close")
        d.do("clear")
    lab.check(lines(alice.gw, "policy list") + lines(bob.gw, "policy list") == 0 and
              "icmp" not in alice.gw.run("ip", "xfrm", "policy"), "cleared, nothing is left")


if __name__ == "__main__":
    lab.main(scenario)
