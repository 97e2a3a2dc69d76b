"""The rows of the matrix: each function is what one of them does with a pairing.
What is the same for the three peers is written once; what a peer cannot do is in
NOT_POSSIBLE, with the reason."""
import dataclasses
import re
from typing import Callable

import lab
from pairing import MARKER, PATIENCE, Flow, words


@dataclasses.dataclass
class Cell:
    title: str
    run: Callable
    world: dict                 # keywords of Pairing
    slow: bool                  # takes minutes
    never: dict                 # version of IKE, "psk" or "cert" of a column: why not there


CELLS = {}          # name: Cell
NOT_POSSIBLE = {    # (peer or "PEER-PLANE", role or None, name): reason
    ("strongswan", None, "nat_drafts"): "strongSwan always has the vendor id of RFC 3947",
    ("libreswan", "initiator", "nat_drafts"): "as responder Libreswan has that of RFC 3947",
    # The user data plane says that there is one.
    ("libreswan-user", "initiator", "no_selectors"):
        "Libreswan takes any subnets of an initiator behind a NAT for its own, in IKEv1",
    ("openiked", "initiator", "restart_peer"):
        "iked ends without a farewell; what an initiator does then is dead peer detection",
}


def cell(title, slow=False, never=(), **world):
    def add(f):
        CELLS[f.__name__] = Cell(title, f, world, slow, dict(never))
        return f
    return add


NO_OTHER = "no other than with a secret"


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


@cell("NAT as in the drafts", nat=True,
      never={2: "IKEv2 has had NAT traversal from the start", "cert": NO_OTHER})
def nat_drafts(p):
    """The peer has the vendor ids of draft-02 and draft-03 alone (those of RFC 3947
    are what a newer one says)."""
    p.up(theirs={"natt": "drafts"})
    p.traffic()
    lab.check(all(x.natt for x in p.wire.esp()), "all ESP is in UDP, port 4500")


@cell("IPv6", v6=True)
def ipv6(p):
    p.up()
    p.traffic()


def drop_long(node, octets):
    """What a bad path does: no datagram of IKE above that size arrives."""
    if lab.in_guest():
        node.run("iptables-legacy", "-t", "raw", "-A", "PREROUTING", "-p", "udp", "-m",
                 "multiport", "--dports", "500,4500", "-m", "length", "--length",
                 "%d:65535" % (octets + 1), "-j", "DROP")
    else:
        node.run("nft", "-f", "-", stdin="""
table inet path {
  chain in {
    type filter hook prerouting priority -400
    udp dport { 500, 4500 } meta length > %d drop
  }
}
""" % octets)


@cell("fragmentation", bad_path=True,
      never={1: "in main mode certificates make messages long, identities do not"})
def fragmentation(p):
    """The request of IKE_AUTH is long because of the identities: of ours or of the
    peer's making, by the role."""
    names = {site: site.name + "-with-a-name-" + "so-long-" * 28 for site in (p.ours, p.theirs)}
    for site in (p.alice, p.bob):
        drop_long(site.gw, 600)
    p.up(ours={"local_id": names[p.ours], "remote_id": names[p.theirs],
               "ike": words("aes256-sha256-x25519")},
         theirs={"local_id": names[p.theirs], "remote_id": names[p.ours],
                 "ike": "aes256-sha256-x25519", "fragment": 576})
    cut = [x for x in p.wire.ike() if x.src == p.bob.outer and x.ike[16] == 53]
    lab.check(len(cut) >= 2 and all(len(x.frame) - 14 <= 600 for x in cut),
              "%d fragments of %s, none too long" % (len(cut), p.bob.name))
    p.traffic()


# What the switches of 2005 have.
OLD = "aes128-sha1-modp1536"


@cell("old algorithms, PFS", never={2: "what old peers of IKEv1 want", "cert": NO_OTHER})
def old_algorithms(p):
    both = {"ike": OLD, "esp": OLD}
    p.up({what: words(suite) for what, suite in both.items()}, both)
    p.traffic()
    shown = p.us.show("ipsec 1")
    lab.check("MODP_1536" in shown and "SHA1" in shown, "show ipsec 1 has them")
    old = p.agree()[0]
    p.us.cli("tunnel\nipsec 1 rekey\n")
    lab.wait_for("new keys", lambda: all(c["spi-in"] != old["spi-in"] for c in
                                         p.state().get("child-sa", [])), PATIENCE)
    p.traffic()


@cell("PFS as the peer wants it", never={2: "what old peers of IKEv1 want", "cert": NO_OTHER})
def pfs(p):
    """We have the default proposals and begin without a group; the peer insists on
    one, Libreswan by default."""
    p.up(theirs={"esp": None if p.peer.name == "Libreswan" else "aes256-sha256-modp2048",
                 "pfs": True})
    lab.check(re.search(r"ESP:.*/(MODP_|ECP_)", p.us.show("ipsec 1")),
              "show ipsec 1 has the group of the CHILD_SA")
    p.traffic()


# --- rekeying ---

def rekey(p, kind, by):
    """kind: child or ike; by: us or peer."""
    lifetimes = p.peer.REKEYS_BY.get((kind, p.version), {}) if by == "peer" else {}
    child, ike = p.up(theirs=lifetimes)
    p.traffic()
    flow, old, mark = Flow(p.bob, p.alice), p.peer.ike(), len(p.wire.packets)
    if by == "us":
        p.us.cli("tunnel\nipsec 1 %s\n" % ("rekey" if kind == "child" else "rekey-ike"))
    elif not lifetimes:
        getattr(p.peer, "rekey_" + kind)()

    # With IKEv1 a peer leaves its old CHILD_SA there until we delete it, and one that
    # rekeys by its lifetimes may make the next one before that.
    p.leftovers |= bool(p.version == 1 and lifetimes)

    def other():
        s = p.state()
        if kind == "child" and p.leftovers:
            return any(c["spi-in"] != child["spi-in"] for c in s.get("child-sa", []))
        if kind == "child":
            return all(c["spi-in"] != child["spi-in"] for c in s.get("child-sa", []))
        # The old one may wait for the answer to its Delete.
        return (all(i["spi-i"] != ike["spi-i"] for i in s.get("ike-sa", [])
                    if i["state"] == "ESTABLISHED")
                and set(old) != set(p.peer.ike()))
    # An answerer of IKEv1 leaves the old one to the peer for 15 seconds, then repeats
    # its Delete for a while.
    lab.wait_for("new keys", other, PATIENCE + (80 if p.version == 1 else 0))
    new_child, new_ike = p.agree()
    early = p.too_early(new_child["spi-in"], mark) if by == "us" and kind == "child" else 0
    if early:
        lab.say("the peer sent %d packets before the answer with its keys" % early)
    flow.stop(early + (p.peer.LATE if by == "us" and kind == "child" else 0))
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
    old, theirs = p.agree(), p.peer.ike()
    p.us.cli("tunnel\nipsec 1 terminate\n")
    p.gone(old, theirs)
    if p.role == "initiator":
        p.us.cli("tunnel\nipsec 1 initiate\n")
    elif not p.peer.REVIVES:
        p.connect()
    p.us.wait_up(deadline=PATIENCE)
    p.traffic()


@cell("deletion by the peer")
def delete_peer(p):
    p.up()
    p.traffic()
    old, theirs = p.agree(), p.peer.ike()
    p.peer.terminate()
    p.gone(old, theirs)
    p.connect()
    comes_back(p)
    p.traffic()


def comes_back(p, deadline=90):
    """By itself, or with traffic from our side."""
    lab.wait_for("the tunnel is back", lambda: p.ours.ping(
        p.theirs, count=1, wait=1, pattern=MARKER) == 1, deadline)
    p.us.wait_up(deadline=PATIENCE)


@cell("our daemon restarts")
def restart_us(p):
    p.up()
    p.leftovers = p.peer.KEEPS_IKE
    p.traffic()
    p.us.cli("tunnel\nipsec restart\n")
    p.us.wait_up(deadline=PATIENCE)
    comes_back(p)
    p.traffic()
    lab.say("now without a farewell")
    p.us.kill_child("ike")
    p.us.wait_up(deadline=PATIENCE)
    comes_back(p)
    p.agree()
    p.traffic()


@cell("the peer restarts")
def restart_peer(p):
    p.up()
    # iked neither ends with a farewell nor begins with INITIAL_CONTACT: our old
    # IKE_SA goes when nobody has answered its Delete.
    p.leftovers = p.peer.KEEPS_IKE or p.peer.name == "OpenIKED"
    p.traffic()
    p.peer.stop()
    p.peer.start()
    p.connect()
    comes_back(p)
    p.agree()
    p.traffic()


# --- what must not come up ---

def of(p, wanted):
    """What is wanted of this peer in this role: a regular expression, or one for
    each peer, or role, or for "PEER ROLE"; with IKEv1 "IKEv1" or one of these with
    " IKEv1" counts before them."""
    if isinstance(wanted, str):
        return wanted
    names = [p.peer.name + " " + p.role, p.peer.name, p.role]
    if p.version == 1:
        names = [n + " IKEv1" for n in names] + ["IKEv1"] + names
    return next(wanted[n] for n in names if n in wanted)


def refused(p, reason, theirs_say, ours=None, theirs=None, mended=None):
    """The tunnel does not come up, show ipsec says why, the peer gives its own
    verdict; mended, it comes up. mended: what gives the two ends of up() then."""
    p.configure(ours, theirs)
    p.connect()
    reason, verdict = of(p, reason), of(p, theirs_say)
    try:
        lab.wait_for("show ipsec 1 gives the reason: %s" % reason,
                     lambda: re.search("^Reason: .*(%s)" % reason, p.us.show("ipsec 1"),
                                       re.M), PATIENCE)
        lab.wait_for("the peer says: %s" % verdict,
                     lambda: re.search(verdict, p.peer_log()), PATIENCE)
    finally:
        print(p.us.show("ipsec 1").split("\nLoaded")[0])
    lab.say("the peer says: " + re.search(".*(%s).*" % verdict, p.peer_log()).group())
    lab.check(not p.us.is_up(), "the tunnel is not up")
    lab.wait_for("nobody has a CHILD_SA", lambda: not p.state().get("child-sa")
                 and not p.peer.spis(), PATIENCE)
    if p.peer.name == "OpenIKED" or p.version == 1:
        # What its new configuration does not have any more it drops without a word;
        # in main mode it goes on with the old secret.
        p.clean()
    if mended:
        p.up(*mended())
        return
    p.up(ours={what: False for what in ("ike", "esp") if what in (ours or {})})


@cell("wrong PSK", never={"cert": "there is none"})
def wrong_psk(p):
    refused(p, {"initiator": "AUTHENTICATION_FAILED: the secrets differ",
                "responder": "does not know the secret", "IKEv1": "secret"}, {
        # Under IKEv1 nobody can tell the other: what it sends is garbage there.
        "strongSwan initiator IKEv1": "decryption failed",
        "strongSwan responder IKEv1": "sending retransmit",
        "Libreswan initiator IKEv1": "mismatch of preshared secrets",
        "Libreswan responder IKEv1": "STATE_MAIN_I3: retransmission",
        "strongSwan initiator": "MAC mismatched",
        "strongSwan responder": "AUTHENTICATION_FAILED|AUTH_FAILED",
        "Libreswan": "AUTHENTICATION_FAILED|authentication failed",
        "OpenIKED initiator": "ikev2_ike_auth_recv|authentication failed|AUTHENTICATION_FAILED",
        "OpenIKED responder": "AUTHENTICATION_FAILED",
    }, ours={"secret": "not-what-the-peer-has"})


@cell("wrong identity", never={"cert": "see: identity not in certificate"})
def wrong_id(p):
    refused(p, {"initiator": r"AUTHENTICATION_FAILED|the peer is 'mallory' \(name\), "
                             r"expected was 'alice'",
                "responder": r"the peer is 'mallory' \(name\), expected was 'bob'",
                "initiator IKEv1": r"the peer is 'mallory' \(name\), expected was 'alice'"}, {
        # It answers before we say who we are, or who we take it for.
        "initiator IKEv1": "ID_INFORMATION|AUTH|D(ELETE|elete)|delet",
        "IKEv1": "INVALID_ID_INFORMATION|AUTH\\w*_FAILED",
        "strongSwan initiator": "no matching peer config found",
        "strongSwan responder": "AUTHENTICATION_FAILED|AUTH_FAILED",
        # It answers as mallory, and believes that all is well until we refuse.
        "Libreswan initiator": "mallory|AUTHENTICATION_FAILED",
        "Libreswan responder": "AUTHENTICATION_FAILED",
        "OpenIKED": "AUTHENTICATION_FAILED|mallory",
    }, theirs={"local_id": "mallory"})


@cell("no common IKE proposal")
def no_ike_proposal(p):
    refused(p, {"initiator": "NO_PROPOSAL_CHOSEN.*IKE: aes256-sha512-ecp521",
                "responder": "IKE proposal: cipher: the peer offers aes128, we accept aes256"}, {
        "strongSwan initiator": "received proposals unacceptable|no acceptable|"
                                "no (matching )?proposal found",
        "strongSwan responder": "NO_PROPOSAL_CHOSEN",
        "Libreswan": "NO_PROPOSAL_CHOSEN",
        "OpenIKED": "NO_PROPOSAL_CHOSEN",
    }, ours={"ike": words("aes256-sha512-ecp521")}, theirs={"ike": "aes128-sha256-modp2048"})


@cell("no common ESP proposal")
def no_esp_proposal(p):
    refused(p, {"initiator": "NO_PROPOSAL_CHOSEN.*aes256-sha512",
                "responder": "ESP proposal: cipher: the peer offers aes128, we accept aes256"}, {
        "strongSwan initiator": "received proposals unacceptable|no acceptable|"
                                "no (matching )?proposal found",
        "strongSwan responder": "NO_PROPOSAL_CHOSEN",
        "Libreswan": "NO_PROPOSAL_CHOSEN",
        "OpenIKED": "NO_PROPOSAL_CHOSEN",
    }, ours={"esp": words("aes256-sha512")}, theirs={"esp": "aes128-sha384"})


@cell("selectors that do not match")
def no_selectors(p):
    refused(p, {"initiator IKEv1": r"INVALID_ID_INFORMATION.*10\.0\.1\.0/24",
                "initiator": r"TS_UNACCEPTABLE.*10\.0\.1\.0/24",
                # It answers with its own selectors, which we refuse.
                "OpenIKED initiator": r"10\.0\.2\.0/24 here and 172\.20\.0\.0/16 there",
                "responder": r"10\.0\.1\.0/24 here and 172\.20\.0\.0/16 there"}, {
        "strongSwan initiator IKEv1": "no matching CHILD_SA config found",
        "Libreswan initiator IKEv1": "no connection is known",
        "IKEv1": "INVALID_ID_INFORMATION",
        "strongSwan": "TS_UNACCEPTABLE|TS_UNACC",
        "Libreswan": "TS_UNACCEPTABLE",
        "OpenIKED initiator": r"deleted CHILD SA",
        "OpenIKED responder": "TS_UNACCEPTABLE",
    }, theirs={"local_ts": "172.20.0.0/16"})


# --- the peer vanishes ---

@cell("dead peer detection", slow=True)
def dpd(p):
    p.up(ours={"dpd_delay": 2, **({"dpd_timeout": 20} if p.version == 1 else {})},
         theirs={"dpd": 2})
    p.traffic()
    p.peer.power_off()
    p.us.wait_status(r"Down\(Retransmission\)", deadline=60)
    lab.say("ok: we notice that the peer does not answer")
    p.ours.ping(p.theirs, count=2, wait=1, pattern=MARKER)
    lab.wait_for("we give the peer up", lambda: not p.state().get("child-sa"), 200, 1)
    lab.say("ok: we gave the peer up")
    p.peer.start()
    p.connect()
    comes_back(p, 120)
    p.agree()
    p.traffic()
