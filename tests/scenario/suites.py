#!/usr/bin/python3
"""Every algorithm of the guide's tables, and our additions to them, with
strongSwan: all ciphers with all authentication algorithms and PRFs in IKE and
in ESP, and all groups in IKE and for PFS; by IKEv1 what is there for old peers."""
import re

import lab

SECRET = "every-suite-has-this-secret"
CLASSICAL = ("aes128", "aes256", "aes128ctr", "aes256ctr")
AEAD = ("aes128gcm12", "aes128gcm16", "aes256gcm12", "aes256gcm16", "aes128ccm12",
        "aes128ccm16", "aes256ccm12", "aes256ccm16", "chacha20poly1305")
AUTH = ("sha256", "sha384", "sha512")
PRF = ("prfsha256", "prfsha384", "prfsha512")
DH = ("modp2048", "modp3072", "modp4096", "ecp256", "ecp384", "ecp521", "x25519", "x448")


OLD = (("aes128", "sha1", "modp1024", "aes128", "sha1", "modp1024"),
       ("aes256", "sha1", "modp1536", "aes256", "sha1", "modp1536"),
       ("aes128", "sha512", "ecp384", "aes128ctr", "sha1", None),
       ("aes256", "sha256", "modp2048", "aes256gcm16", None, "ecp256"))


def suites():
    """(version, IKE cipher, auth or prf, group, ESP cipher, auth or None, group or
    None): each cipher with each auth or prf in both phases, the groups in turn."""
    todo = []
    for c in CLASSICAL:
        todo += [(c, h, c, h) for h in AUTH]
    for c in AEAD:
        todo += [(c, p, c, None) for p in PRF]
    return [(2, *t[:2], DH[n % len(DH)], *t[2:], (*DH, None)[n % (len(DH) + 1)])
            for n, t in enumerate(todo)] + [(1, *t) for t in OLD]


def in_swan(group):
    """A group as strongSwan prints it."""
    name = {"x25519": "curve25519", "x448": "curve448"}.get(group, group)
    return re.sub(r"(\d+)$", r"_\1", name).upper()


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    swan, b = lab.Swan(alice.gw), lab.Culvert(bob.gw)
    rows = []
    for n, (version, ic, ih, idh, ec, eh, edh) in enumerate(suites()):
        # What the two call the group of the future: x448 is curve448 there.
        ike = "-".join((ic, ih, idh))
        esp = "-".join(x for x in (ec, eh, edh) if x)
        swan.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", SECRET, ike=ike,
                                esp=esp, local_ts=alice.subnet, remote_ts=bob.subnet,
                                version=version))
        word = "prf" if ih.startswith("prf") else "auth"
        b.cli(lab.tunnel(
            version=version, initiator=True, local_address=bob.outer, peer=alice.outer, local_id="bob",
            remote_id="alice", local_subnet=bob.subnet, remote_subnet=alice.subnet,
            secret=SECRET, ike="cipher %s %s %s dh %s" % (ic, word, ih, idh),
            esp="cipher %s" % ec + (" auth %s" % eh if eh else "")
                + (" dh %s" % edh if edh else "")))
        b.wait_up()
        mark = len(wire.packets)
        got = bob.ping(alice, count=2)
        if edh:     # the group of ESP is used when the CHILD_SA is rekeyed
            old, = re.findall(r"net: #(\d+)", swan.sas())
            swan.rekey(child="net")
            lab.wait_for("rekeyed with " + edh, lambda: (
                lambda sas: sas.count("INSTALLED") == 1 and re.search(
                    r"net: #(?!%s,).*INSTALLED.*/%s$" % (old, in_swan(edh)), sas, re.M))(
                        swan.sas()))
        again = alice.ping(bob, count=2)
        wire.settle()
        esp_packets = len(wire.esp(mark))
        rows.append((ike, esp, got + again, esp_packets))
        lab.say("%2d  IKEv%d %-36s %-30s %d of 4 pings, %d ESP packets"
                % (n + 1, version, ike, esp, got + again, esp_packets))
        if got + again != 4 or esp_packets < 8:
            raise lab.Failure("IKE %s, ESP %s does not carry traffic\n%s\n%s" % (
                ike, esp, b.show("ipsec 1"), swan.sas()))
        b.cli("config\ntunnel\nno ipsec 1\nleave\n")
        lab.wait_for("strongSwan's end is down", lambda: "net:" not in swan.sas())
    lab.say("%d suites carried traffic" % len(rows))
    wire.settle().check_no_clear(outer=[alice.outer, bob.outer])


lab.main(scenario)
