#!/usr/bin/python3
"""`ipsec monitor`: what passes, as lines and as a capture that tshark decodes; a
reader who stops reading holds nobody up and is told what he lost."""
import json
import os
import re
import signal
import subprocess

import lab

SECRET = "correct-horse-battery-staple"
SAVED = "/run/seen.pcap"


def tshark(node, path, *more):
    """Fields of the packets in a capture, one line each."""
    got = subprocess.run(node.inside(["tshark", "-r", path, *more]), text=True,
                         capture_output=True, check=True, timeout=60)
    return got.stdout.splitlines()


def configured(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet=bob.subnet, secret=SECRET))
    b.cli(lab.tunnel(number=7, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    return alice, bob, wire, a, b


def lines(world, alice, bob, a, b):
    """All of a set-up, a ping and a rekeying, on Alice's terminal and in a file."""
    t = lab.Terminal(a)
    t.run("tunnel")
    t.send("ipsec monitor save " + SAVED)
    t.wait("Ctrl-C stops it")
    b.cli("tunnel\nipsec 7 initiate\n")
    t.wait(r"\d\d:\d\d:\d\d\.\d{3} \S+ +in +IKE \S+ > \S+ IKE_SA_INIT request 0 "
           r"\[ [^]\r]*KE\([^]\r]*No [^]\r]*\] \d+ octets")
    t.wait(r"out +IKE \S+ > \S+ IKE_SA_INIT response 0 \[ [^]\r]*KE\(")
    t.wait(r" +in +IKE \S+ > \S+ IKE_AUTH request 1 \[ [^]\r]*IDi [^]\r]*AUTH [^]\r]*TSi TSr")
    t.wait(r"ipsec1 +out +IKE \S+ > \S+ IKE_AUTH response 1 \[ [^]\r]*IDr [^]\r]*AUTH ")
    lab.say("ok: the set-up with the payloads that were encrypted")
    a.wait_up()
    b.wait_up(7)
    lab.check(alice.ping(bob) == 3, "pings cross while somebody watches")
    t.wait(r"ipsec1 +out +ESP \S+ > \S+ SPI [0-9a-f]{8} sequence 1 \d+ octets")
    t.wait(r"ipsec1 +in +ESP \S+ > \S+ SPI [0-9a-f]{8} sequence 1 \d+ octets")
    lab.say("ok: ESP of both directions, with the tunnel's number")
    b.cli("tunnel\nipsec 7 rekey\n")
    t.wait(r"ipsec1 +in +IKE \S+ > \S+ CREATE_CHILD_SA request \d+ \[ N\(REKEY_SA\)")
    t.wait(r"ipsec1 +in +IKE \S+ > \S+ INFORMATIONAL request \d+ \[ D\(ESP")
    out = t.interrupt()
    lab.check(re.search(r"\d+ packets are in " + SAVED, out), "it says what it saved")
    lab.check("Up(Installed)" in t.run("show ipsec"), "Ctrl-C ended it, and not the session")
    lab.check("exists" in t.run("ipsec monitor save " + SAVED) or "there already" in
              t.seen[-400:], "a file that is there is not overwritten")
    t.close()


def capture(a):
    """What Wireshark makes of the file."""
    got = tshark(a.node, SAVED, "-Y", "isakmp", "-T", "fields", "-e", "isakmp.exchangetype",
                 "-e", "isakmp.messageid", "-e", "isakmp.ispi")
    kinds = [line.split("\t")[0] for line in got]
    for number, name in (("34", "IKE_SA_INIT"), ("35", "IKE_AUTH"), ("36", "CREATE_CHILD_SA"),
                         ("37", "INFORMATIONAL")):
        lab.check(kinds.count(number) >= 2, "tshark sees request and answer of " + name)
    lab.check(len(tshark(a.node, SAVED, "-Y", "esp")) >= 6, "tshark sees the ESP of the pings")
    bad = tshark(a.node, SAVED, "-Y", "_ws.malformed")
    lab.check(not bad, "nothing of it is malformed")
    init = "\n".join(tshark(a.node, SAVED, "-V", "-Y", "isakmp.exchangetype == 34"))
    lab.check("Key Exchange" in init and "Nonce" in init and "Security Association" in init,
              "tshark names the payloads of IKE_SA_INIT")
    got = tshark(a.node, SAVED, "-T", "fields", "-e", "frame.time_epoch")
    lab.check(float(got[0]) <= float(got[-1]), "in the order of time")
    mode = a.node.run("stat", "-c", "%a", SAVED).strip()
    lab.check(mode == "600", "only its owner may read it")


def one_tunnel(a, b):
    """JSON, of one tunnel, from a script; it ends with the reader."""
    w = a.node.spawn("watch", *a.shell(), "-c", "tunnel; ipsec 1 monitor | json", env=a.env)
    seen = lambda: [json.loads(x) for x in w.text().splitlines() if x.endswith("}")]

    def knocked():
        b.cli("tunnel\nipsec 7 rekey-ike\n")
        return [x for x in seen() if x["culvert-tunnel:packet"].get("exchange")]
    lab.wait_for("JSON of an exchange", knocked, 20, 0.3)
    first = knocked()[0]["culvert-tunnel:packet"]
    lab.check(first["tunnel"] == 1 and first["protocol"] == "ike" and
              first["payloads"] and isinstance(first["message-id"], int),
              "each line is a notification of the model")
    a.refused("tunnel\nipsec 2 monitor\n", "no such ipsec")
    w.stop(signal.SIGKILL)


def slow(alice, bob, a):
    """A reader who has stopped: pings go on, and he is told what he lost."""
    w = a.node.spawn("slow", *a.shell(), "-c", "tunnel; ipsec monitor", env=a.env)
    lab.wait_for("the first line", lambda: alice.ping(bob, count=1) and w.text(), 20, 0.1)
    os.kill(w.pid, signal.SIGSTOP)
    out = alice.host.run("ping", "-n", "-q", "-f", "-c", "2500", bob.host_address,
                         timeout=120)
    lab.check(re.search(r" 0% packet loss", out), "2,500 pings cross meanwhile")
    lab.check(a.is_up(), "and the daemons answer")
    os.kill(w.pid, signal.SIGCONT)
    lab.wait_for("the count of what was lost",
                 lambda: re.search(r"(\d+) were left out here", w.text()), 20)
    lab.wait_for("later lines again",
                 lambda: alice.ping(bob, count=1) and
                 w.text().rpartition("left out")[2].count(" ESP ") >= 2, 20, 0.2)

    def counted():
        lost = sum(map(int, re.findall(r"(\d+) were left out here", w.text())))
        return lost, w.text().count(" ESP ")
    # Each hop tells what it lost itself, within a second. (GRO may have merged
    # some packets before anybody could see them.)
    lost, shown = lab.wait_for("shown and lost to be all",
                               lambda: sum(counted()) >= 4500 and counted(), 20)
    lab.say("ok: %d lines shown, %d lost" % (shown, lost))
    w.stop(signal.SIGKILL)


def system(a):
    """show system knows the data plane and every process."""
    out = a.cli("show system\n")
    lab.check(re.search(r"data-plane: (xfrm|user)$", out, re.M), "show system names the data plane")
    for name in ("confd", "ipsecd", "ipsecd: ike", "ipsecd: keys"):
        lab.check(re.search(r"^ +%s +\d+ " % name, out, re.M), "and the process " + name)
    out = a.cli("show interfaces\n")
    lab.check(re.search(r"outer0 +up .*192\.168\.0\.1/24", out), "show interfaces has the outer one")


def log(a):
    """One log of all processes, which follows and outlives a killed ike."""
    out = a.cli("show log 500\n")
    for who in ("confd: ready", "ipsecd: ready", "ipsecd-ike: ", "connected to ipsecd"):
        lab.check(who in out, "show log has: " + who)
    lab.check(SECRET not in out, "and no secret")
    out = a.cli("tech-support\n")
    lab.check(SECRET not in out and "spi-i" in out and "secret" in out and
              "established" in out, "tech-support has all of a tunnel but its secret")
    t = lab.Terminal(a)
    t.send("show log follow")
    t.wait("Ctrl-C stops it")
    pid = a.kill_child("ike")
    t.wait(r"confd: connected to ipsecd")
    t.wait(r"ipsecd: error: ike \(process %d\)" % pid)
    t.interrupt()
    t.close()
    a.wait_up()
    lines = [x for x in a.cli("show log 2000\n").splitlines() if "ipsecd: ready" in x]
    lab.check(len(lines) == 1, "nothing is there twice after ike came back")


def restarts(a):
    """The daemon that is watched goes: the command ends and says so."""
    t = lab.Terminal(a)
    t.run("tunnel")
    t.send("ipsec monitor")
    t.wait("Ctrl-C stops it")
    a.kill_child("ike")
    t.wait("% .*ipsecd")
    t.wait(t.prompt)
    a.wait_up()
    lab.say("ok: ended with a reason when ike died")
    t.close()


def scenario(world):
    alice, bob, wire, a, b = configured(world)
    lines(world, alice, bob, a, b)
    capture(a)
    one_tunnel(a, b)
    slow(alice, bob, a)
    system(a)
    log(a)
    restarts(a)


if __name__ == "__main__":
    lab.main(scenario)
