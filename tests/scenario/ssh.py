#!/usr/bin/python3
"""culvert as a login shell and as ForceCommand of a real sshd: sessions, commands
and scripts; what is left of a connection that is lost; no way out of it; roles,
secrets and the audit log."""
import os
import re
import signal
import subprocess

import pexpect

import lab
from lab.ssh import Sshd, fetch

SHELL = "/run/bin/culvert"
SECRET = "never-to-be-seen-1234"
EXEC, CONFIG, ONE = "gw:/#> ", "gw:/config/#> ", "gw:/config/tunnel/ipsec-1/#> "
PATIENCE = 60

FORCED = """Match User fred
    ForceCommand %s -F
    DisableForwarding yes
""" % SHELL


class Terminal:
    """A session of ssh on a terminal."""

    def __init__(self, sshd, user, *words, columns=100):
        argv = sshd.node.inside(sshd.client(user, *words, tty=True))
        self.p = pexpect.spawn(argv[0], argv[1:], encoding="utf-8", timeout=PATIENCE,
                               dimensions=(30, columns), codec_errors="replace",
                               env={**os.environ, "TERM": "xterm"})
        self.p.delaybeforesend = None

    def line(self, text, prompt=EXEC):
        self.p.sendline(text)
        return self.until(prompt)

    def until(self, text):
        self.p.expect_exact(text)
        return self.p.before

    def lives(self):
        """Whatever was typed, it is this shell that one talks to."""
        for _ in range(10):             # a key may take the next ones along
            self.p.send("\x03")
            self.until(EXEC)
            self.p.sendline("show version")
            if self.p.expect_exact(["protocol 1, adam as administrator", pexpect.TIMEOUT],
                                   timeout=5) == 0:
                self.until(EXEC)
                return
        raise lab.Failure("this shell answers no more: %r" % self.p.buffer[-500:])

    def ended(self):
        # What was committed is not saved, which is said once.
        if self.p.expect_exact(["repeat the command", pexpect.EOF]) == 0:
            self.line("", EXEC)
            self.p.sendline("quit")
            self.p.expect(pexpect.EOF)
        self.p.close()
        return self.p.exitstatus


def shells(g):
    """The culverts that run in the node, without their helpers."""
    found = []
    for pid in lab.descendants(os.getpid()):
        try:
            if os.readlink("/proc/%d/exe" % pid) != SHELL:
                continue
            with open("/proc/%d/status" % pid) as f:
                status = f.read()
            if re.search(r"^Seccomp:\s+2$", status, re.M):
                found.append(pid)
        except OSError:
            pass
    return found


def sessions(s):
    lab.say("a session at a terminal")
    t = Terminal(s, "adam")
    t.until(EXEC)
    lab.check("adam as administrator" in t.line("show version"), "it knows who that is")
    t.p.send("show runn\x03")
    t.until(EXEC)
    t.p.send("\x1a\x1c")
    lab.check("protocol" in t.line("show version"), "Ctrl-C, Ctrl-Z and Ctrl-\\ do not end it")
    t.p.sendline("ping 127.0.0.1 count 1000")
    t.until("bytes from")
    t.p.send("\x03")
    t.until(EXEC)
    lab.check("protocol" in t.line("show version"), "Ctrl-C ends a command that runs")
    t.p.setwinsize(30, 44)
    t.p.sendline("help commit")
    t.until("commit")
    lab.wait_for("the lines fit the new width", lambda: all(
        len(x) <= 44 for x in t.line("help show").replace("\r", "").split("\n")[1:]))
    t.p.sendline("exit")
    lab.check(t.ended() == 0, "exit ends the connection")

    lab.say("commands and scripts")
    lab.check("adam as administrator" in s.run("adam", "show version"), "one command")
    status, out = s.run("adam", "frobnicate", ok=False)
    lab.check(status == 2, "a line without sense is status 2 here, too")
    status, out = s.run("adam", stdin="config\nsystem\nlocation x y\nhostname -\nleave\n", ok=False)
    lab.check(status == 2 and "input:4" in out, "and in a script it is named by its number")
    s.run("adam", stdin="config system location the attic\nconfig\nleave\n")
    lab.check("attic" in s.run("fred", "show running-config"), "what ForceCommand was asked for")
    t = Terminal(s, "fred")
    t.until(EXEC)
    t.p.sendline("quit")
    lab.check(t.ended() == 0, "ForceCommand without a question is a session")
    status, out = s.run("adam", stdin="config\nsystem location gone\ncommit", ok=False)
    lab.check(status == 2 and "has no end" in out, "the half of a line is not run")
    lab.check("attic" in s.run("adam", "show running-config"), "and nothing is committed")


def lost(g, s):
    lab.say("connections that are lost")
    lock = "lock" if s.run("adam", "config lock", ok=False)[0] != 2 else ""
    for how in ("killed", "silent"):
        t = Terminal(s, "adam")
        t.until(EXEC)
        t.line("config", CONFIG)
        if lock:
            t.line(lock, CONFIG)
        t.line("system location lost-%s" % how, CONFIG)
        lab.check(len(shells(g)) == 1, "there is one shell")
        if how == "killed":
            t.p.kill(signal.SIGKILL)
        else:
            os.kill(t.p.pid, signal.SIGSTOP)
        lab.wait_for("the shell has ended", lambda: not shells(g), 60)
        s.run("adam", stdin="config\n%s\nsystem location after-%s\nleave\n" % (lock, how))
        lab.check("after-" + how in s.run("adam", "show running-config"),
                  "%s: no lock and no edit is left" % how)
        t.p.kill(signal.SIGKILL)
        t.p.close()
    lab.say("a script whose connection is lost before its end")
    p = subprocess.Popen(g.inside(s.client("adam")), stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    p.stdin.write(b"config\nsystem location half\nsystem contact nobody\n")
    p.stdin.flush()
    lab.wait_for("the shell has begun", lambda: shells(g))
    p.kill()
    p.wait()
    lab.wait_for("and ended", lambda: not shells(g), 60)
    lab.check("half" not in s.run("adam", "show running-config"), "it has changed nothing")


ESCAPES = ["!sh", "!!", "sh", "bash -i", "show version | sh", "show version | less",
           "show version | save |sh", "show version; sh", "show version && sh", "`sh`", "$(sh)",
           "show version > /tmp/x", "shell", "start shell", "edit", "vi", "exec sh", "help | sh",
           "ping 127.0.0.1;sh", "ping -h", "ping '127.0.0.1 -I x'", "ping $(sh)", "ping --help",
           "traceroute -h", "copy running-config /proc/self/mem",
           "copy running-config ~/.ssh/authorized_keys", "copy running-config .profile",
           "show running-config | save .ssh/rc", "show running-config | save .bashrc",
           "show running-config | save /etc/passwd", "show running-config | save ../gustav/x",
           "load replace /etc/shadow"]


def escapes(g, s):
    lab.say("no way out")
    before = g.read("/etc/passwd")
    t = Terminal(s, "adam")
    t.until(EXEC)
    for line in ESCAPES:
        t.p.sendline(line)
        out = t.until(EXEC)
        if "%" not in out or "uid=" in out or "root:" in out:
            raise lab.Failure("'%s' got:\n%s" % (line, out))
    lab.say("ok: %d lines are refused" % len(ESCAPES))
    for user, words in (("adam", ["/bin/sh"]), ("fred", ["/bin/sh", "-i"]),
                        ("adam", ["exec", "id"]), ("adam", ["-c", "id"]),
                        ("adam", ["scp", "-t", "/tmp"]), ("fred", ["-y", "/tmp"])):
        status, out = s.run(user, *words, ok=False)
        lab.check(status != 0 and "uid=" not in out, "%s cannot run %s" % (user, " ".join(words)))
    status, out = g.run("sftp", "-P", "2222", "-i", "/run/ssh/user", "-o", "BatchMode=yes",
                        "-o", "UserKnownHostsFile=/run/ssh/known", "-b", "/dev/stdin",
                        "fred@127.0.0.1", stdin="ls /\n", ok=False)
    lab.check(status != 0 and "bin" not in out, "ForceCommand leaves no SFTP")
    # Keys: an editor, a pager, a shell, readline's own.
    for keys in ("\x18\x05", "\x1b!", "\x1bv", "\x18\x12", "\x1b\x1b", "\x1b*", "\x1b?",
                 "~/.ssh/\t\t", "!\t\t", "\x18!", "\x0f", "\x12sh\x07"):
        t.p.send(keys)
        t.lives()
    for keys in ("!sh\r", "v", "|sh\r", "s/etc/passwd\r", "e", "o", ":e /etc/passwd\r"):
        t.p.sendline("help")
        t.until("--")                   # a page of it
        t.p.send(keys + "q")
        t.lives()
    lab.say("ok: no key leads out, nor in the pager")
    pids = shells(g)
    lab.check(len(pids) == 1, "there is one shell, with a filter for system calls")
    kids = [os.readlink("/proc/%d/exe" % k) for k in lab.descendants(pids[0])]
    lab.check(set(kids) <= {SHELL}, "it has started nothing")
    lab.check(before == g.read("/etc/passwd"), "files are as they were")
    t.p.sendline("quit")
    t.ended()


def roles(s):
    lab.say("roles")
    setup = ["config", "tunnel", "ipsec 1", "local-address 127.0.0.1", "peer 127.0.0.9",
             "local-id a", "remote-id b", "local-subnet 10.0.1.0/24",
             "remote-subnet 10.0.2.0/24", "secret " + SECRET, "leave", ""]
    s.run("adam", stdin="\n".join(setup))
    lab.check(SECRET in s.run("adam", "show running-config with-secrets"), "adam may see a secret")
    for user in ("olga", "gustav"):
        for words in ("show running-config", "show running-config with-secrets",
                      "show running-config | json"):
            out = s.run(user, words)
            lab.check(SECRET not in out and "127.0.0.9" in out, "%s: no secret in %s" % (user, words))
    s.run("olga", stdin="config tunnel ipsec 1 description by olga\nconfig\nleave\n")
    lab.check("by olga" in s.run("gustav", "show running-config"), "olga may describe a tunnel")
    status, out = s.run("olga", stdin="config tunnel ipsec 1 peer 127.0.0.8\n", ok=False)
    lab.check(status == 3 and "administrator" in out and "culvert-admin" in out,
              "olga may not change its peer, and hears who may")
    status, out = s.run("gustav", "config", ok=False)
    lab.check(status == 1 and "culvert-operator" in out, "gustav may not edit")
    status, out = s.run("gustav", "tunnel ipsec 1 terminate", ok=False)
    lab.check(status == 1 and "culvert-operator" in out, "nor close a tunnel")


def secrets(g, s):
    lab.say("secrets and the audit log")
    other = "another-secret-5678"
    for user in ("adam", "fred"):
        # ssh's own command line, on the user's machine, is not ours to hide.
        t = Terminal(s, user, "config tunnel ipsec 1 secret %s; ping 127.0.0.1 count 1000" % other)
        t.until("bytes from")
        pids = shells(g)
        lab.check(len(pids) == 1, "the command runs")
        for pid in pids + lab.descendants(pids[0]):
            for what in ("cmdline", "environ"):
                with open("/proc/%d/%s" % (pid, what), "rb") as f:
                    if other.encode() in f.read():
                        raise lab.Failure("%s: the secret is in %s of %d" % (user, what, pid))
        t.p.send("\x03")
        t.ended()
    lab.say("ok: no secret in what ps shows")
    t = Terminal(s, "adam")
    t.until(EXEC)
    t.line("config", CONFIG)
    t.line("tunnel", "gw:/config/tunnel/#> ")
    t.line("ipsec 1", ONE)
    t.line("secret " + other, ONE)
    t.p.sendline("leave")
    t.until(EXEC)
    audit = t.line("show audit 200 | no-more")
    t.p.sendline("quit")
    t.ended()
    history = g.read("/run/home/adam/.culvert_history")
    lab.check("secret ****" in history and other not in history, "the history masks it")
    kept = g.read("/var/lib/culvert/audit")
    lab.check("adam" in audit and "commit" in audit, "show audit shows it")
    for word in ("adam", "olga", "gustav", "127.0.0.1", "denied", "description by olga"):
        lab.check(word in kept, "the audit log has " + word)
    for secret in (SECRET, other):
        for where, text in (("the audit log", audit + kept), ("the log", log(g)),
                            ("show commits", s.run("adam", "show commits"))):
            lab.check(secret not in text, "no secret in " + where)
    status, out = s.run("olga", "show audit", ok=False)
    lab.check(status == 1 and "administrator" in out, "it is for administrators")


def log(g):
    text = ""
    for p in g.processes:
        text += p.text()
    return text


def scenario(world):
    gw = world.node("gw")
    gw.run("mkdir", "-p", "/run/bin")
    users = {"adam": (SHELL, ["culvert-admin"]), "olga": (SHELL, ["culvert-operator"]),
             "gustav": (SHELL, []), "fred": ("/bin/sh", ["culvert-admin"])}
    env = {"CULVERT_SOCKET": "/run/culvert/confd.sock", "CULVERT_YANGDIR": "/run/yang"}
    culvert = lab.Culvert(gw, start=False)
    gw.run("install", "-m", "755", culvert.program("culvert"), SHELL)
    s = Sshd(gw, users, env, FORCED)
    culvert.start_confd()
    culvert.cli("config\nsystem hostname gw\nleave\n")
    sessions(s)
    lost(gw, s)
    roles(s)
    escapes(gw, s)
    secrets(gw, s)


fetch()
lab.main(scenario)
