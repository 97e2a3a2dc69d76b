"""The rows of the matrix: each function is what one of them does with a pairing.
What is the same for the three peers is written once; what a peer cannot do is in
NOT_POSSIBLE, with the reason."""
import re

import lab
from pairing import MARKER, Flow

CELLS = {}          # name: (title, function, keywords of the world, slow)
NOT_POSSIBLE = {}   # (peer, role or None, name): reason


def cell(title, slow=False, **world):
    def add(f):
        CELLS[f.__name__] = (title, f, world, slow)
        return f
    return add


# --- set-up and what carries ---

@cell("set-up")
def setup(p):
    p.up()
    p.traffic()
    lab.check("Up(Installed)" in p.us.show("ipsec"), "show ipsec says Up(Installed)")


@cell("NAT in the middle", nat=True)
def nat(p):
    p.up()
    p.traffic()
    lab.check(all(x.natt for x in p.wire.esp()), "all ESP is in UDP, port 4500")
    ike = p.state()["ike-sa"][0]
    lab.check(ike["nat-local" if p.ours is p.bob else "nat-remote"], "we know who is behind it")


@cell("IPv6", v6=True)
def ipv6(p):
    p.up()
    p.traffic()


# --- rekeying ---

def rekey(p, kind, by):
    """kind: child or ike; by: us or peer."""
    lifetimes = p.peer.REKEYS_BY[kind] if by == "peer" else {}
    child, ike = p.up(theirs=lifetimes)
    p.traffic()
    flow, old = Flow(p.bob, p.alice), p.peer.ike()
    if by == "us":
        p.us.cli("tunnel\nipsec 1 %s\n" % ("rekey" if kind == "child" else "rekey-ike"))
    elif not lifetimes:
        getattr(p.peer, "rekey_" + kind)()

    def other():
        s = p.state()
        if kind == "child":
            return all(c["spi-in"] != child["spi-in"] for c in s.get("child-sa", []))
        return (all(i["spi-i"] != ike["spi-i"] for i in s.get("ike-sa", []))
                and set(old) != set(p.peer.ike()))
    lab.wait_for("new keys", other, 30)
    new_child, new_ike = p.agree()
    flow.stop()
    lab.check((new_child["spi-in"] != child["spi-in"]) == (kind == "child")
              and (new_ike["spi-i"] != ike["spi-i"]) == (kind == "ike"),
              "a new %s_SA and nothing else" % kind.upper())
    if kind == "ike":
        lab.check(new_ike["initiator"] == (by == "us"), "begun by the right one")
    p.traffic()


@cell("CHILD_SA rekey by us")
def child_rekey_us(p):
    rekey(p, "child", "us")


@cell("CHILD_SA rekey by the peer")
def child_rekey_peer(p):
    rekey(p, "child", "peer")


@cell("IKE_SA rekey by us")
def ike_rekey_us(p):
    rekey(p, "ike", "us")


@cell("IKE_SA rekey by the peer")
def ike_rekey_peer(p):
    rekey(p, "ike", "peer")


# --- the end of a tunnel ---

@cell("deletion by us")
def delete_us(p):
    p.up()
    p.traffic()
    p.us.cli("tunnel\nipsec 1 terminate\n")
    p.no_sas()
    lab.check(not p.peer.ike(), "the peer's IKE_SA is gone")
    p.us.cli("tunnel\nipsec 1 initiate\n")
    p.us.wait_up()
    p.traffic()


@cell("deletion by the peer")
def delete_peer(p):
    p.up()
    p.traffic()
    _, ike = p.agree()
    p.peer.terminate()
    lab.wait_for("our IKE_SA is gone", lambda: all(
        i["spi-i"] != ike["spi-i"] for i in p.state().get("ike-sa", [])), 10)
    p.connect()
    comes_back(p)
    p.traffic()


def comes_back(p, deadline=60):
    """By itself, or with traffic from our side."""
    lab.wait_for("the tunnel is back", lambda: p.ours.ping(
        p.theirs, count=1, wait=1, pattern=MARKER) == 1, deadline)
    p.us.wait_up()


@cell("our daemon restarts")
def restart_us(p):
    p.up()
    p.traffic()
    p.us.cli("tunnel\nipsec restart\n")
    p.us.wait_up(deadline=30)
    comes_back(p)
    p.traffic()
    lab.say("now without a farewell")
    p.us.kill_child("ike")
    p.us.wait_up(deadline=30)
    comes_back(p)
    p.agree(30)
    p.traffic()


@cell("the peer restarts")
def restart_peer(p):
    p.up()
    p.traffic()
    p.peer.stop()
    p.peer.start()
    p.connect()
    comes_back(p)
    p.agree(30)
    p.traffic()


# --- what must not come up ---

def refused(p, reason, theirs_say, ours=None, theirs=None):
    """The tunnel does not come up, show ipsec says why (a regular expression for
    each role, or one for both), the peer gives its own verdict; once it is
    mended, it does."""
    p.configure(ours, theirs)
    p.connect()
    want = reason if isinstance(reason, str) else reason[p.role]
    verdict = theirs_say[p.peer.name]
    verdict = verdict if isinstance(verdict, str) else verdict[p.role]
    try:
        lab.wait_for("show ipsec 1 says why: %s" % want,
                     lambda: re.search(want, p.us.show("ipsec 1"), re.S), 15)
        lab.wait_for("the peer says: %s" % verdict,
                     lambda: re.search(verdict, p.peer_log()), 10)
    finally:
        shown = p.us.show("ipsec 1")
        lab.say(shown)
        print("--- the peer's log\n" + "\n".join(p.peer_log().splitlines()[-60:]))
    lab.check(not p.us.is_up(), "the tunnel is not up")
    lab.check(not p.state().get("child-sa") and not p.peer.spis(), "and nobody has a CHILD_SA")


@cell("wrong PSK")
def wrong_psk(p):
    refused(p, r"(?i)secret", {
        "strongSwan": {"initiator": r"MAC mismatched", "responder": r"AUTHENTICATION_FAILED|AUTH_FAILED"},
        "Libreswan": r"(?i)AUTHENTICATION_FAILED|auth.*failed",
        "OpenIKED": r"(?i)authentication failed|AUTHENTICATION_FAILED",
    }, ours={"secret": "not-what-the-peer-has"})


@cell("wrong identity")
def wrong_id(p):
    refused(p, {"initiator": "(?i)auth|ident", "responder": "mallory"}, {
        "strongSwan": r"no matching peer config found|AUTH_FAILED",
        "Libreswan": r"(?i)AUTHENTICATION_FAILED|no.*connection",
        "OpenIKED": r"(?i)AUTHENTICATION_FAILED|mallory",
    }, theirs={"local_id": "mallory"})


@cell("no common IKE proposal")
def no_ike_proposal(p):
    refused(p, "(?i)proposal", {
        "strongSwan": r"no acceptable|NO_PROP",
        "Libreswan": r"(?i)NO_PROPOSAL_CHOSEN|no.*proposal",
        "OpenIKED": r"(?i)NO_PROPOSAL_CHOSEN|proposal",
    }, ours={"ike": "cipher aes256 auth sha512 dh ecp521"},
        theirs={"ike": "aes128-sha256-modp2048"})


@cell("no common ESP proposal")
def no_esp_proposal(p):
    refused(p, "(?i)proposal", {
        "strongSwan": r"no acceptable|NO_PROP",
        "Libreswan": r"(?i)NO_PROPOSAL_CHOSEN|no.*proposal",
        "OpenIKED": r"(?i)NO_PROPOSAL_CHOSEN|proposal",
    }, ours={"esp": "cipher aes256 auth sha512"}, theirs={"esp": "aes128-sha384"})


@cell("selectors that do not match")
def no_selectors(p):
    refused(p, {"initiator": "10.0.1.0/24", "responder": "172.20.0.0/16"}, {
        "strongSwan": r"TS_UNACC",
        "Libreswan": r"(?i)TS_UNACCEPTABLE",
        "OpenIKED": r"(?i)TS_UNACCEPTABLE",
    }, theirs={"local_ts": "172.20.0.0/16"})


# --- the peer vanishes ---

@cell("dead peer detection", slow=True)
def dpd(p):
    p.up(ours={"dpd_delay": 2}, theirs={"dpd": 2})
    p.traffic()
    p.peer.power_off()
    p.us.wait_status(r"Down\(Retransmission\)", deadline=30)
    lab.say("ok: we notice that the peer does not answer")
    p.ours.ping(p.theirs, count=2, wait=1, pattern=MARKER)
    lab.wait_for("we give the peer up", lambda: not p.state().get("child-sa"), 200, 1)
    lab.say("ok: we gave the peer up")
    p.peer.start()
    p.connect()
    comes_back(p, 120)
    p.agree(30)
    p.traffic()
