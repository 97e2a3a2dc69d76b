#!/usr/bin/python3
"""A tunnel that was up and is in trouble, or carries nothing, says why: silence, a
firewall, PFS, lost SAs, broken and repeated packets, one-way traffic, a peer that
closes it again and again. What is wrong here is mended by what is printed; what is
wrong elsewhere, there. No secret is in anything that it says."""
import base64
import re
import socket

import lab
from diagnose_setup import SECRET, Pair, diagnosed
from lab.net import in_node


def says(pair, code, *wanted):
    got = diagnosed(pair, code)
    everything = " ".join([got["symptom"], got["cause"], *got.get("remedy", [])])
    for w in wanted:
        lab.check(re.search(w, everything), "%s says: %s" % (code, w))
    print(pair.bobs.show("ipsec 1 diagnose"))
    return got


def healthy(pair, what):
    lab.wait_for("%s: nothing is wrong" % what, lambda: pair.bobs.is_up()
                 and pair.bobs.diagnosis()[0]["code"] == "healthy", 20, 0.2)


def fresh(pair, **more):
    pair.peer(**{k: v for k, v in more.items() if k in ("esp", "ike", "remote_ts")})
    pair.here(initiator=True, **{k: v for k, v in more.items() if k not in ("esp", "ike")})
    pair.bobs.wait_up()


def firewall(pair, hook, rule):
    """Alice's gateway filters, from now on like this."""
    pair.alice.gw.run("nft", "-f", "-", stdin="table inet f\ndelete table inet f\n"
                      "table inet f {\nchain c {\ntype filter hook %s priority 0\n"
                      "%s\n}\n}\n" % (hook, rule))


def nobody(pair):
    """Nobody at the peer's address; then a firewall that stops one of the ports."""
    lab.say("--- not responding")
    pair.here(initiator=True, peer="192.168.0.99")
    lab.wait_for("a request was repeated", lambda: re.search(
        "does not answer, for", pair.bobs.show("ipsec 1 diagnose")), 15, 0.5)
    says(pair, "no-answer", r"192\.168\.0\.99 does not answer", r"UDP port 500",
         r"ping 192\.168\.0\.99", r"ports 500 and 4500")
    pair.bobs.cli("config tunnel ipsec 1\npeer %s\nleave\n" % pair.alice.outer)
    pair.bobs.wait_up()

    firewall(pair, "input", "udp dport 4500 drop")
    pair.here(initiator=True)
    lab.wait_for("IKE_AUTH was repeated", lambda: "UDP port 4500" in pair.bobs.diagnosis()[0]["cause"],
                 15, 0.5)
    says(pair, "no-answer", "a firewall blocks UDP port 4500")
    firewall(pair, "input", "")
    pair.bobs.wait_up()


def silence(pair):
    """Dead peer detection, before it gives the peer up; then it is back."""
    lab.say("--- a silent peer")
    fresh(pair, dpd_delay=1)
    pair.alice.gw.ip("link set outer0 down")
    pair.bobs.wait_status(r"Down\(Retransmission\)", deadline=15)
    says(pair, "peer-silent", r"192\.168\.0\.1 is silent: heard the last time \d+ seconds ago",
         r"165 seconds after the first", r"ping 192\.168\.0\.1")
    pair.alice.gw.ip("link set outer0 up")
    pair.alice.gw.ip("route replace default via %s dev outer0" % pair.bob.outer)
    healthy(pair, "the peer answers again")
    lab.check("peer-back" in pair.bobs.show("ipsec 1 log"), "the log says that it is back")


def pfs(pair, initiator):
    """PFS on one side only shows when keys are replaced, and tells."""
    lab.say("--- PFS here and not there, %s the keys" % ("we replace" if initiator else "the peer replaces"))
    fresh(pair, esp="aes128-sha256" if initiator else "aes128-sha256-modp3072")
    pair.bobs.cli("config tunnel ipsec 1\nesp cipher aes128 auth sha256 dh modp2048\nleave\n")
    pair.bobs.wait_up()
    if initiator:
        pair.bobs.cli("tunnel ipsec 1 rekey\n")
        got = says(pair, "pfs-mismatch", "cannot be replaced",
                   r"NO_PROPOSAL_CHOSEN: it does not do a key exchange.*our modp2048")
        want = ["esp cipher aes128 auth sha256"]
    else:
        lab.wait_for("our own first attempt", lambda: "pfs-mismatch" in
                     pair.bobs.show("ipsec 1 log"), 20)
        pair.swan.rekey(child="net")
        lab.wait_for("the peer's request tells more than its refusal of ours", lambda:
                     "the peer offers modp3072" in pair.bobs.diagnosis()[0]["cause"])
        got = says(pair, "pfs-mismatch", "cannot be replaced",
                   r"dh: the peer offers modp3072, we accept modp2048")
        want = ["esp cipher aes128 auth sha256 dh modp3072"]
    lab.check(got["command"] == ["config tunnel ipsec 1", *want, "leave"],
              "it prints: " + "; ".join(got["command"]))
    pair.bobs.cli("\n".join(got["command"]) + "\n")
    pair.bobs.wait_up()

    def newest():
        return re.search(r"^\s+in +([0-9a-f]{8}),", pair.bobs.show("ipsec 1"), re.M).group(1)
    spi = newest()
    pair.bobs.cli("tunnel ipsec 1 rekey\n")
    lab.wait_for("other keys", lambda: newest() != spi, 20)
    healthy(pair, "rekeyed")


def collisions(pair):
    """Both rekey at once, reauthentication, both begin at once: all that is said
    afterwards is that nothing is wrong, with one IKE_SA."""
    lab.say("--- rekeyings that cross, reauthentication, two beginnings")
    fresh(pair)
    pair.swan.rekey(child="net")
    pair.bobs.cli("tunnel ipsec 1 rekey\n")
    healthy(pair, "crossed rekeyings")
    pair.swan._ctl("--rekey", "--ike", "peer", "--reauth", ok=False)
    healthy(pair, "reauthenticated by the peer")
    pair.swan.initiate("net", timeout=5)
    healthy(pair, "a second beginning from the other side")
    lab.wait_for("one IKE_SA is left", lambda: len(
        pair.bobs.state()["culvert-tunnel:tunnel"]["ipsec"][0]["state"]["ike-sa"]) == 1, 20, 0.3)
    lab.check("rekeyed" in pair.bobs.show("ipsec 1 log"), "the log has the rekeyings")


def commits(pair):
    """A commit of another tunnel leaves this one alone."""
    lab.say("--- a commit of another tunnel")
    before = pair.bobs.show("ipsec 1 log")
    pair.bobs.cli(lab.tunnel(2, local_address=pair.bob.outer, peer="192.168.0.50", local_id="b2",
                             remote_id="a2", local_subnet="10.9.0.0/24",
                             remote_subnet="10.8.0.0/24", secret="another-secret"))
    lab.check(pair.bobs.show("ipsec 1 log") == before, "nothing has happened to tunnel 1")
    says_2 = pair.bobs.diagnosis(2)[0]
    lab.check(says_2["code"] == "waiting" and "192.168.0.50" in says_2["symptom"],
              "tunnel 2 waits: " + says_2["symptom"])
    lab.check(re.search(r"ipsec 1 .*up:", pair.bobs.show("ipsec log")), "and the log of all has both")
    pair.bobs.cli("config\ntunnel\nno ipsec 2\nleave\n")


def lost(pair):
    """The process that moves the packets dies with its SAs."""
    lab.say("--- the data plane loses its SAs")
    pair.bobs.kill_child("esp")
    lab.wait_for("the log says so", lambda: re.search(
        r"sa-lost +the data plane does not have the SAs", pair.bobs.show("ipsec 1 log")), 15, 0.3)
    healthy(pair, "new SAs are there")


def send_to_bob(pair, frame):
    """A frame at Bob's door, its UDP checksum switched off: the kernel of the peer
    leaves it to hardware that is not there."""
    s = in_node(pair.alice.switch, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
    s.bind(("bob0", 0x0800))
    s.send(frame[:40] + bytes(2) + frame[42:])
    s.close()


def packets(pair):
    """Damaged and repeated packets, by sending what was seen on the wire again."""
    lab.say("--- damaged and repeated packets")
    fresh(pair)
    mark = len(pair.wire.packets)
    lab.check(pair.alice.ping(pair.bob) == 3, "a ping crosses")
    pair.wire.settle()
    esp = [p for p in pair.wire.packets[mark:] if p.esp_spi and p.src == pair.alice.outer]
    send_to_bob(pair, esp[-1].frame)
    says(pair, "replays", r"1 packet of the peer was dropped as repeated or too late",
         "replay window", "parallel paths")
    bad = bytearray(esp[-1].frame)
    bad[50 + 20] ^= 1       # in the sealed octets, behind SPI and number
    bad[49] += 100          # a number that has not been
    send_to_bob(pair, bytes(bad))
    got = says(pair, "integrity", r"1 packet of the peer failed its integrity check",
               "damaged on the way, or somebody injects")
    lab.check(got["command"] == ["tunnel ipsec 1 rekey"], "it says what to type")
    pair.bobs.cli("\n".join(got["command"]) + "\n")
    healthy(pair, "with new keys")


def traffic(pair):
    """Up, but nothing comes back: a firewall behind the peer; nothing goes out:
    this gateway does not forward."""
    lab.say("--- up, but no answers")
    fresh(pair)
    firewall(pair, "forward", "drop")
    pair.bob.ping(pair.alice, count=13, wait=1, interval=1)
    says(pair, "one-way-out", r"packets go out, none come in: \d+ out",
         r"no route to 10\.0\.2\.0/24 through the peer", "UDP port 4500 is blocked")
    firewall(pair, "forward", "")
    lab.wait_for("a ping crosses", lambda: pair.bob.ping(pair.alice, count=1, wait=1), 10)
    healthy(pair, "the firewall is open")
    pair.bob.gw.sysctl("net.ipv4.ip_forward", 0)
    pair.alice.ping(pair.bob, count=13, wait=1, interval=1)
    says(pair, "one-way-in", r"packets come in, none go out: \d+ in",
         r"hosts of 10\.0\.2\.0/24 do not answer", "ip_forward must be 1")
    pair.bob.gw.sysctl("net.ipv4.ip_forward", 1)
    lab.wait_for("a ping crosses", lambda: pair.alice.ping(pair.bob, count=1, wait=1), 10)
    healthy(pair, "forwarding is on")


def flapping(pair):
    lab.say("--- the peer closes it again and again")
    for _ in range(3):
        pair.swan.terminate("peer")
        pair.bobs.cli("tunnel ipsec 1 initiate\n", ok=False)
        pair.bobs.wait_up()
    got = says(pair, "flapping", r"lost (at least )?\d times in the last hour",
               "the peer closes it each time", "a second tunnel there")
    out = pair.bobs.cli(got["command"][0] + "\n")
    lab.check("peer-closed" in out, "the printed command shows why each time")
    pair.bobs.cli("tunnel ipsec 1 terminate\n")
    got = says(pair, "command", "closed by command")
    pair.bobs.cli("\n".join(got["command"]) + "\n")
    pair.bobs.wait_up()


def taint(pair):
    """What must not be said is in nothing that was said."""
    secret = SECRET.encode()
    forms = [secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")]
    said = {
        "log of ipsecd": pair.bobs.ipsecd.text(), "log of confd": pair.bobs.confd.text(),
        "state": pair.bobs.cli("tunnel\nshow ipsec 1 | json\n"),
        "detail": pair.bobs.show("ipsec 1 detail"), "history": pair.bobs.cli("show commits\n"),
        "log": pair.bobs.show("ipsec log"), "diagnosis": pair.bobs.show("ipsec diagnose")}
    for what, text in said.items():
        for f in forms:
            if f.decode() in text:
                raise lab.Failure("the secret is in the " + what)
    lab.check(len(said["log of ipsecd"]) > 1000, "the secret is nowhere in what was said")
    lab.check(all(re.search(r"ipsec 1: ", line) for line in said["log of ipsecd"].splitlines()
                  if re.search(r"connecting to|established with|up: 10\.", line)),
              "each line about a tunnel begins with it")


def scenario(world):
    pair = Pair(world, debug="all")
    pair.peer()
    nobody(pair)
    silence(pair)
    pfs(pair, True)
    pfs(pair, False)
    collisions(pair)
    commits(pair)
    lost(pair)
    packets(pair)
    traffic(pair)
    flapping(pair)
    taint(pair)


if __name__ == "__main__":
    lab.main(scenario)
