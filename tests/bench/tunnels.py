#!/usr/bin/python3
"""1,000 tunnels (or as many as the argument says): one script, one commit, up.

Wall-clock and CPU time of every process at the initiator's side, and the CPU
time of its process ike against the bare cryptography of as many handshakes,
measured in the same run. Not a test: nothing here fails for being slow."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

COUNT = int(next(iter(sys.argv[1:]), 1000))


def bare_seconds():
    """CPU of one side of a handshake with the default suite, cryptography alone."""
    out = subprocess.run([lab.build_dir() + "/tests/bench/bench_crypto"], check=True,
                         capture_output=True, text=True).stdout
    return float(re.search(r"x25519 .* ([0-9.]+)$", out, re.M).group(1)) / 1e6


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.many_tunnels(COUNT, alice.outer, bob.outer, "a", "b", False), timeout=600)
    script = lab.many_tunnels(COUNT, bob.outer, alice.outer, "b", "a", True)
    procs = {name: pid for name in ("ike", "keys", "esp") if (pid := b.child(name))}
    procs.update(monitor=b.ipsecd.pid, confd=b.confd.pid)
    before = {name: lab.cpu_seconds([pid]) for name, pid in procs.items()}
    own = os.times()
    begin = time.monotonic()
    b.cli(script, timeout=600)
    committed = time.monotonic() - begin
    shell = os.times().children_user + os.times().children_system \
        - own.children_user - own.children_system
    lab.wait_for("all %d are up" % COUNT,
                 lambda: b.show("ipsec").count("Up(Installed)") == COUNT, 600, 0.2)
    up = time.monotonic() - begin
    used = {name: lab.cpu_seconds([pid]) - before[name] for name, pid in procs.items()}
    print("%d tunnels, %d lines of script" % (COUNT, script.count("\n")))
    print("committed after %.2f s, all up after %.2f s" % (committed, up))
    print("CPU seconds of the shell with its script: %.2f" % shell)
    for name, seconds in sorted(used.items()):
        print("CPU seconds of %-8s %.2f" % (name, seconds))
    bare = bare_seconds() * COUNT
    print("bare cryptography of %d handshakes: %.2f CPU s; ike used %.1f times that"
          % (COUNT, bare, used["ike"] / bare))


lab.main(scenario)
