#!/usr/bin/python3
"""Several subnets on a side and several proposals, with strongSwan, in both roles;
then strongSwan has less than we have."""
import re

import lab

SECRET = "several-of-everything"
MORE = {"alice": "10.0.3", "bob": "10.0.4"}


def widen(site):
    """A second network behind the gateway, with the same host in it."""
    net = MORE[site.name]
    site.gw.ip("addr add %s.1/24 dev inner0" % net)
    site.host.ip("addr add %s.10/24 dev eth0" % net)
    site.addresses = [site.host_address, net + ".10"]
    site.subnets = [site.subnet, net + ".0/24"]


def cross(alice, bob, here=2, there=2):
    """How many of the pairs of addresses reach each other."""
    return sum(bob.host.ping(to, count=1, wait=1, source=src)
               for src in bob.addresses[:here] for to in alice.addresses[:there])


def swan_has(swan, alice, bob, start, ike, esp, local_ts=None):
    swan.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", SECRET, ike=ike, esp=esp,
                            local_ts=",".join(local_ts or alice.subnets),
                            remote_ts=",".join(bob.subnets), start=start))


def culvert_has(b, alice, bob, initiator, **more):
    b.cli(lab.tunnel(initiator=initiator, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", secret=SECRET,
                     local_subnet=" ".join(bob.subnets),
                     remote_subnet=" ".join(alice.subnets), **more))


def gone(b, swan):
    b.cli("config\ntunnel\nno ipsec 1\nleave\n")
    swan.terminate("peer")
    lab.wait_for("strongSwan's end is down", lambda: "net:" not in swan.sas())


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    for site in (alice, bob):
        widen(site)
    swan, b = lab.Swan(alice.gw), lab.Culvert(bob.gw)

    # We begin; strongSwan takes the second proposal, and its second group.
    swan_has(swan, alice, bob, "none", "aes256-sha512-ecp384",
             "aes128-sha384,aes256gcm16")
    culvert_has(b, alice, bob, True,
                ike="cipher aes256gcm16 aes256 auth sha256 sha512 prf prfsha256 "
                    "dh x25519 ecp384",
                esp="cipher aes128gcm16 aes256gcm16 aes128 auth sha256 sha384")
    b.wait_up()
    out = b.show("ipsec 1")
    lab.check("AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/ECP_384" in out
              and re.search(r"AES_GCM_16-256|AES_CBC-128/HMAC_SHA2_384", out),
              "the algorithms that both have")
    lab.check(re.search(r"local  10.0.2.0/24 10.0.4.0/24\n +remote 10.0.1.0/24 10.0.3.0/24",
                        out), "all subnets are in one CHILD_SA")
    lab.check("narrowed" not in out, "nothing is narrowed")
    lab.check(cross(alice, bob) == 4, "every pair of networks carries")
    lab.check(alice.host.ping(bob.addresses[1], count=1, source=alice.addresses[1]) == 1,
              "and from the other side")
    swan.rekey(child="net")
    lab.wait_for("rekeyed by strongSwan", lambda: swan.sas().count("INSTALLED") == 1
                 and re.search(r"net: #2", swan.sas()))
    b.cli("tunnel\nipsec 1 rekey\n")
    lab.wait_for("rekeyed by us", lambda: swan.sas().count("INSTALLED") == 1
                 and re.search(r"net: #3", swan.sas()))
    lab.check(cross(alice, bob) == 4, "and carries after both have rekeyed it")
    gone(b, swan)

    # strongSwan begins, its favourite is none of ours.
    culvert_has(b, alice, bob, False, ike="cipher aes128 aes256gcm16 auth sha256 "
                "prf prfsha384 dh modp3072 ecp256", esp="cipher chacha20poly1305 aes256 "
                "auth sha256 dh x25519 ecp256")
    swan_has(swan, alice, bob, "start", "aes256-sha256-modp4096,"
             "aes128gcm16-aes256gcm16-prfsha384-modp2048-ecp256",
             "aes256-sha256-ecp256")
    b.wait_up()
    out = b.show("ipsec 1")
    lab.check("AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_256" in out, "the second proposal of "
              "strongSwan, its second cipher and group")
    lab.check(cross(alice, bob) == 4, "every pair of networks carries")
    gone(b, swan)

    # It has one of our remote subnets and half of another.
    for initiator in (True, False):
        mark = len(b.ipsecd.text())
        less = ["10.0.3.0/24", "10.0.1.0/25"]
        swan_has(swan, alice, bob, "none", "default", "default", less)
        culvert_has(b, alice, bob, initiator)
        if not initiator:
            swan.initiate()
        b.wait_up()
        out = b.show("ipsec 1")
        lab.check(re.search(r"remote 10.0.(1.0/25 10.0.3.0/24|3.0/24 10.0.1.0/25)\n", out)
                  and "narrowed from 10.0.2.0/24 10.0.4.0/24 === 10.0.1.0/24 10.0.3.0/24"
                  in out, "show says to what it is narrowed, and from what")
        said = b.ipsecd.text()[mark:]
        lab.check("narrowed to" in said and "at the peer, set: local-subnet 10.0.1.0/24 "
                  "10.0.3.0/24" in said, "and the log, with what mends it")
        lab.check(cross(alice, bob) == 4, "what both have carries")
        # Bob's host knows no other way, and it must not get out in clear.
        lab.check(bob.host.ping("10.0.1.200", count=2, wait=1) == 0,
                  "what one of them does not have does not get through")
        lab.check(b.is_up(), "the tunnel is still up")
        gone(b, swan)

    # Nothing in common.
    swan_has(swan, alice, bob, "none", "default", "default", ["10.0.5.0/24"])
    culvert_has(b, alice, bob, True)
    b.wait_status(r"Down\(IKE Established\)")
    lab.check("TS_UNACCEPTABLE" in b.show("ipsec 1"), "no common subnet is said")
    wire.settle().check_no_clear(outer=[alice.outer, bob.outer])
    wire.decode()


lab.main(scenario)
