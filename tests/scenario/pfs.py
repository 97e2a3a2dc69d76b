#!/usr/bin/python3
"""PFS that strongSwan does not want, seen seconds after the tunnel is up and not an
hour later, in both roles; traffic goes on; with the setting that show names it is
mended."""
import lab

SECRET = "perfect-forward-secrecy"


def conf(me, you, **more):
    return lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                      remote_id=you.name, local_subnet=me.subnet, remote_subnet=you.subnet,
                      secret=SECRET, esp="cipher aes128 auth sha256 dh modp2048", **more)


def reason(c):
    return c.state()["culvert-tunnel:tunnel"]["ipsec"][0]["state"].get("reason", "")


def check(alice, bob, c, deadline):
    lab.wait_for("the reason", lambda: "PFS" in reason(c), deadline, 0.2)
    lab.say(reason(c))
    lab.check("modp2048" in reason(c) and "the keys end in" in reason(c),
              "within seconds it says what the peer refuses, and how long traffic goes on")
    lab.check("here, set: esp cipher aes128 auth sha256" in reason(c), "and what to set")
    lab.check("Reason: " in c.show("ipsec 1"), "show ipsec 1 has it")
    lab.check(c.is_up() and alice.ping(bob, count=3) == 3, "the tunnel is up and carries")


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    swan = lab.Swan(alice.gw)
    swan.load(lab.swan_conf(alice.outer, bob.outer, "alice", "bob", SECRET,
                            esp="aes128-sha256", local_ts=alice.subnet,
                            remote_ts=bob.subnet))
    b = lab.Culvert(bob.gw)
    b.cli(conf(bob, alice, initiator=True))
    b.wait_up()
    check(alice, bob, b, 8)
    b.cli("config tunnel ipsec 1\nesp cipher aes128 auth sha256\nleave\n")
    b.wait_up()

    def tried():
        return "rekeyed" in b.show("ipsec 1 log")
    lab.wait_for("the first rekeying, without a group", tried, 10)
    lab.check(not reason(b), "with that setting there is nothing to say")
    b.cli(conf(bob, alice, initiator=False))
    swan.terminate()
    status, out = swan.initiate()
    lab.check(status == 0, "strongSwan connects: %s" % out.strip().splitlines()[-1])
    b.wait_up()
    check(alice, bob, b, 20)


lab.main(scenario)
