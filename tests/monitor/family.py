#!/usr/bin/python3
"""The processes of ipsecd, started for real in a network namespace of their own:
who they are, what they may do, and what happens when one of them ends.

As root; exit status 77 (skipped) otherwise."""
import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("top_srcdir") or os.path.join(os.path.dirname(__file__), "../..")
BUILD = os.environ.get("top_builddir") or os.path.join(TOP, "build")
IPSECD = os.environ.get("IPSECD") or os.path.join(BUILD, "ipsecd/ipsecd")
USERS = {"ike": "_culvert-ike", "keys": "_culvert-keys", "esp": "_culvert-esp",
         "fetch": "_culvert-fetch"}
os.environ.setdefault("CULVERT_FETCH", os.path.join(BUILD, "ipsecd/culvert-fetch"))
CLONE_NEWNET = 0x40000000

# lib/proto.h
HELLO, GET, ACTION, PREPARE, APPLY, ABORT = 1, 2, 11, 12, 13, 14
A_VERSION, A_DATASTORE, A_PATH, A_DATA, A_TXN, A_REPLACE = 1, 5, 6, 9, 19, 20
A_ERR_TEXT, A_ERR_PATH = 22, 23
OPERATIONAL = 5
REPLY, ERROR = 1, 2


class Failed(Exception):
    pass


def check(ok, what):
    if not ok:
        raise Failed(what)
    print("ok:", what, flush=True)


def wait_for(what, test, deadline=10):
    end = time.monotonic() + deadline
    while not (r := test()):
        if time.monotonic() > end:
            raise Failed("not within %d s: %s" % (deadline, what))
        time.sleep(0.02)
    return r


class Client:
    """What confd is to ipsecd."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(10)
        self.s.connect(path)
        self.id = 0

    def ask(self, op, *attrs):
        """(flags, {type: [values]})"""
        self.id += 1
        body = b""
        for kind, value in attrs:
            if isinstance(value, int):
                value = struct.pack("!I", value)
            elif isinstance(value, str):
                value = value.encode()
            body += struct.pack("!HHI", kind, 0, len(value)) + value
        self.s.sendall(struct.pack("!IHHI", 12 + len(body), op, 0, self.id) + body)
        length, got_op, flags, ident = struct.unpack("!IHHI", self.read(12))
        if (got_op, ident) != (op, self.id) or not flags & REPLY:
            raise Failed("an answer that is none: %d %d %d" % (got_op, flags, ident))
        rest, found = self.read(length - 12), {}
        while rest:
            kind, _, n = struct.unpack_from("!HHI", rest)
            found.setdefault(kind, []).append(rest[8:8 + n])
            rest = rest[8 + n:]
        return flags, found

    def read(self, n):
        out = b""
        while len(out) < n:
            got = self.s.recv(n - len(out))
            if not got:
                raise Failed("ipsecd closed the connection")
            out += got
        return out


def children(pid):
    """{name: pid}, by what a child calls itself."""
    out = {}
    for p in open("/proc/%d/task/%d/children" % (pid, pid)).read().split():
        # One may end while we look.
        m = re.match(r"ipsecd: (\w+)$", command(int(p))[0])
        if m:
            out[m.group(1)] = int(p)
    return out


def processes():
    return [int(p) for p in os.listdir("/proc") if p.isdigit()]


def command(pid):
    try:
        return open("/proc/%d/cmdline" % pid, errors="replace").read().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return [""]


def status(pid):
    return dict(re.findall(r"^(\w+):\t(.*)$", open("/proc/%d/status" % pid).read(), re.M))


class Daemon:
    def __init__(self, folder, plane):
        self.folder, self.rundir = folder, os.path.join(folder, "run")
        self.statedir = os.path.join(folder, "state")
        self.log = os.path.join(folder, "log")
        self.before = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.p = subprocess.Popen(
            [IPSECD, "-f", "-d", "sandbox,ipc,net", "-D", plane, "-r", self.rundir,
             "-s", self.statedir,
             "-y", os.path.join(TOP, "yang")],
            stdin=subprocess.DEVNULL, stderr=open(self.log, "a"))
        self.wait_log(r"\]: ready$")

    def text(self):
        return open(self.log).read()

    def wait_log(self, pattern, times=1):
        def there():
            if self.p.poll() is not None:
                raise Failed("ipsecd ended with %d:\n%s" % (self.p.returncode, self.text()))
            return len(re.findall(pattern, self.text()[self.before:], re.M)) >= times
        wait_for("the log says " + pattern, there)

    def door(self, name="ipsecd.sock"):
        return os.path.join(self.rundir, name)

    def children(self):
        return children(self.p.pid)

    def stop(self):
        self.p.send_signal(signal.SIGTERM)
        return self.p.wait(15)


def links():
    return set(re.findall(r"^\d+: ([^:@]+)", subprocess.check_output(["ip", "link"], text=True),
                          re.M))


def entry(ident, secret=None, **more):
    e = {"id": ident, **more}
    if secret:
        e["secret"] = secret
    return json.dumps({"culvert-tunnel:tunnel": {"ipsec": [e]}})


# CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_ADMIN,
# NET_RAW, SYS_CHROOT, SYS_ADMIN
MONITOR_CAPS = sum(1 << n for n in (0, 1, 3, 5, 6, 7, 8, 10, 12, 13, 18, 21))


def check_inside(d, name, pid, own_net):
    root = os.readlink("/proc/%d/root" % pid)
    st = os.stat(root)
    if name == "keys":
        check(root == os.path.join(d.statedir, "keys") and stat.S_IMODE(st.st_mode) == 0o700
              and st.st_uid == pwd.getpwnam(USERS[name]).pw_uid,
              "keys: its root is a folder of its own")
    else:
        check(root == os.path.join(d.rundir, "empty") and not os.listdir(root),
              "%s: its root is an empty folder" % name)
        check(st.st_uid == 0 and not st.st_mode & 0o222, "%s: where nobody may write" % name)
    check(os.readlink("/proc/%d/ns/net" % pid) != own_net,
          "%s: no way into our network but what it holds" % name)


def test_who(d, plane):
    expected = {"ike", "keys", "fetch"} | ({"esp"} if plane == "user" else set())
    # fetch is not waited for.
    d.wait_log("fetch is ready")
    kids = d.children()
    check(set(kids) == expected, "the children are %s" % ", ".join(sorted(expected)))
    own_net = os.readlink("/proc/self/ns/net")
    s = status(d.p.pid)
    check(s["CapBnd"] == s["CapPrm"] == s["CapEff"] and int(s["CapBnd"], 16) & ~MONITOR_CAPS == 0
          and s["NoNewPrivs"] == "1", "monitor keeps no capability but those it uses: " + s["CapEff"])
    for name, pid in kids.items():
        s = status(pid)
        uid = __import__("pwd").getpwnam(USERS[name])
        check(s["Uid"].split() == [str(uid.pw_uid)] * 4 and
              s["Gid"].split() == [str(uid.pw_gid)] * 4 and not s["Groups"].strip(),
              "%s is %s and in no other group" % (name, USERS[name]))
        check(all(int(s["Cap" + c], 16) == 0 for c in ("Inh", "Prm", "Eff", "Bnd", "Amb")),
              "%s has no capability and can get none" % name)
        check(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2",
              "%s: no new privileges, and a system call filter" % name)
        if name == "fetch":
            check(os.readlink("/proc/%d/ns/net" % pid) == own_net, "fetch is in the network")
        else:
            check_inside(d, name, pid, own_net)
        limits = open("/proc/%d/limits" % pid).read()
        check(re.search(r"Max core file size +0 +0 ", limits), "%s: leaves no core" % name)
        # What a process that may not be dumped shows belongs to root.
        check(os.stat("/proc/%d/mem" % pid).st_uid == 0, "%s: nobody may look into it" % name)
    kinds = [os.readlink("/proc/%d/fd/%s" % (kids["keys"], fd))
             for fd in os.listdir("/proc/%d/fd" % kids["keys"])]
    inodes = {m.group(1) for k in kinds if (m := re.match(r"socket:\[(\d+)\]", k))}
    udp = {line.split()[9] for f in ("udp", "udp6")
           for line in open("/proc/self/net/" + f).read().splitlines()[1:]}
    check(not inodes & udp, "keys holds no socket of the network")
    check(len(udp) == 4, "two ports are open, for IPv4 and IPv6")


def test_doors(d):
    import grp
    for name in ("ipsecd.sock", "ipsecd-keys.sock"):
        st = os.stat(d.door(name))
        check(stat.S_ISSOCK(st.st_mode) and stat.S_IMODE(st.st_mode) == 0o660 and
              st.st_uid == 0 and grp.getgrgid(st.st_gid).gr_name == "_culvert-confd",
              "%s is for root and confd only" % name)
    # Somebody who got the permission to connect, but is neither.
    os.chmod(d.door(), 0o666)
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            Client(d.door()).ask(HELLO, (A_VERSION, 1))
        except (Failed, OSError):
            os._exit(0)
        os._exit(1)
    check(os.waitpid(pid, 0)[1] == 0, "nobody else is answered")
    os.chmod(d.door(), 0o660)
    check("may not configure ipsecd" in d.text(), "and the log says so")


def test_transactions(d):
    ike, keys = Client(d.door()), Client(d.door("ipsecd-keys.sock"))
    for c in (ike, keys):
        check(c.ask(HELLO, (A_VERSION, 1))[0] == REPLY, "hello")
        check(c.ask(HELLO, (A_VERSION, 99))[0] & ERROR, "but not to another version")
    flags, a = keys.ask(PREPARE, (A_TXN, 1), (A_REPLACE, b""), (A_DATA, entry(1, "12345678")))
    check(flags == REPLY, "keys prepares a secret: %s" % a)
    flags, a = Client(d.door("ipsecd-keys.sock")).ask(PREPARE, (A_TXN, 2))
    check(flags & ERROR and b"under way" in a[A_ERR_TEXT][0], "one transaction at a time")
    check(keys.ask(APPLY, (A_TXN, 2))[0] & ERROR, "apply names its transaction")
    check(keys.ask(APPLY, (A_TXN, 1))[0] == REPLY, "keys applies")
    flags, a = keys.ask(PREPARE, (A_TXN, 3), (A_DATA, "{\"culvert-tunnel:tunnel\":"))
    check(flags & ERROR, "JSON cut in half is refused")
    other = Client(d.door("ipsecd-keys.sock"))
    other.ask(PREPARE, (A_TXN, 4))
    other.s.close()
    wait_for("a transaction ends with its connection",
             lambda: keys.ask(PREPARE, (A_TXN, 5))[0] == REPLY)
    check(keys.ask(ABORT, (A_TXN, 5))[0] == REPLY, "keys aborts")
    check(keys.ask(GET, (A_DATASTORE, OPERATIONAL), (A_PATH, "/culvert-tunnel:tunnel"))[0]
          & ERROR, "keys tells nobody anything")
    tunnel = entry(1, **{"local-address": "192.0.2.1", "peer": "192.0.2.2"})
    flags, a = ike.ask(PREPARE, (A_TXN, 1), (A_REPLACE, b""), (A_DATA, tunnel))
    check(flags == REPLY, "ike prepares a tunnel: %s" % a)
    check(ike.ask(APPLY, (A_TXN, 1))[0] == REPLY, "ike applies")
    flags, a = ike.ask(GET, (A_DATASTORE, OPERATIONAL), (A_PATH, "/culvert-tunnel:tunnel"))
    check(flags == REPLY and isinstance(json.loads(a[A_DATA][0]), dict), "ike tells its state")
    flags, a = ike.ask(ACTION, (A_PATH, "/culvert-tunnel:tunnel/ipsec[id='1']/explode"))
    check(flags & ERROR and b"explode" in a[A_ERR_TEXT][0], "an unknown action is refused")
    check(ike.ask(99)[0] & ERROR, "an unknown operation is refused")


def test_garbage(d):
    before = d.children()
    for name in ("ipsecd.sock", "ipsecd-keys.sock"):
        for junk in (b"\0" * 12, b"\xff" * 64, struct.pack("!IHHI", 20, 12, 0, 1) + b"\xff" * 8,
                     struct.pack("!IHHI", 12, 1, 0xff00, 1), b"GET / HTTP/1.0\r\n\r\n"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(d.door(name))
            s.sendall(junk)
            s.close()
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        s = socket.socket(family, socket.SOCK_DGRAM)
        for port in (500, 4500):
            for junk in (b"", b"\0", b"\xff", b"\0" * 4, b"\0" * 28, b"\xff" * 28,
                         b"\0" * 65000, os.urandom(1400), b"\0" * 4 + os.urandom(1400)):
                s.sendto(junk, (host, port))
    check(Client(d.door()).ask(HELLO, (A_VERSION, 1))[0] == REPLY and
          d.children() == before, "garbage on every socket: all live")


def test_kills(d):
    for name in sorted(d.children()):
        before = d.children()
        os.kill(before[name], signal.SIGKILL)
        after = wait_for("%s is started again" % name, lambda: (
            k := d.children()).keys() == before.keys() and k[name] != before[name] and k)
        check(all(after[n] == before[n] for n in before if n != name),
              "%s was killed, is there again, and the others stayed" % name)
        for door in ("ipsecd.sock", "ipsecd-keys.sock"):
            check(Client(d.door(door)).ask(HELLO, (A_VERSION, 1))[0] == REPLY,
                  "%s serves" % door)
    check(d.text().count("was killed by signal 9 (Killed); starting it again") >= 2,
          "the log tells of it")


def test_hangs(folder):
    """A child whose loop does not turn; often asked, as a watchdog wants it."""
    os.environ["WATCHDOG_USEC"] = "600000"
    d = Daemon(folder, "null")
    del os.environ["WATCHDOG_USEC"]
    try:
        for name in sorted(d.children()):
            pid = d.children()[name]
            os.kill(pid, signal.SIGSTOP)
            wait_for("%s hangs and is replaced" % name, lambda: d.children().get(
                name, pid) != pid, 60)
            check("%s (process %d) hangs and is killed" % (name, pid) in d.text(),
                  "the log says that %s hung" % name)
            d.wait_log(r"%s is ready" % name, 2)
        check(d.stop() == 0, "it ends in good order")
    finally:
        if d.p.poll() is None:
            d.p.kill()
            d.p.wait()


def test_without_fetch(folder):
    """What downloads CRLs is not there: ipsecd says so, and works."""
    program = os.environ["CULVERT_FETCH"]
    os.environ["CULVERT_FETCH"] = "/nonexistent/culvert-fetch"
    d = Daemon(folder, "null")
    os.environ["CULVERT_FETCH"] = program
    check("no CRL and no OCSP answer can be had: /nonexistent/culvert-fetch cannot be run (No "
          "such file or directory): install it" in d.text(), "without culvert-fetch it says so")
    check(set(d.children()) == {"ike", "keys"}, "and has no process for it")
    check(d.stop() == 0, "and ends in good order")


def test_cache_folder(folder):
    """Somebody else's folder is not taken for ours."""
    state = folder + "/state"
    shutil.rmtree(state, ignore_errors=True)
    os.makedirs(state)
    os.symlink("/etc", state + "/crl")
    d = Daemon(folder, "null")
    check("CRLs are not kept on disk: cannot open the folder" in d.text() and d.stop() == 0 and
          os.stat("/etc").st_uid == 0, "a link is no folder")
    os.unlink(state + "/crl")
    os.mkdir(state + "/crl")
    os.chown(state + "/crl", 65534, 65534)
    d = Daemon(folder, "null")
    check("belongs to somebody else" in d.text() and d.stop() == 0 and
          os.stat(state + "/crl").st_uid == 65534, "nor is somebody else's")
    os.rmdir(state + "/crl")


def test_addresses(d):
    address = ["192.0.2.99/32", "dev", "lo"]
    subprocess.run(["ip", "address", "add", *address], check=True)
    d.wait_log(r"address 192\.0\.2\.99 is there$")
    subprocess.run(["ip", "address", "del", *address], check=True)
    d.wait_log(r"address 192\.0\.2\.99 is gone$")
    check(True, "an address that comes and goes is noticed")


def test_restart_action(d):
    before = d.children()["ike"]
    Client(d.door()).ask(ACTION, (A_PATH, "/culvert-tunnel:tunnel/restart"))
    wait_for("ike is another process", lambda: d.children().get("ike") not in (None, before))
    check("ike starts again as it was asked to" in d.text(), "restart")


def test_background(folder):
    """Without -f: the parent returns when all is at work, or with the reason."""
    run = os.path.join(folder, "background")
    args = [IPSECD, "-D", "null", "-r", run, "-s", run + "/state", "-y", os.path.join(TOP, "yang")]
    p = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    check(p.returncode == 0, "in the background: %s" % p.stderr)
    check(Client(run + "/ipsecd.sock").ask(HELLO, (A_VERSION, 1))[0] == REPLY, "it serves")
    again = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=30)
    check(again.returncode == 1 and "error: " in again.stderr,
          "a second one is refused: " + again.stderr.strip())
    mine = [p for p in processes() if run in command(p) and
            command(p)[0] == IPSECD]
    check(len(mine) == 1, "one monitor")
    os.kill(mine[0], signal.SIGTERM)
    wait_for("it ends", lambda: not os.path.exists("/proc/%d" % mine[0]))


def test_refusals(folder):
    rows = (
        (["-p", "0"], 2, "a port is a number"), (["-D", "moon"], 2, "xfrm, user or null"),
        (["word"], 2, "one word too many"), (["--nonsense"], 2, "--help"),
        (["-f", "--user-ike", "no-such-user"], 1, "useradd --system"),
        (["-f", "-D", "null", "-r", "/dev/null"], 1, "not a folder"),
        (["-f", "-D", "null", "-r", folder + "/y", "-y", "/nonexistent"], 1, "/nonexistent"),
        (["-f", "--child", "ike"], 1, "only ipsecd starts its children"),
    )
    for args, want, text in rows:
        p = subprocess.run([IPSECD, *args], stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=30)
        check(p.returncode == want and text in p.stderr,
              "%s: %s" % (" ".join(args), p.stderr.strip().splitlines()[-1:]))
    check(not os.path.exists(folder + "/y/ipsecd.sock"), "a start that failed leaves no socket")


def test_no_device(d):
    """Somebody deletes the TUN device: esp ends and gets a new one."""
    old = d.children()["esp"]
    subprocess.run(["ip", "link", "del", "culvert0"], check=True)
    wait_for("another esp", lambda: d.children().get("esp") not in (None, old))
    check(subprocess.run(["ip", "link", "show", "culvert0"],
                         stdout=subprocess.DEVNULL).returncode == 0,
          "a deleted TUN device is made anew")
    check("the TUN device is gone" in d.text() and "ended with status 1" in d.text(),
          "and the log says why esp started again")


def clear(folder):
    return subprocess.run([IPSECD, "--clear", "-r", folder + "/run"], capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, timeout=30)


def test_failed_restart(folder):
    """monitor is killed, and the next one cannot start: what was protected stays
    so. (In a daemon's own end the routes go.)"""
    def routes():
        return subprocess.run(["ip", "route", "show", "table", "220"], capture_output=True,
                              text=True).stdout

    def rules():
        return subprocess.run(["ip", "rule", "show", "priority", "220"], capture_output=True,
                              text=True).stdout

    d = Daemon(folder, "user")
    ike = Client(d.door())
    ike.ask(HELLO, (A_VERSION, 1))
    ike.ask(PREPARE, (A_TXN, 1), (A_REPLACE, b""), (A_DATA, entry(1, **{
        "local-address": "192.0.2.1", "peer": "192.0.2.2",
        "local-subnet": ["10.0.1.0/24"], "remote-subnet": ["10.0.2.0/24"]})))
    ike.ask(APPLY, (A_TXN, 1))
    wait_for("the tunnel has its routes", lambda: "blackhole 10.0.2.0/24" in routes())
    kids = d.children()
    d.p.kill()
    d.p.wait()
    wait_for("the children end",
             lambda: not any(os.path.exists("/proc/%d" % p) for p in kids.values()))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", 500))
    p = subprocess.run([IPSECD, "-f", "-D", "user", "-r", folder + "/run", "-s", folder + "/state", "-y",
                        os.path.join(TOP, "yang")], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=30)
    s.close()
    check(p.returncode == 1 and "UDP port 500" in p.stderr, "the port is taken: no new start")
    check("blackhole 10.0.2.0/24" in routes() and rules(), "nothing leaves in clear for it")
    d = Daemon(folder, "user")
    check(d.stop() == 0 and "blackhole 10.0.2.0/24" in routes() and rules(),
          "nor after an orderly end")
    check(clear(folder).returncode == 0 and not routes() and not rules(), "--clear removes it all")


def family(plane):
    folder = tempfile.mkdtemp(prefix="culvert-family-")
    os.chmod(folder, 0o755)
    d = None
    try:
        before = links()
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(folder + "/notify")
        told.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = folder + "/notify"
        d = Daemon(folder, plane)
        said = told.recv(64)
        check(said == b"READY=1\nSTATUS=data plane " + plane.encode(),
              "who waits for the start is told: %r" % said)
        check(bool(links() - before) == (plane == "user"), "a TUN device only if it is needed")
        test_who(d, plane)
        check(clear(folder).returncode == 1, "--clear refuses while ipsecd runs")
        test_doors(d)
        test_transactions(d)
        test_garbage(d)
        test_addresses(d)
        test_kills(d)
        test_restart_action(d)
        if plane == "user":
            test_no_device(d)
        check(d.stop() == 0, "SIGTERM: status 0")
        check(bool(links() - before) == (plane == "user"), "the device stays")
        p = clear(folder)
        check(p.returncode == 0 and "sent in clear" in p.stderr, "--clear: " + p.stderr)
        check(not links() - before, "no device is left behind")
        check("220" not in subprocess.check_output(["ip", "rule"], text=True),
              "no rule of routing is left behind")
        check(os.listdir(d.rundir) == ["empty"], "no socket is left behind")
        for word in ("AddressSanitizer", "runtime error", "made a system call"):
            check(word not in d.text(), "the log has no '%s'" % word)
        if plane == "user":
            test_failed_restart(folder)
        if plane == "null":
            d = Daemon(folder, plane)
            kids = d.children()
            d.p.kill()
            d.p.wait()
            wait_for("the children end with monitor",
                     lambda: not any(os.path.exists("/proc/%d" % p) for p in kids.values()))
            check(True, "kill -9 of monitor ends its children")
            test_hangs(folder)
            test_without_fetch(folder)
            test_cache_folder(folder)
            test_background(folder)
            test_refusals(folder)
    except Exception:
        if d is not None:
            print(d.text())
        raise
    finally:
        if d is not None and d.p.poll() is None:
            d.p.kill()
            d.p.wait()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        return 77
    for user in list(USERS.values()) + ["_culvert-confd"]:
        if subprocess.run(["getent", "passwd", user], stdout=subprocess.DEVNULL).returncode:
            print("skipped: no user %s; run tools/create-users" % user)
            return 77
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) < 0:
        print("skipped: no network namespace:", os.strerror(ctypes.get_errno()))
        return 77
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for plane in sys.argv[1:] or ("null", "user"):
        print("---", plane)
        try:
            family(plane)
        except Failed as e:
            print("FAILED:", e)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
