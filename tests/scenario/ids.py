#!/usr/bin/python3
"""Every type of identity of the guide, typed and deduced, with strongSwan."""
import lab

SECRET = "who-is-who-0123456789"

#	local-id typed here	what strongSwan calls it	shown as
IDS = [
    ("name alice",              "alice",                    "alice"),
    ("alice",                   "alice",                    "alice"),
    ("name gw.example.com",     "gw.example.com",           "gw.example.com"),
    ("gw.example.com",          "fqdn:gw.example.com",      "gw.example.com"),
    ("email alice@example.com", "alice@example.com",        "alice@example.com"),
    ("alice@example.com",       "email:alice@example.com",  "alice@example.com"),
    ("inet 192.0.2.77",         "192.0.2.77",               "192.0.2.77"),
    ("192.0.2.78",              "192.0.2.78",               "192.0.2.78"),
    ("inet 2001:db8::7",        "2001:db8::7",              "2001:db8::7"),
    ("2001:db8::8",             "2001:db8::8",              "2001:db8::8"),
    ("key my_vpn_key",          "keyid:my_vpn_key",         "my_vpn_key"),
    ("CN=Alice, O=Example",     "CN=Alice, O=Example",      "CN=Alice, O=Example"),
    ("dn 0x301f310e300c06035504030c05416c696365310d300b060355040a0c0441636d65",
                                "CN=Alice, O=Acme",         "CN=Alice, O=Acme"),
    (None,                      "%s",                       "%s"),   # automatic
]


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    swan, a = lab.Swan(bob.gw), lab.Culvert(alice.gw)
    for typed, theirs, shown in IDS:
        if typed is None:
            theirs = shown = alice.outer
        swan.load(lab.swan_conf(bob.outer, alice.outer, "bob", '"%s"' % theirs, SECRET,
                                local_ts=bob.subnet, remote_ts=alice.subnet))
        a.cli(lab.tunnel(initiator=True, local_address=alice.outer, peer=bob.outer,
                         local_id=typed, remote_id="bob", local_subnet=alice.subnet,
                         remote_subnet=bob.subnet, secret=SECRET))
        a.wait_up()
        lab.check(alice.ping(bob, count=1) == 1, "local-id %s: the tunnel carries" % typed)
        out = a.show("ipsec 1")
        lab.check("local '%s' @ " % shown in " ".join(out.split()), "shown as '%s'" % shown)
        a.cli("config\ntunnel\nno ipsec 1\nleave\n")
        lab.wait_for("strongSwan's end is down", lambda: "net:" not in swan.sas())

    # The identity that we expect: the right one, and not the right one.
    for expected, good in (("bob", True), ("name bob", True), ("mallory", False),
                           ("key bob", False), (None, False)):
        a.cli(lab.tunnel(initiator=True, local_address=alice.outer, peer=bob.outer,
                         remote_id=expected, local_subnet=alice.subnet,
                         remote_subnet=bob.subnet, secret=SECRET))
        if good:
            a.wait_up()
        else:
            lab.wait_for("the reason names the identities",
                         lambda: "bob" in a.show("ipsec 1") or "bob" in a.ipsecd.text(), 10)
            lab.check(not a.is_up(), "remote-id %s refuses bob" % expected)
        a.cli("config\ntunnel\nno ipsec 1\nleave\n")
        lab.wait_for("strongSwan's end is down", lambda: "net:" not in swan.sas())
    wire.settle().check_no_clear(outer=[alice.outer, bob.outer])
    wire.decode()


lab.main(scenario)
