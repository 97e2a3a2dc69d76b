#!/usr/bin/python3
"""The process fetch, started for real, with this test in the places of monitor and
ike: what it brings, what it keeps, and what it is not kept from by others.

As root, in namespaces of its own; exit status 77 (skipped) otherwise."""
import array
import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile                                                  # noqa: E402

BUILD = os.environ.get("top_builddir") or os.path.join(os.path.dirname(__file__), "../../build")
FETCH = os.environ.get("CULVERT_FETCH") or os.path.join(BUILD, "ipsecd/culvert-fetch")
USER = "_culvert-fetch"
FILE = os.urandom(100000)

# ipsecd/proc/ipc.h, options.h, ipsecd/ike/engine.h
IPC_STOP, IPC_PEER, IPC_READY, IPC_ALIVE, IPC_FETCH, IPC_FETCHED = 3, 4, 10, 15, 20, 21
FD_MONITOR, FD_FETCH, FD_CACHE = 3, 16, 17
CHILD_IKE = 1
GET, CACHED, POST, KEEP, DROP, END = range(6)
OK, NONE, FAILED = range(3)
F_GET_SEALS = 1034
FILES_MAX, OCTETS_MAX = 256, 64 << 20
NEWNS, NEWNET = 0x00020000, 0x40000000


class Failed(Exception):
    pass


def need(ok, what, *more):
    if not ok:
        raise Failed(" ".join(map(str, (what, *more))))


def check(ok, what, *more):
    need(ok, what, *more)
    print("ok:", what, flush=True)


def wait_for(what, test, deadline=20):
    end = time.monotonic() + deadline
    while not (r := test()):
        if time.monotonic() > end:
            raise Failed("not within %d s: %s" % (deadline, what))
        time.sleep(0.02)
    return r


class Fetch:
    def __init__(self, state, cache=True):
        self.monitor, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ike, their_ike = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY) if cache else None
        fds = {FD_MONITOR: theirs.fileno(), FD_FETCH: their_ike.fileno()}
        if cache:
            fds[FD_CACHE] = folder
        self.log = tempfile.TemporaryFile("w+")
        self.p = subprocess.Popen(
            [FETCH, "--child", "fetch", "-f", "-d", "sandbox,net", "-r", state],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, close_fds=False,
            preexec_fn=lambda: self.place(fds))
        for fd in (theirs, their_ike):
            fd.close()
        if cache:
            os.close(folder)
        for s in (self.monitor, self.ike):
            s.settimeout(30)
        need(self.monitor.recv(64) == struct.pack("!H", IPC_READY), "fetch is ready")
        self.serial = 0

    @staticmethod
    def place(fds):
        high = {to: fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for to, fd in fds.items()}
        os.closerange(3, 64)
        for to, fd in high.items():
            os.dup2(fd, to)
        os.closerange(64, 256)

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def say(self, kind, url="", serial=None, most=1 << 20, until=0, body=b""):
        if serial is None:
            self.serial += 1
            serial = self.serial
        url = url.encode()
        self.ike.send(struct.pack("!HIBIQH", IPC_FETCH, serial, kind, most, until, len(url)) +
                      url + body)
        return serial

    def hear(self):
        """serial, outcome, what came or why not"""
        data, anc, _, _ = self.ike.recvmsg(4096, socket.CMSG_SPACE(4))
        kind, serial, outcome, length = struct.unpack_from("!HIBI", data)
        need(kind == IPC_FETCHED, "an answer")
        fds = array.array("i")
        for level, what, octets in anc:
            if (level, what) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(octets)
        need((len(fds) == 1) == (outcome == OK), "octets only with an answer that has some")
        if outcome != OK:
            return serial, outcome, data[11:].decode()
        try:
            need(fcntl.fcntl(fds[0], F_GET_SEALS) & 0xf == 0xf, "sealed")
            octets = os.pread(fds[0], length + 1, 0)
            need(len(octets) == length, "as long as it says")
        finally:
            os.close(fds[0])
        return serial, outcome, octets

    def ask(self, kind, url, **more):
        serial = self.say(kind, url, **more)
        got = self.hear()
        need(got[0] == serial, "the answer to that question")
        return got[1:]

    def kept(self, url):
        return self.ask(CACHED, url)

    def keep(self, url, until, **more):
        serial = self.say(GET, url, **more)
        got = self.hear()
        need(got[:2] == (serial, OK), "fetched to be kept")
        self.say(KEEP, serial=serial, until=until)

    def stop(self):
        self.monitor.send(struct.pack("!H", IPC_STOP))
        status = self.p.wait(20)
        for word in ("AddressSanitizer", "runtime error", "system call"):
            need(word not in self.text().replace("the system call filter forbids only", ""),
                  "the log has no '%s'" % word, self.text())
        return status

    def stale(self):
        """Whether its loop does not turn."""
        self.monitor.send(struct.pack("!H", IPC_ALIVE))
        return self.monitor.recv(64) != struct.pack("!H", IPC_ALIVE)


def test_web(f, server):
    check(f.ask(GET, server.url("file")) == (OK, FILE), "a file comes")
    outcome, why = f.ask(GET, server.url("file"), most=99999)
    check(outcome == FAILED and why == "is longer than 99999 octets", "not more than asked for")
    outcome, why = f.ask(GET, "http://user@127.0.0.1/")
    check(outcome == FAILED and "a password in it" in why, "a URL that is refused: " + why)
    outcome, why = f.ask(GET, "file:///etc/shadow")
    check(outcome == FAILED and "Permission denied" in why, "only what its user may read: " + why)
    outcome, octets = f.ask(GET, "file:///etc/hostname" if os.path.exists("/etc/hostname")
                            else "file:///etc/passwd")
    check(outcome == OK and octets, "a file of this system")
    outcome, octets = f.ask(POST, server.url("echo"), body=b"\x30\x00")
    check((outcome, octets) == (OK, b"application/ocsp-request\n\x30\x00"), "POST")
    outcome, why = f.ask(POST, server.url("redirect/302//echo"), body=b"\x30\x00")
    check(outcome == FAILED and "does not follow" in why, "which follows no 302: " + why)
    check(f.ask(POST, server.url("redirect/307//echo"), body=b"\x30\x00")[0] == OK,
          "but a 307")


def test_hanging(f, server, other):
    """A host that hangs has four downloads, and no more; and END frees them."""
    hanging = [f.say(GET, server.url("hang/%d" % i)) for i in range(80)]
    check(f.ask(GET, other.url("file")) == (OK, FILE), "another host is not held up by 80")
    asked = wait_for("four were asked", lambda: len(
        a := [p for _, p in server.requests if p.startswith("/hang/")]) >= 4 and a)
    check(len(asked) == 4, "%d connections to the one that hangs" % len(asked))
    check(not f.stale(), "the loop turns")
    for serial in hanging:
        f.say(END, serial=serial)
    check(f.ask(GET, server.url("file")) == (OK, FILE), "nobody waits: its turn comes at once")


def test_many(f, servers):
    """More hosts that hang than it asks at once; the sentences at the end."""
    mine = {}
    for i in range(160):
        s = servers[i % len(servers)]
        mine[f.say(GET, s.url("hang"))] = s
    said = []
    for _ in range(len(mine)):
        serial, outcome, why = f.hear()
        need(outcome == FAILED and mine.pop(serial) is not None, "one that hung ends")
        said.append(why)
    answered = sum("answered nothing in 10 s" in w for w in said)
    waited = sum("other downloads, of which" in w for w in said)
    check(0 < answered <= 64 and answered + waited == 160,
          "%d were asked, %d waited in vain" % (answered, waited))


def test_names(f):
    """A name server that is silent (resolv.conf of main() names one): each of these
    has a thread that waits."""
    serials = [f.say(GET, "http://crl%d.example/x" % i) for i in range(64)]
    # which is left to itself at the end.
    for _ in range(20):
        need(not f.stale(), "the loop turns while no name server answers")
        time.sleep(0.5)
    for _ in serials:
        serial, outcome, why = f.hear()
        need(outcome == FAILED and "no name server told the address of crl%d.example in 10 s"
             % serials.index(serial) in why, "not what is said when no name server answers:", why)
    check(True, "64 names that no server knows: " + why)
    check(not f.stale(), "the loop turns still")


def name_of(url):
    return hashlib.sha256(url.encode()).hexdigest()


def test_cache(state, server):
    later, url = int(time.time()) + 3600, server.url("file")
    f = Fetch(state)
    check(f.kept(url) == (NONE, ""), "nothing is kept")
    f.keep(url, later)
    check(f.kept(url) == (OK, FILE), "kept")
    check(f.kept(server.url("file?")) == (NONE, ""), "by its URL")
    check(f.ask(CACHED, url, most=10)[0] == NONE, "more than asked for is not told")
    check(f.kept(url)[0] == NONE, "and goes")
    f.keep(url, later)
    check(f.kept(url) == (OK, FILE) and f.stop() == 0, "it ends")
    check(os.listdir(state) == [name_of(url)], "a file is left, with that name")
    with open(state + "/" + name_of(url), "rb") as file:
        head = file.readline(), file.readline(), file.readline(), file.read()
    check(head == (b"culvert-fetch 1\n", b"%d %d\n" % (later, len(FILE)), url.encode() + b"\n",
                   FILE), "with those lines")
    for junk in ("new", "x", "0" * 63, "g" * 64):
        with open(state + "/" + junk, "wb") as file:
            file.write(b"junk")
    f = Fetch(state)
    check(f.kept(url) == (OK, FILE), "another life has it")
    check(os.listdir(state) == [name_of(url)], "what is not ours has gone")
    f.say(DROP, url, serial=0)
    check(f.kept(url)[0] == NONE and not os.listdir(state), "dropped")
    f.keep(url, int(time.time()) - 1)
    check(f.kept(url)[0] == NONE and not os.listdir(state), "what is over is not kept")
    return f


def test_broken_files(f, state, server):
    later, url = int(time.time()) + 3600, server.url("file")
    f.keep(url, later)
    f.kept(url)
    with open(state + "/" + name_of(url), "rb") as file:
        good = file.read()
    for what, octets in (("cut", good[:-1]), ("longer", good + b"x"), ("empty", b""),
                         ("all zeros", bytes(len(good))), ("no number", good.replace(b"1", b"x")),
                         ("huge number", good.replace(b"\n%d " % later, b"\n%d " % (1 << 70), 1)
                          .replace(b" 100000\n", b" 99999999999999999999\n", 1)),
                         ("another URL", good.replace(b"/file\n", b"/fila\n", 1)),
                         ("one line", b"culvert-fetch 1\n" + b"9" * 3000)):
        f.keep(url, later)
        need(f.kept(url)[0] == OK, "kept, and then broken")
        with open(state + "/" + name_of(url), "wb") as file:
            file.write(octets)
        check(f.kept(url)[0] == NONE and not os.path.exists(state + "/" + name_of(url)),
              "a file that is %s is none, and goes" % what)


def test_bounds(f, state, server):
    """The oldest make room: the number of files, then their octets."""
    later = int(time.time()) + 3600
    for i in range(FILES_MAX + 10):
        f.keep(server.url("small?%d" % i), later)
    f.kept(server.url("x"))
    check(len(os.listdir(state)) == FILES_MAX, "%d files at most" % FILES_MAX)
    check(f.kept(server.url("small?%d" % (FILES_MAX + 9)))[0] == OK, "the newest is there")
    for i in range(7):
        f.keep(server.url("big?%d" % i), later, most=16 << 20)
    f.kept(server.url("x"))
    total = sum(os.path.getsize(state + "/" + x) for x in os.listdir(state))
    check(total <= OCTETS_MAX, "%d octets are kept, %d at most" % (total, OCTETS_MAX))
    check(total > OCTETS_MAX >> 1, "and %d, so that the oldest alone made room" % total)


def test_no_folder(state, server):
    f = Fetch(state, cache=False)
    f.keep(server.url("file"), int(time.time()) + 3600)
    check(f.kept(server.url("file"))[0] == NONE and f.stop() == 0, "without a folder it works")


def test_written_outside(f, state):
    """Its user may write in /tmp, but it does not have to."""
    kernel = subprocess.run(["sh", "-c", "cat /sys/kernel/security/lsm"], capture_output=True,
                            text=True).stdout
    print("   LSMs:", kernel or "unknown")
    s = dict(re.findall(r"^(\w+):\t(.*)$", open("/proc/%d/status" % f.p.pid).read(), re.M))
    check(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2" and int(s["CapBnd"], 16) == 0,
          "no new privileges, a filter, no capability")


def test_nonsense(state):
    """A message that makes no sense closes the pipe of ike, not the process."""
    f = Fetch(state)
    for junk in (b"\0", b"\xff" * 40, struct.pack("!HIBIQH", IPC_FETCH, 1, 9, 9, 0, 0),
                 struct.pack("!HIBIQH", IPC_FETCH, 1, GET, 9, 0, 5000) + b"http://"):
        f.ike.send(junk)
        check(f.ike.recv(64) == b"", "nonsense closes the pipe")
        f.ike, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        f.ike.settimeout(30)
        socket.send_fds(f.monitor, [struct.pack("!HB", IPC_PEER, CHILD_IKE)], [theirs.fileno()])
        theirs.close()
        check(not f.stale(), "the process lives, with another pipe")
    check(f.ask(CACHED, "http://x/")[0] == NONE, "which works")
    f.monitor.close()
    check(f.p.wait(20) == 1, "it ends with monitor")


def own_namespaces(folder):
    """A network with a lo, and names from a server that does not answer."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEWNS | NEWNET) < 0:
        print("skipped: no namespaces:", os.strerror(ctypes.get_errno()))
        return False
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for argv in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", "192.0.2.1/32",
                                                     "dev", "lo"],
                 ["mount", "--make-rprivate", "/"]):
        subprocess.run(argv, check=True)
    mute.bind(("192.0.2.1", 53))
    globals()["mute"] = mute
    with open(folder + "/resolv.conf", "w") as f:
        f.write("nameserver 192.0.2.1\noptions timeout:25\n")
    os.chmod(folder + "/resolv.conf", 0o644)
    return subprocess.run(["mount", "--bind", folder + "/resolv.conf",
                           os.path.realpath("/etc/resolv.conf")]).returncode == 0


def trust(folder):
    """The system trusts one CA alone, which is the server's certificate."""
    cert, key = folder + "/cert.pem", folder + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                    "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(cert, 0o644)
    store = "/etc/ssl/certs/ca-certificates.crt"
    if not os.path.exists(store):
        print("   this system has no", store)
        return cert, key, False
    subprocess.run(["mount", "--bind", cert, store], check=True)
    return cert, key, True


def test_tls(f, server):
    check(f.ask(GET, server.url("file", "localhost")) == (OK, FILE), "https, by name")
    check(f.ask(GET, server.url("file")) == (OK, FILE), "https, by address")
    outcome, why = f.ask(GET, server.url("redirect/302/http://127.0.0.1:1/"))
    check(outcome == FAILED and "from https to https only" in why, "never back to http: " + why)


def all_tests(folder):
    state = folder + "/state"
    os.mkdir(state)
    shutil.chown(state, USER, USER)
    for name, octets in (("file", FILE), ("small", b"small"), ("big", bytes(10 << 20))):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(octets)
    cert, key, trusted = trust(folder)
    with hostile.Server(folder) as a, hostile.Server(folder) as b, \
            hostile.Server(folder, tls=(cert, key)) as secure:
        f = test_cache(state, a)
        test_written_outside(f, state)
        test_broken_files(f, state, a)
        test_bounds(f, state, a)
        test_web(f, a)
        if trusted:
            test_tls(f, secure)
        test_hanging(f, a, b)
        more = [hostile.Server(folder) for _ in range(20)]
        for s in more:
            s.__enter__()
        test_many(f, more)
        test_names(f)
        check(f.stop() == 0, "it ends as it was asked to")
        test_no_folder(state, a)
        test_nonsense(state)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        return 77
    if subprocess.run(["getent", "passwd", USER], stdout=subprocess.DEVNULL).returncode:
        print("skipped: no user %s; run tools/create-users" % USER)
        return 77
    signal.alarm(240)
    folder = tempfile.mkdtemp(prefix="culvert-fetch-")
    os.chmod(folder, 0o755)
    try:
        if not own_namespaces(folder):
            return 77
        all_tests(folder)
    except Failed as e:
        print("FAILED:", e)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
