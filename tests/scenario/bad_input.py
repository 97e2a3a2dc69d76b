#!/usr/bin/python3
"""Bad input, from the administrator, from the disk and from the network: each a
clear error that names the place; nothing is lost and nothing ends."""
import os
import random
import re
import struct

import lab
from lab import ike

SECRET = "a-good-secret-indeed"
OLD = "192.168.0.22"


def good(alice, bob, number=1, **more):
    settings = {"local_address": alice.outer, "peer": bob.outer, "local_id": "alice",
                "remote_id": "bob", "local_subnet": alice.subnet,
                "remote_subnet": bob.subnet, "secret": SECRET,
                "ike": "cipher aes256 auth sha256 dh modp2048"}
    return lab.tunnel(number, **{**settings, **more})


def shell(a, alice, bob):
    before = a.running()
    a.refused("frobnicate\n", r"input:1: ", "frobnicate")
    a.refused("config\ntunnel\nipsec 1\ndescripton x\nleave\n", r"input:4: ", "descripton")
    a.refused("config\ntunnel\nipsec 1\ndpd-delay 90000\nleave\n", r"input:4: ",
              "1 to 86400 seconds")
    a.refused("config\ntunnel\nipsec 70000\nleave\n", r"input:3: ", "1 to 65535")
    a.refused("config\ntunnel\nipsec 1\nsecret short\nleave\n", "8 to 63")
    a.refused(good(alice, bob, ike="cipher aes128gcm16 auth sha256 dh ecp256"),
              "(?i)AEAD", "leave out auth", "ike")
    a.refused(good(alice, bob, ike="cipher aes128 prf prfsha256 dh ecp256"), "auth")
    a.refused(good(alice, bob, esp="cipher aes128gcm16 auth sha256 dh ecp256"), "(?i)AEAD", "esp")
    a.refused(good(alice, bob, ike="cipher aes129 auth sha256 dh ecp256"), "aes129")
    a.refused(good(alice, bob, secret=None), "needs a secret", r"ipsec|tunnel")
    a.refused(good(alice, bob, local_address=None), "local-address")
    a.refused(good(alice, bob, peer="fd00::7"), "(?i)both be IPv4 or both be IPv6")
    a.refused(good(alice, bob, peer="300.1.2.3"), "300.1.2.3")
    #	What one version of IKE has and the other has not.
    a.refused(good(alice, bob, ike="cipher aes256 auth sha1 dh modp2048"), "sha1 is too weak for IKEv2")
    a.refused(good(alice, bob, esp="cipher aes256 auth sha256 dh modp1024"), "too small for IKEv2")
    for more, words in (
            ({"ike": "cipher aes256gcm16 prf prfsha256 dh modp2048"}, "cannot use an AEAD cipher"),
            ({"ike": "cipher aes256ctr auth sha256 dh modp2048"}, "CBC mode only"),
            ({"ike": "cipher aes256 auth sha256 dh x25519"}, "no number for the groups"),
            ({"esp": "cipher chacha20poly1305"}, "no number for ChaCha20"),
            ({"mobike": True}, "mobike is for IKEv2 only"),
            ({"ppk_id": "p", "ppk": "0123456789abcdef"}, "ppk is for IKEv2 only"),
            ({"local_subnet": "10.0.1.0/24 10.0.3.0/24"}, "one subnet on each side")):
        a.refused(good(alice, bob, version=1, **more), words)
    a.refused(good(alice, bob, dpd_timeout=100), "dpd-timeout is for IKEv1 only")
    out = a.refused(good(alice, bob, version=1) + good(
        alice, bob, version=1, number=2, remote_id="carol", secret="an" + "other-secret",
        remote_subnet="10.9.0.0/24"), "a remote-id cannot", "ipsec 2 and ipsec 1")
    lab.check("other-secret" not in out, "no error repeats a secret")
    a.cli("config\ntunnel\nno ipsec 1\nleave\n")
    a.refused(good(alice, bob, method="cert", certificate="x", ca="y"), r"(?i)certificate|method")
    lab.check(a.running() == before, "the running configuration is what it was")

    a.cli(good(alice, bob))
    before = a.running()
    out = a.refused(good(alice, bob, number=2), r"\b1\b", r"\b2\b", r"(?i)identit|local-id")
    lab.check(SECRET not in out, "no error repeats a secret")
    lab.check(a.running() == before, "the running configuration is what it was")
    a.refused("config\ntunnel\nipsec 1\nsecret bad\x01secret\nleave\n", r"input:4: ")
    a.refused("config\ntunnel\nipsec 1\nsecret 0xABCDEFGH\nleave\n", "(?i)hexadecimal")
    lab.check(a.running() == before, "the running configuration is what it was")


#	Bodies that are wrong for every type, besides those made of the type's own.
def bodies(kind, rng):
    yield b""
    yield b"\x00"
    yield b"\xff" * 3
    yield (b"", 0)                              # length below the header's
    yield (b"", 3)
    yield (b"abcd", 65535)                      # past the end
    yield (bytes(16), 21)
    for n in (4, 8, 12, 40, 300):
        yield rng.randbytes(n)
    own = {
        ike.SA: [
            struct.pack("!BBHBBBB", 0, 0, 8, 1, 1, 0, 255),             # 255 transforms, none there
            struct.pack("!BBHBBBB", 2, 0, 8, 1, 1, 0, 0) * 200,         # 200 proposals
            struct.pack("!BBHBBBB", 0, 0, 200, 1, 1, 200, 1),           # SPI size past the end
            struct.pack("!BBHBBBB", 0, 0, 12, 1, 1, 0, 1) + b"\x03\0\0\0",
            struct.pack("!BBHBBBB", 0, 0, 16, 1, 1, 0, 1)
            + struct.pack("!BBHBBH", 0, 0, 8, 77, 0, 999),              # unknown type
            ike.ike_proposal() + b"x"],
        ike.KE: [struct.pack("!HH", 14, 0), struct.pack("!HH", 14, 0) + bytes(256),
                 struct.pack("!HH", 14, 0) + b"\xff" * 256, struct.pack("!HH", 19, 0) + b"\1" * 64,
                 struct.pack("!HH", 65535, 0) + bytes(32)],
        ike.NONCE: [bytes(15), bytes(257)],
        ike.NOTIFY: [struct.pack("!BBH", 1, 255, 16388) + b"1234", struct.pack("!BBH", 3, 4, 16393)],
        ike.DELETE: [struct.pack("!BBH", 3, 4, 65535), struct.pack("!BBH", 1, 8, 9) + bytes(8)],
        ike.TSI: [struct.pack("!BBBB", 255, 0, 0, 0),
                  struct.pack("!BBBB", 1, 0, 0, 0) + struct.pack("!BBHHH", 7, 0, 4, 0, 0),
                  struct.pack("!BBBB", 1, 0, 0, 0)
                  + struct.pack("!BBHHH", 7, 0, 16, 65535, 0) + bytes(8)],
        ike.IDI: [b"\x01\0\0\0abc", b"\x05\0\0\0" + bytes(15), b"\x09\0\0\0\x30\xff\xff"],
        ike.AUTH: [b"\x02\0\0\0", b"\xff\0\0\0" + bytes(64)],
        ike.CP: [b"\x01\0\0\0" + struct.pack("!HH", 1, 65535)],
        ike.SKF: [struct.pack("!HH", 1, 0), struct.pack("!HH", 2, 65535) + bytes(32)],
    }
    own[ike.TSR], own[ike.IDR] = own[ike.TSI], own[ike.IDI]
    yield from own.get(kind, ())


def init_payloads(kind, body):
    """A good IKE_SA_INIT in which one payload is replaced, or added."""
    good_ones = [(ike.SA, ike.ike_proposal()), (ike.KE, struct.pack("!HH", 14, 0) + os.urandom(256)),
                 (ike.NONCE, os.urandom(32))]
    if kind in (ike.SA, ike.KE, ike.NONCE):
        return [(k, body if k == kind else b) for k, b in good_ones]
    return [*good_ones, (kind, body)]


def auth_payloads(kind, body):
    ts = struct.pack("!BBBB", 1, 0, 0, 0) + struct.pack("!BBHHH", 7, 0, 16, 0, 65535) \
        + bytes([10, 0, 2, 0, 10, 0, 2, 255])
    esp = struct.pack("!BBHBBBB", 0, 0, 40, 1, 3, 4, 3) + b"\xc1\2\3\4" \
        + ike.transform(False, 1, 12, 256) + ike.transform(False, 3, 12) + ike.transform(True, 5, 0)
    good_ones = [(ike.IDI, b"\x02\0\0\0bob"), (ike.AUTH, b"\x02\0\0\0" + bytes(32)),
                 (ike.SA, esp), (ike.TSI, ts), (ike.TSR, ts)]
    if kind in dict(good_ones):
        return [(k, body if k == kind else b) for k, b in good_ones]
    return [*good_ones, (kind, body)]


def network(world, a, alice, bob):
    rng = random.Random(2026)
    peer = ike.Peer(bob.gw, bob.outer, alice.outer)
    pids = {c: a.child(c) for c in ("ike", "keys")}
    kinds = sorted(ike.NAMES)
    # One of each, so that none is left out of the log for being one too many.
    for kind in kinds:
        peer.sa_init()
        peer.sealed(ike.IKE_AUTH, auth_payloads(kind, (b"abcd", 65535)))
        peer.answer(2.0)
    text = a.ipsecd.text()
    for kind in kinds:
        name = "99" if kind == 99 else ike.NAMES[kind]
        if not re.search(r"%s\[\d+\] sent .*payload %s\b" % (bob.outer, name), text):
            raise lab.Failure("the log does not name a broken payload %s" % name)
    lab.say("ok: the log names the peer and the payload, for every type")
    sent = 0
    for kind in kinds:
        for body in bodies(kind, rng):
            peer.fresh()
            peer.clear(ike.SA_INIT, init_payloads(kind, body))
            peer.clear(ike.IKE_AUTH, [(kind, body)])            # must be encrypted, is not
            sent += 2
    peer.drain()
    lab.say("sent %d broken messages in clear, every payload type" % sent)

    refused = {}
    for kind in kinds:
        for body in bodies(kind, rng):
            peer.sa_init()
            peer.sealed(ike.IKE_AUTH, auth_payloads(kind, body))
            sent += 1
            got = peer.answer(2.0)
            if got is None or ike.NOTIFY not in got or ike.AUTH in got:
                # A message that cannot be parsed may be dropped, never accepted.
                if got and ike.AUTH in got:
                    raise lab.Failure("a broken %s is accepted" % ike.NAMES[kind])
                refused[None] = refused.get(None, 0) + 1
            else:
                n = ike.notify_type(got[ike.NOTIFY])
                refused[n] = refused.get(n, 0) + 1
    lab.say("and encrypted: answers by notify type: %s" % refused)
    lab.check(7 in refused, "INVALID_SYNTAX is among them")

    lab.say("headers that lie")
    for n in range(60):
        peer.send(rng.randbytes(n))
    peer.fresh()
    for length in (0, 27, 28, 65535, 0xffffffff):
        peer.clear(ike.SA_INIT, init_payloads(ike.VENDOR, b"x"), length=length)
    for exchange in (0, 33, 38, 250):
        peer.clear(exchange, [(ike.VENDOR, b"x")])
    for flags in (0, 0x20, 0x28, 0x10, 0xff):
        peer.clear(ike.SA_INIT, init_payloads(ike.VENDOR, b"x"), flags=flags)
    peer.sa_init()
    for pad in (255, 200):
        peer.sealed_bytes(ike.IKE_AUTH, ike.VENDOR, bytes(4), pad=pad)
    peer.sealed_bytes(ike.IKE_AUTH, 0, b"")
    peer.drain()

    lab.check(pids == {c: a.child(c) for c in ("ike", "keys")},
              "the processes are the same as before")
    lines = len(re.findall("sent a message|malformed", a.ipsecd.text()))
    lab.check(lines < 150, "%d of them fill only %d lines of the log" % (sent, lines))


#	IKEv1: payloads in a transform that a tunnel takes; each is then spoiled.
V1_KINDS = (*range(1, 22), 99, 128, 130, 132, 255)
V1_MAIN, V1_AGGRESSIVE, V1_INFO, V1_QUICK = 2, 4, 5, 32


def v1_message(cookies, exchange, payloads, flags=0, msgid=0, length=None):
    body, kinds = b"", [k for k, _ in payloads] + [0]
    for (_, data), after in zip(payloads, kinds[1:]):
        data, n = data if isinstance(data, tuple) else (data, len(data) + 4)
        body += struct.pack("!BBH", after, 0, n) + data
    return cookies + struct.pack("!BBBBII", kinds[0], 0x10, exchange, flags, msgid,
                                 28 + len(body) if length is None else length) + body


def v1_offer():
    attributes = b"".join(struct.pack("!HH", 0x8000 | t, v)
                          for t, v in ((1, 7), (14, 128), (2, 4), (3, 1), (4, 14)))
    transform = struct.pack("!BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    return struct.pack("!II", 1, 1) + struct.pack("!BBHBBBB", 0, 0, 8 + len(transform),
                                                  1, 1, 0, 1) + transform


def network_v1(a, alice, bob):
    """The same for a tunnel of IKEv1, at a gateway where nothing is half open: there
    are no cookies to ask a peer for when much is."""
    rng = random.Random(1998)
    bob.gw.ip("addr add %s/24 dev outer0" % OLD)
    a.cli(good(alice, bob, number=9, version=1, ike=None, peer=OLD, remote_id="old",
               remote_subnet="10.9.0.0/24"))
    peer = ike.Peer(bob.gw, OLD, alice.outer)
    pids = {c: a.child(c) for c in ("ike", "keys")}

    def begin():
        """A good first message; the cookies of both."""
        peer.drain()
        mine = rng.randbytes(8)
        peer.send(v1_message(mine + bytes(8), V1_MAIN, [(1, v1_offer())]))
        while (got := peer.receive(5.0)) and got[:8] != mine:
            pass            # an answer to what was sent before
        return got[:16] if got and got[18] == V1_MAIN and got[8:16] != bytes(8) else None

    sent = 0
    for kind in V1_KINDS:
        cookies = begin()
        if not cookies:
            raise lab.Failure("a good first message of main mode has no answer")
        for body in bodies(None, rng):
            ke = [(4, os.urandom(256)), (10, os.urandom(16))]
            peer.send(v1_message(cookies, V1_MAIN, [*ke, (kind, body)]))
            peer.send(v1_message(cookies, V1_MAIN, [(kind, body)], flags=1))
            peer.send(v1_message(cookies, V1_INFO, [(kind, body)], msgid=7))
            sent += 3
    for kind in V1_KINDS:
        for body in bodies(None, rng):
            peer.send(v1_message(rng.randbytes(8) + bytes(8), V1_MAIN, [(kind, body)]))
            peer.send(v1_message(rng.randbytes(8) + bytes(8), V1_MAIN,
                                 [(1, v1_offer()), (kind, body)]))
            for exchange in (V1_AGGRESSIVE, V1_INFO, V1_QUICK):
                peer.send(v1_message(rng.randbytes(16), exchange, [(kind, body)],
                                     flags=rng.randrange(8), msgid=rng.getrandbits(32)))
            sent += 5
        peer.drain()
    for length in (0, 27, 28, 65535, 0xffffffff):
        peer.send(v1_message(rng.randbytes(16), V1_MAIN, [(13, b"x")], length=length))
    peer.drain()
    lab.say("sent %d broken messages of IKEv1" % sent)
    lab.check(pids == {c: a.child(c) for c in ("ike", "keys")},
              "the processes are the same as before")


def files(a):
    a.cli("copy running-config startup-config\n")
    before = a.running()
    path = a.node.run("sh", "-c", "ls /var/lib/culvert/startup*").split()[0]
    whole = a.node.read(path)
    lab.say("the startup file is %s, %d bytes" % (path, len(whole)))
    a.confd.stop()
    for what, text in (("cut in half", whole[:len(whole) // 2]), ("empty", ""),
                       ("binary", "\x01\x02\x7f" * 100),
                       ("of a value out of range", whole.replace('"alice"', '"al\\u0001ice"'))):
        a.node.write(path, text)
        a.node.new_boot()
        mark = len(a.confd.text())
        try:
            a.start_confd()
        except lab.Failure:
            lab.say("confd does not start")
        said = a.confd.text()[mark:]
        lab.check("startup.json" in said, "%s: confd names the file: %s" % (
            what, next((x for x in said.splitlines() if "startup.json" in x), "")))
        kept = a.node.run("sh", "-c", "cat %s*" % path)
        lab.check(text in kept, "what was in the file is still there")
        if a.confd.alive():
            lab.check("Down" in a.show("ipsec") or "Up" in a.show("ipsec")
                      or "ipsec" not in a.running(), "the system is usable")
            a.confd.stop()
    a.node.write(path, whole)
    a.node.new_boot()
    a.start_confd()
    lab.check(a.running() == before, "with the whole file all is as it was")


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    a = lab.Culvert(alice.gw)
    shell(a, alice, bob)
    network(world, a, alice, bob)

    b = lab.Culvert(bob.gw)
    network_v1(b, bob, alice)
    b.cli("config\ntunnel\nno ipsec 9\nleave\n")

    lab.say("and then an honest peer")
    b.cli(good(bob, alice, local_id="bob", remote_id="alice", initiator=True))
    b.wait_up()
    lab.check(bob.ping(alice) == 3, "its ping crosses")
    files(a)
    lab.wait_for("the ping crosses again", lambda: bob.ping(alice, count=1, wait=1) == 1, 30)
    wire.settle().check_no_clear(outer=[alice.outer, bob.outer, OLD])


if __name__ == "__main__":
    lab.main(scenario)
