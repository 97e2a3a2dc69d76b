#!/usr/bin/python3
"""A post-quantum pre-shared key (RFC 8784) with strongSwan, in both roles:
required, optional, missing and unequal."""
import lab
from strongswan_responder import MARKER, SECRET, check_traffic

PPK = "0sMzIgcmFuZG9tIG9jdGV0cyBhZ2FpbnN0IHF1YW50YSE="


def swan_conf(here, there, mine, yours, extra="", ppk=PPK, name="one", **more):
    key = 'secrets { ppk-1 { id = %s\n secret = "%s" } }\n' % (name, ppk) if ppk else ""
    return lab.swan_conf(here.outer, there.outer, mine, yours, SECRET,
                         local_ts=here.subnet, remote_ts=there.subnet,
                         extra=extra, **more) + key


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    swan, c = lab.Swan(alice.gw), lab.Culvert(bob.gw)

    mark = 0

    def said(text):
        return text in c.ipsecd.text()[mark:]

    def tunnel(initiator, **more):
        nonlocal mark
        c.cli("config\ntunnel\nno ipsec 1\nleave\n")
        mark = len(c.ipsecd.text())
        lab.wait_for("strongSwan's end is down", lambda: "peer:" not in swan.sas())
        c.cli(lab.tunnel(initiator=initiator or None, local_address=bob.outer,
                         peer=alice.outer, local_id="bob", remote_id="alice",
                         local_subnet=bob.subnet, remote_subnet=alice.subnet,
                         secret=SECRET, **more))

    def load(extra="", **more):
        swan.load(swan_conf(alice, bob, "alice", "bob", extra, **more))

    c.cli(lab.tunnel(local_address=bob.outer, secret=SECRET))
    ours = {"ppk_id": "one", "ppk": PPK}
    for initiator in (True, False):
        for theirs, more, mixed in (
                ("ppk_id = one\nppk_required = yes", {"ppk_required": True}, True),
                ("ppk_id = one", {}, True),
                ("", {}, False)):
            load(theirs, ppk=PPK if theirs else None)
            tunnel(initiator, **ours, **more)
            if not initiator:
                status, out = swan.initiate("net")
                lab.check(status == 0, "strongSwan's handshake succeeds")
            c.wait_up()
            what = "with PPK" if mixed else "without the PPK"
            lab.check(said(what),
                      "%s: %s, they %r" % ("we begin" if initiator else "they begin",
                                           what, theirs.replace("\n", " ")))
            lab.check(("/PPK\n" in c.show("ipsec 1")) == mixed, "show ipsec says so")
            check_traffic(alice, bob, wire, count=1)
        # Keys made by rekeying need the mixed SK_d at both ends.
        load("ppk_id = one\nppk_required = yes")
        tunnel(initiator, **ours)
        if not initiator:
            swan.initiate("net")
        c.wait_up()
        swan.rekey(child="net")
        check_traffic(alice, bob, wire, count=1)
        swan.rekey(ike="peer")
        lab.wait_for("a new IKE_SA", lambda: "peer: #" in swan.sas())
        check_traffic(alice, bob, wire, count=1)

        # What is wrong, in words.
        for theirs, key, more, why in (
                ("", None, {"ppk_required": True}, "insists on 'one'"),
                ("ppk_id = one\nppk_required = yes", PPK[:-5] + "AAA=", {}, "PPK"),
                ("ppk_id = two\nppk_required = yes", PPK, {"ppk_required": True},
                 "PPK")):
            load(theirs, ppk=key, name=theirs[9:12])
            tunnel(initiator, **ours, **more)
            if not initiator:
                status, _ = swan.initiate("net", timeout=4)
                lab.check(status != 0, "refused")
            lab.wait_for("the log tells why: %s" % why,
                         lambda w=why: said(w), 8)
            lab.check(not c.is_up(), "and the tunnel is down")
    wire.settle().check_no_clear([MARKER], [alice.outer, bob.outer])


lab.main(scenario)
