#!/usr/bin/python3
"""The user data plane with static keys between two gateways (esp_driver): every
suite, IPv4 and IPv6 in IPv4 and IPv6, large packets, TCP, who is let through,
what is on the wire, and what happens when the process esp dies."""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

BUILD = os.environ.get("CULVERT_BUILD") or os.environ.get("top_builddir") or "build"
DRIVER = os.path.join(os.path.abspath(BUILD), "tests/dataplane/esp_driver")
MARKER = b"culvert inside!!"
CIPHERS = ("aes128gcm16 aes256gcm16 aes128gcm12 aes128ccm12 aes128ccm16 aes256ccm16 "
           "chacha20poly1305").split()
CLASSIC = "aes128 aes256 aes128ctr aes256ctr".split()
AUTHS = "sha256 sha384 sha512 sha1".split()


class Driver:
    """One gateway's data plane."""

    def __init__(self, node, local, remote):
        self.events, self.answers = [], []
        self.log = open(os.path.join(node.log_dir, "esp_driver.log"), "ab")
        self.p = subprocess.Popen(node.inside([DRIVER, local, remote]), text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=self.log)
        node.lab.at_end.append(self.stop)
        self.more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self._answer()
        self.esp()

    def _read(self):
        for line in self.p.stdout:
            with self.more:
                kind = self.events if line.startswith(("event", "ike")) else self.answers
                kind.append(line.strip())
                self.more.notify()

    def _answer(self):
        with self.more:
            if not self.more.wait_for(lambda: self.answers, 10):
                raise lab.Failure("esp_driver does not answer")
            return self.answers.pop(0)

    def ask(self, words, ok=True):
        self.p.stdin.write(words + "\n")
        self.p.stdin.flush()
        got = self._answer()
        if ok and not got.startswith("ok"):
            raise lab.Failure("%s: %s" % (words, got))
        return got

    def esp(self):
        self.pid = int(self.ask("esp").split()[1])

    def counters(self, tunnel, way, spi):
        got = self.ask("counters %d %s 0x%x" % (tunnel, way, spi)).split()[1:]
        return dict(zip(got[::2], map(int, got[1::2])))

    def stop(self):
        if self.p.poll() is None:
            self.p.stdin.close()
            status = self.p.wait(20)
            lab.check(status == 0, "the driver ends by itself")
        self.log.close()


class Pair:
    """One tunnel between two drivers; keys by a number."""
    spi = 0xc0000000

    def __init__(self, a, b, tunnel, a_net, b_net):
        self.a, self.b, self.tunnel = a, b, tunnel
        self.nets = {a: (a_net, b_net), b: (b_net, a_net)}
        self.up = []
        for d in (a, b):
            d.ask("policy %d %s %s" % (tunnel, *self.nets[d]))

    def install(self, suite, esn=""):
        Pair.spi += 2
        self.spis = {(self.a, self.b): Pair.spi, (self.b, self.a): Pair.spi + 1}
        for (src, dst), spi in self.spis.items():
            for d, way in ((dst, "in"), (src, "out")):
                d.ask("sa %d %s 0x%x %s %d %s %s %s" % (
                    self.tunnel, way, spi, suite, spi % 251, *self.nets[d], esn))
                self.up.append((d, way, spi))

    def remove(self):
        for d, way, spi in self.up:
            d.ask("del %d %s 0x%x" % (self.tunnel, way, spi))
        self.up.clear()


def suites(pair, alice, bob, wire):
    todo = CIPHERS + [c + "-sha256" for c in CLASSIC] + ["aes128-" + a for a in AUTHS]
    for n, suite in enumerate(todo):
        pair.install(suite, "esn" if n % 2 else "")
        begin = len(wire.packets)
        got = alice.ping(bob, pattern=MARKER), alice.ping(bob, size=8000, pattern=MARKER)
        if got != (3, 3):
            raise lab.Failure("%s: %s of (3, 3) pings came back" % (suite, got))
        c = pair.b.counters(pair.tunnel, "in", pair.spis[pair.a, pair.b])
        if c["errors"] or c["replays"] or c["packets"] < 6:
            raise lab.Failure("%s: counters %s" % (suite, c))
        wire.settle().check_esp_both_ways(6, since=begin)
        pair.remove()
        lab.say("ok: %s" % suite)


def tcp(alice, bob, n=6_000_000):
    """n bytes through the tunnel, whole."""
    code = ("import socket,hashlib,sys\n"
            "s=socket.create_server((sys.argv[1],7000),family=%s)\n"
            "print('listening',flush=True)\n"
            "c,_=s.accept();h=hashlib.sha256()\n"
            "while True:\n b=c.recv(1<<20)\n if not b: break\n h.update(b)\n"
            "print(h.hexdigest())\n" % ("socket.AF_INET6" if bob.v6 else "socket.AF_INET"))
    tcp.runs += 1 # its log is a file of its own
    server = bob.host.spawn("tcp-server-%d" % tcp.runs, "/usr/bin/python3", "-uc", code, bob.host_address)
    lab.wait_for("the server listens", lambda: "listening" in server.text())
    send = ("import socket,hashlib,sys,os\nd=os.urandom(int(sys.argv[2]))\n"
            "s=socket.create_connection((sys.argv[1],7000))\ns.sendall(d)\n"
            "print(hashlib.sha256(d).hexdigest())\n")
    sent = alice.host.run("/usr/bin/python3", "-c", send, bob.host_address, n)
    server.popen.wait(20)
    lab.check(sent.strip() in server.text(), "%d bytes of TCP arrive as they were sent" % n)


tcp.runs = 0


def udp_to(node, local, remote, payloads, sport=4500):
    def make():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((local, sport))
        return s
    from lab.net import in_node
    s = in_node(node, make)
    for p in payloads:
        s.sendto(p, (remote, 4500))
    s.close()


def hostile(pair, alice, bob, switch, wire):
    """What must not get through, and what must be noticed."""
    pair.install("aes128gcm16")
    a_spi = pair.spis[pair.a, pair.b]
    lab.check(alice.ping(bob) == 3, "the tunnel is up")
    sent = [p for p in wire.esp() if p.src == alice.outer and p.esp_spi == a_spi]
    before = pair.b.counters(pair.tunnel, "in", a_spi)

    # Replays, changed packets, strangers' SPIs, keepalives and rubbish.
    switch.ip("addr add 192.168.0.77/24 dev br0")
    first = sent[0].payload
    udp_to(switch, "192.168.0.77", bob.outer, [first] * 3)
    lab.wait_for("replays are counted", lambda: pair.b.counters(
        pair.tunnel, "in", a_spi)["replays"] == before["replays"] + 3)
    forged = bytearray(first)
    forged[4:8] = struct.pack("!I", 5000)
    udp_to(switch, "192.168.0.77", bob.outer, [bytes(forged)] * 2)
    lab.wait_for("forgeries are counted", lambda: pair.b.counters(
        pair.tunnel, "in", a_spi)["errors"] == before["errors"] + 2)
    rubbish = [b"\xff", b"", b"\xc0", first[:7], first[:8], first[:20], b"\xab" * 100,
               os.urandom(2000)]
    udp_to(switch, "192.168.0.77", bob.outer, rubbish)
    after = pair.b.counters(pair.tunnel, "in", a_spi)
    lab.check(after["packets"] == before["packets"], "none of it came through")
    lab.check(not any("mapping" in e for e in pair.b.events),
              "none of it moved the peer's address")

    # IKE on port 4500 goes to ike, whole and with its endpoints.
    udp_to(switch, "192.168.0.77", bob.outer, [bytes(4) + b"i" * 300, bytes(4)], 4501)
    lab.wait_for("IKE messages are handed over", lambda: [
        e for e in pair.b.events if e.startswith("ike")] == [
            "ike %s[4500] 192.168.0.77[4501] %d" % (bob.outer, n) for n in (300, 0)])

    # A newer packet of the right keys from elsewhere: the peer has moved.
    alice.gw.run("nft", "-f", "-", stdin="""
table ip n {
  chain c { type nat hook postrouting priority 100; udp sport 4500 masquerade to :40000; }
}
""")
    alice.ping(bob, count=1)
    lab.wait_for("the mapping is told", lambda: any(
        re.match(r"event mapping %d %08x 192.168.0.1\[40000\]" % (pair.tunnel, a_spi), e)
        for e in pair.b.events))
    alice.gw.run("nft", "delete", "table", "ip", "n")
    pair.b.ask("update %d out 0x%x %s %s 4500" % (
        pair.tunnel, pair.spis[pair.b, pair.a], bob.outer, alice.outer))
    lab.check(alice.ping(bob) == 3, "and it goes on after the update")

    # Right keys, wrong addresses inside: both ends disagree on the subnets.
    pair.remove()
    pair.install("aes128gcm16")
    spi = pair.spis[pair.a, pair.b]
    pair.b.ask("del %d in 0x%x" % (pair.tunnel, spi))
    pair.b.ask("sa %d in 0x%x aes128gcm16 %d 10.0.2.0/24 10.77.0.0/24" % (
        pair.tunnel, spi, spi % 251))
    lab.check(alice.ping(bob, count=2, wait=1) == 0,
              "a packet outside the SA's subnets is not let through")
    pair.remove()


def death(pair, alice, bob, wire):
    """kill -9 of the process esp: nothing in clear, and back afterwards."""
    pair.install("aes256gcm16")
    lab.check(alice.ping(bob) == 3, "the tunnel is up")
    spi = pair.spis[pair.a, pair.b]
    # A tunnel without a policy: its SA brings the subnets.
    lab.check("error" in pair.a.ask("policy 8 10.0.1.0/24 any", ok=False),
              "half a policy is refused")
    pair.a.ask("sa 8 out 0xc8888888 aes128gcm16 1 10.0.1.0/24 10.0.99.0/24")

    def learnt():
        return "10.0.99.0/24 dev culvert0" in alice.gw.run("ip", "route", "show",
                                                           "table", "220")
    lab.check(learnt(), "a subnet learnt with an SA is routed")
    os.kill(pair.a.pid, signal.SIGKILL)
    lab.wait_for("every SA is reported gone", lambda: sum(
        e.startswith("event lost %d " % pair.tunnel) for e in pair.a.events) == 2)
    begin = len(wire.packets)
    lab.check(alice.ping(bob, count=3, wait=1) == 0, "no ping crosses without esp")
    lab.check(len(wire.settle().esp(begin)) == 0, "and nothing of it is on the wire")
    routes = alice.gw.run("ip", "route", "show", "table", "220")
    lab.check("culvert0" in routes and "blackhole" in routes, "the routes stay")
    lab.check(learnt(), "also the one that was learnt")
    pair.a.ask("del 8 out 0xc8888888")
    lab.check(not learnt(), "until its SA is deleted")
    pair.a.ask("sa %d out 0x%x aes256gcm16 1 10.0.1.0/24 10.0.2.0/24" % (
        pair.tunnel, spi), ok=False)
    pair.up = [u for u in pair.up if u[0] is not pair.a]
    pair.a.esp()
    pair.a.events.clear()
    alice.ping(bob, count=2, wait=1)
    acquires = [e for e in pair.a.events if e.startswith("event acquire")]
    lab.check(acquires and all(" %d " % pair.tunnel in e for e in acquires),
              "the new one knows the policies: a packet asks for an SA")
    pair.remove()
    pair.install("aes256gcm16")
    lab.check(alice.ping(bob) == 3, "and the tunnel works with new ones")
    # The device itself goes: still nothing in clear.
    begin = len(wire.packets)
    alice.gw.ip("link set culvert0 down")
    alice.ping(bob, count=2, wait=1)
    wire.settle()
    lab.check(not any(p.proto == 1 for p in wire.packets[begin:]),
              "without the device the blackhole takes the packets")
    alice.gw.ip("link set culvert0 up")
    lab.wait_for("the routes come back with the device", lambda: "dev culvert0" in
                 alice.gw.run("ip", "route", "show", "table", "220"))
    lab.check(alice.ping(bob) == 3, "and the pings with the device")
    pair.remove()


def meddling(pair, alice, bob, wire):
    """Somebody removes or replaces our rules, routes and device: what belongs in
    the tunnel does not leave in clear for it, and the tunnel comes back."""
    pair.install("aes256gcm16")
    gw = alice.gw

    def crosses_again(what, begin):
        lab.wait_for(what + ": the tunnel works again",
                     lambda: alice.ping(bob, count=1, wait=1) == 1)
        wire.settle()
        begin_esp = len(wire.packets)
        lab.check(alice.ping(bob) == 3, what + ": and goes on")
        wire.settle().check_esp_both_ways(3, since=begin_esp)
        lab.check(not any(p.proto == 1 for p in wire.packets[begin:]),
                  what + ": nothing in clear")

    def rules(): return [gw.run("ip", f, "rule", "show", "priority", "220") for f in ("-4", "-6")]
    begin = len(wire.packets)
    gw.ip("-4 rule del priority 220")
    gw.ip("-6 rule del priority 220")
    lab.wait_for("rules that somebody removed come back", lambda: all(rules()))
    crosses_again("rules removed", begin)

    def routes(): return gw.run("ip", "route", "show", "table", "220")
    for change in ("route del 10.0.2.0/24 dev culvert0 table 220",
                   "route del blackhole 10.0.2.0/24 metric 4294967295 table 220",
                   "route replace 10.0.2.0/24 via %s table 220" % bob.outer,
                   "route flush table 220"):
        begin = len(wire.packets)
        gw.ip(change)
        lab.wait_for("routes come back after ip " + change, lambda: "blackhole" in routes() and
                     "dev culvert0" in routes() and "via" not in routes())
        crosses_again(change, begin)

    # A commit while the device is down.
    gw.ip("link set culvert0 down")
    pair.a.ask("policy 9 10.0.1.0/24 10.9.9.0/24")
    lab.check("blackhole 10.9.9.0/24" in routes(), "a tunnel made while the device is down is "
              "not sent in clear")
    gw.ip("link set culvert0 up")
    lab.wait_for("and has its route with the device",
                 lambda: re.search("^10.9.9.0/24 dev culvert0", routes(), re.M))
    pair.a.ask("unpolicy 9")
    lab.wait_for("until it is deleted", lambda: "10.9.9" not in routes())

    # The device itself.
    begin = len(wire.packets)
    gw.ip("link del culvert0")
    lab.wait_for("esp ends when its device is gone", lambda: sum(
        e.startswith("event lost %d " % pair.tunnel) for e in pair.a.events) == 2)
    lab.check(alice.ping(bob, count=2, wait=1) == 0, "no ping crosses without the device")
    pair.up = [u for u in pair.up if u[0] is not pair.a]
    pair.a.esp()
    pair.a.events.clear()
    pair.remove()
    pair.install("aes256gcm16")
    crosses_again("device deleted", begin)
    pair.remove()


def everything(pair, alice, bob, wire):
    """A remote subnet of 0.0.0.0/0: all of the network behind, and only that."""
    for d in (pair.a, pair.b):
        for _, way, spi in [u for u in pair.up if u[0] is d]:
            d.ask("del %d %s 0x%x" % (pair.tunnel, way, spi))
        d.ask("unpolicy %d" % pair.tunnel)
    pair.up.clear()
    full = Pair(pair.a, pair.b, 9, alice.subnet, "0.0.0.0/0")
    full.install("aes128gcm16")
    begin = len(wire.packets)
    lab.check(alice.ping(bob) == 3, "a tunnel to everywhere carries")
    lab.check(alice.gw.ping(alice.host_address, source=alice.inside) == 3,
              "the network behind is still a neighbour")
    lab.check(alice.gw.ping("192.168.0.77") == 3, "and the gateway itself stays outside")
    clear = [p for p in wire.settle().packets[begin:] if p.proto == 1]
    lab.check(len(clear) == 6 and {p.src for p in clear} == {alice.outer, "192.168.0.77"},
              "nothing else is in clear")
    pair.a.ask("unpolicy 9")
    lab.check("lookup 221" not in alice.gw.run("ip", "rule"), "its rule goes with it")
    full.remove()


def end(pair, alice):
    pair.a.stop()
    lab.check("proto 220" not in alice.gw.run("ip", "rule"), "the rules are gone in the end")
    lab.wait_for("the device goes with the last process that held it",
                 lambda: "does not exist" in alice.gw.run(
                     "ip", "link", "show", "culvert0", ok=False)[1], 5)


def world(lab_, **kind):
    alice, bob, wire = lab.two_sites(lab_, **kind)
    a = Driver(alice.gw, alice.outer, bob.outer)
    b = Driver(bob.gw, bob.outer, alice.outer)
    return alice, bob, wire, Pair(a, b, 7, alice.subnet, bob.subnet)


def scenario(lab_):
    if not os.path.exists(DRIVER):
        raise lab.Skip("no %s: make check builds it; CULVERT_BUILD says where" % DRIVER)
    for kind in ({}, {"v6_inner": True}, {"v6_outer": True},
                 {"v6_inner": True, "v6_outer": True}):
        lab.say("--- %s" % (kind or "IPv4 in IPv4"))
        alice, bob, wire, pair = world(lab_, **kind)
        lab.check("fe80:" not in alice.gw.run("ip", "addr", "show", "culvert0"),
                  "the device has no link-local address that nobody answers to")
        if not kind:
            suites(pair, alice, bob, wire)
            hostile(pair, alice, bob, alice.switch, wire)
            death(pair, alice, bob, wire)
            meddling(pair, alice, bob, wire)
        pair.install("aes128-sha512")
        lab.check(alice.ping(bob, pattern=MARKER) == 3, "ping")
        lab.check(alice.ping(bob, size=1332, pattern=MARKER) == 3, "ping of full size")
        tcp(alice, bob)
        tcp(bob, alice)
        wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer, "192.168.0.77"])
        if not kind:
            wire.decode()
            everything(pair, alice, bob, wire)
        end(pair, alice)
        pair.b.stop()
        wire.stop()


lab.main(scenario)
