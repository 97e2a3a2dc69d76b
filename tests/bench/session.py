#!/usr/bin/python3
"""What a person and a script wait for: start to prompt, one-shot commands, a
commit of one leaf, a push of all tunnels and `show ipsec`, each with 1, 25, 1,000
and 10,000 tunnels that are up (or as many as the arguments say). Wall-clock time
as the median and the least of many, and the CPU time of every process that has a
part in it, beside what is aimed at.

Bob's daemons are measured; Alice is the peer of all his tunnels. Both have the
data plane `null`, for packets are not the matter. Build without sanitizers.
Not a test: nothing here fails for being slow."""
import os
import re
import statistics
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
import lab  # noqa: E402

COUNTS = [int(x) for x in sys.argv[1:]] or [1, 25, 1000, 10000]
# The most CPU milliseconds for a commit of one leaf.
COMMIT = {1: 2, 25: 2, 1000: 10, 10000: 50}


def cpu_ms(pid):
    """A process's CPU time so far, to the nanosecond (its clock, see
    clock_getcpuclockid(3))."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e6


class Watch:
    """CPU time of the daemons, by name, since the last look."""

    def __init__(self, culvert):
        self.pids = {"ipsecd": culvert.ipsecd.pid, "confd": culvert.confd.pid}
        for pid in lab.culvert.descendants(culvert.confd.pid):
            self.pids["system"] = pid
        for name in ("ike", "keys"):
            self.pids[name] = culvert.child(name)
        self.look()

    def look(self):
        now = {name: cpu_ms(pid) for name, pid in self.pids.items()}
        spent = {name: now[name] - self.last[name] for name in now} if hasattr(self, "last") else {}
        self.last = now
        return spent


def say(name, walls, cpu, rounds, aim=""):
    """One line: wall-clock in ms, CPU ms of each process for one round."""
    cpu = {n: v / rounds for n, v in cpu.items()}
    print("  %-26s wall %8.2f (least %8.2f)  cpu %8.2f:%s%s" % (
        name, statistics.median(walls) * 1e3, min(walls) * 1e3, sum(cpu.values()),
        "".join(" %s %.2f" % (n, v) for n, v in cpu.items() if v >= 0.005),
        "   [aim: %s]" % aim if aim else ""), flush=True)


class Shell:
    """The shell, started from here: a socket in a node's /run is reached through
    /proc, so that no other program's start is measured."""

    def __init__(self, culvert):
        sock = "/proc/%d/root/run/culvert/confd.sock" % culvert.node.holder.pid
        self.argv = [culvert.program("culvert"), "-s", sock, "-y", lab.culvert.TOP + "/yang"]
        self.env = {**os.environ, "TERM": "xterm", "INPUTRC": "/dev/null",
                    "CULVERT_HISTORY": "/dev/null"}

    def start(self, *more, stdin, stdout):
        return os.posix_spawn(self.argv[0], [*self.argv, *more], self.env, file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)])

    def once(self, *more, stdin=None):
        """Runs it: seconds, CPU ms, output."""
        null = os.open(stdin or "/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        r, w = os.pipe()
        begin = time.monotonic()
        pid = self.start(*more, stdin=null, stdout=w)
        os.close(w)
        with open(r) as f:
            out = f.read()
        _, status, used = os.wait4(pid, 0)
        wall = time.monotonic() - begin
        os.close(null)
        if status:
            raise lab.Failure("%s: status %d\n%s" % (more, status >> 8, out[-1000:]))
        return wall, (used.ru_utime + used.ru_stime) * 1e3, out


def many(shell, watch, name, rounds, aim, *more, wanted=None):
    walls, own = [], 0
    watch.look()
    for _ in range(rounds):
        wall, cpu, out = shell.once(*more)
        walls.append(wall)
        own += cpu
        if wanted and not wanted(out):
            raise lab.Failure("%s: %s" % (more, out[-1000:]))
    say(name, walls, {"shell": own, **watch.look()}, rounds, aim)


def prompt(shell, watch, rounds=30):
    """From the start on a terminal to the prompt."""
    walls, own = [], 0
    watch.look()
    for _ in range(rounds):
        master, slave = os.openpty()
        termios.tcsetwinsize(slave, (40, 100))
        begin = time.monotonic()
        pid = shell.start(stdin=slave, stdout=slave)
        out = b""
        while b"#> " not in out:
            out += os.read(master, 4096)
        walls.append(time.monotonic() - begin)
        own += cpu_ms(pid)
        os.write(master, b"exit\r")
        os.close(slave)
        try:
            while os.read(master, 4096):
                pass
        except OSError:
            pass                # the terminal's other end is closed
        os.waitpid(pid, 0)
        os.close(master)
    say("start to prompt", walls, {"shell": own, **watch.look()}, rounds, "wall 5")


def commit_leaf(shell, watch, count, rounds=50):
    """One leaf changed and committed, in a session that is there."""
    r, stdin = os.pipe()
    stdout, w = os.pipe()
    pid = shell.start(stdin=r, stdout=w)
    os.close(r)
    os.close(w)
    out = os.fdopen(stdout)
    os.write(stdin, b"show version\nconfig\n")
    out.readline()
    walls, own = [], cpu_ms(pid)
    watch.look()
    for i in range(rounds):
        begin = time.monotonic()
        os.write(stdin, b"tunnel ipsec %d description round %d of %d\ncommit\n"
                 % (1 + i * 7919 % count, i, time.monotonic_ns()))
        while not (line := out.readline()).startswith("Committed"):
            if not line:
                raise lab.Failure("no commit")
        walls.append(time.monotonic() - begin)
    own = cpu_ms(pid) - own
    spent = watch.look()
    os.close(stdin)
    os.waitpid(pid, 0)
    say("commit of one leaf", walls, {"shell": own, **spent}, rounds,
        "cpu %g" % COMMIT[count] if count in COMMIT else "")


def push(shell, watch, culvert, name, script, aim=""):
    """A script on standard input."""
    path = os.path.join(culvert.node.log_dir, "script")
    with open(path, "w") as f:
        f.write(script)
    watch.look()
    wall, cpu, out = shell.once(stdin=path)
    say(name, [wall], {"shell": cpu, **watch.look()}, 1, aim)
    return out


def measure(alice, bob, a, b, count):
    for c in (a, b):
        c.cli("config\ncopy factory-config candidate\nleave\n", timeout=600)
    a.cli(lab.many_tunnels(count, alice.outer, bob.outer, "a", "b", False), timeout=600)
    script = lab.many_tunnels(count, bob.outer, alice.outer, "b", "a", True)
    watch, shell = Watch(b), Shell(b)
    print("%d tunnels, %d lines of script" % (count, script.count("\n")), flush=True)
    push(shell, watch, b, "push all", script, "wall 5,000" if count == 10000 else "")
    begin = time.monotonic()
    lab.wait_for("all %d are up" % count,
                 lambda: b.show("ipsec").count("Up(Installed)") == count, 600, 0.5)
    print("  all up after another %.1f s" % (time.monotonic() - begin))
    push(shell, watch, b, "push the same again", script)
    prompt(shell, watch)
    many(shell, watch, "one-shot 'show version'", 30, "wall 10", "-c", "show version")
    many(shell, watch, "one-shot 'show ipsec'", 20 if count < 5000 else 5,
         "wall 10" if count < 1000 else "wall 200" if count == 10000 else "",
         "-c", "tunnel show ipsec",
         wanted=lambda out: out.count("Up(Installed)") == count)
    many(shell, watch, "one-shot 'show ipsec N'", 20, "wall 10", "-c",
         "tunnel show ipsec %d" % count, wanted=lambda out: "Up(Installed)" in out.title())
    commit_leaf(shell, watch, count)
    many(shell, watch, "one-shot show running", 5, "", "-c", "show running-config")


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    a, b = lab.Culvert(alice.gw, plane="null"), lab.Culvert(bob.gw, plane="null")
    if re.search("enable-sanitizers", subprocess.run(
            [lab.build_dir() + "/config.status", "--config"], capture_output=True,
            text=True, check=True).stdout):
        print("(a build with sanitizers: these figures mean nothing)")
    print("milliseconds")
    for count in COUNTS:
        measure(alice, bob, a, b, count)


lab.main(scenario)
