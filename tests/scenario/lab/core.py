"""Namespaces, processes and waiting: what every scenario stands on.

main() starts the script again below private pid, mount, network, UTS and IPC
namespaces. Everything a scenario starts lives there, so that nothing survives
it, however it ends, and nothing of this machine is touched.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

NSENTER = ("nsenter", "--net", "--mount", "--uts", "--target")
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error: |SUMMARY: \w+Sanitizer")


class Failure(AssertionError):
    """The thing under test did not do what it should."""


class Skip(Exception):
    """This machine cannot do the test; says why."""


_begin = time.monotonic()


def in_guest():
    """Whether this is the guest kernel, which has ESP (tests/kernel/guest)."""
    return bool(os.environ.get("CULVERT_IN_GUEST"))


def say(text):
    """One line of the test's story."""
    print("%6.1f  %s" % (time.monotonic() - _begin, text), flush=True)


def check(ok, what):
    """what is the sentence that holds if ok does."""
    if not ok:
        raise Failure("not so: " + what)
    say("ok: " + what)


def wait_for(what, condition, deadline=15.0, every=0.1):
    """Asks until condition() is true and returns that; a Failure after the
    deadline that shows the last answer."""
    end = time.monotonic() + deadline
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise Failure("waited %g s in vain for: %s (last: %r)"
                          % (deadline, what, got))
        time.sleep(every)


class Process:
    """A process in a node, with what it wrote in a log file."""

    def __init__(self, popen, name, log):
        self.popen, self.name, self.log = popen, name, log

    @property
    def pid(self):
        return self.popen.pid

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def alive(self):
        return self.popen.poll() is None

    def stop(self, how=signal.SIGTERM, deadline=10):
        """Ends it and returns its status; kills it when it does not listen."""
        if self.alive():
            self.popen.send_signal(how)
            try:
                self.popen.wait(deadline)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
                raise Failure("%s did not end within %g s" % (self.name, deadline))
        return self.popen.returncode


class Node:
    """A machine: its own network, mounts (an empty /run and /var/lib) and name."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        script = ("mount -t tmpfs -o mode=755 tmpfs /run && "
                  "mount -t tmpfs -o mode=755 tmpfs /var/lib && "
                  "hostname %s && ip link set lo up && echo ready && "
                  "exec sleep infinity" % name)
        # In a session of its own: Ctrl-C in a shell of tools/quickstart is not
        # the end of the networks.
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh", "-c", script],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            start_new_session=True)
        if self.holder.stdout.readline() != "ready\n":
            raise Failure("cannot make the node " + name)
        self.processes = []
        self.log_dir = os.path.join(lab.logs, name)
        os.makedirs(self.log_dir, exist_ok=True)
        # Without these, a packet that should be dropped may be forwarded, or
        # one that should be forwarded dropped.
        self.sysctl("net.ipv4.conf.all.rp_filter", 0)
        self.sysctl("net.ipv4.conf.default.rp_filter", 0)

    def inside(self, argv):
        return [*NSENTER, str(self.holder.pid), "--", *map(str, argv)]

    def run(self, *argv, ok=True, timeout=60, stdin=None, env=None):
        """The command's output (both streams); with ok a Failure if it fails,
        without it (status, output)."""
        got = subprocess.run(self.inside(argv), input=stdin, text=True,
                             errors="replace",
                             stdin=subprocess.DEVNULL if stdin is None else None,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=timeout, env=env and {**os.environ, **env})
        if not ok:
            return got.returncode, got.stdout
        if got.returncode != 0:
            raise Failure("%s: '%s' failed with %d:\n%s" % (
                self.name, " ".join(map(str, argv)), got.returncode, got.stdout))
        return got.stdout

    def spawn(self, name, *argv, env=None):
        log = os.path.join(self.log_dir, name + ".log")
        with open(log, "ab") as f:
            popen = subprocess.Popen(self.inside(argv), stdin=subprocess.DEVNULL,
                                     stdout=f, stderr=f, start_new_session=True,
                                     env=env and {**os.environ, **env})
        p = Process(popen, name, log)
        self.processes.append(p)
        return p

    def ip(self, words):
        return self.run("ip", *words.split())

    def sysctl(self, name, value):
        path = "/proc/sys/" + name.replace(".", "/")
        self.run("sh", "-c", "echo %s >%s" % (value, path))

    def write(self, path, text, mode=0o600):
        """A file as this node sees it (its /run and /var/lib are its own)."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod %o "$1"'
                 % mode, "sh", path, stdin=text)

    def read(self, path):
        return self.run("cat", path)

    def new_boot(self):
        """What this machine takes for its boot is another one from now on."""
        with open("/proc/sys/kernel/random/uuid") as f:
            self.write("/run/boot_id", f.read(), 0o644)
        self.run("mount", "--bind", "/run/boot_id", "/proc/sys/kernel/random/boot_id")

    def ping(self, target, count=3, source=None, size=56, pattern=None, wait=2,
             interval=0.05):
        """How many answers came."""
        argv = ["ping", "-n", "-c", count, "-i", interval, "-W", wait, "-s", size]
        if source:
            argv += ["-I", source]
        if pattern:
            argv += ["-p", pattern.hex()]
        _, out = self.run(*argv, target, ok=False, timeout=count * (wait + 1) + 10)
        m = re.search(r"(\d+) received", out)
        return int(m.group(1)) if m else 0


class Lab:
    """One scenario's world."""

    def __init__(self, name, logs=None):
        """logs: a folder, instead of the one that the environment names."""
        self.name = name
        logs = logs or os.environ.get("LAB_LOGS") or os.environ.get("CULVERT_OUT")
        self.keep = bool(logs)
        self.logs = logs or tempfile.mkdtemp(prefix="culvert-lab.")
        os.makedirs(self.logs, exist_ok=True)
        # A log of an earlier run would be taken for one of this.
        for folder, _, files in os.walk(self.logs):
            for f in files:
                if f.endswith((".log", ".pcap")) and f != "kernel.log":
                    os.unlink(os.path.join(folder, f))
        self.nodes, self.at_end, self.captures = [], [], []

    def node(self, name):
        n = Node(self, name)
        self.nodes.append(n)
        return n

    def run(self, *argv):
        subprocess.run(list(map(str, argv)), check=True, stdin=subprocess.DEVNULL)

    def wire(self, a, a_if, b, b_if, mtu=None):
        """A cable between two nodes, both ends up."""
        # A veth is made by one end, so the other is named by its process.
        a.ip("link add %s type veth peer name %s netns %d" % (a_if, b_if, b.holder.pid))
        for node, name in ((a, a_if), (b, b_if)):
            if mtu:
                node.ip("link set %s mtu %d" % (name, mtu))
            # Complete checksums and packets of wire size, as on a real wire.
            node.run("sh", "-c", "command -v ethtool >/dev/null && "
                     "ethtool -K %s tx off gso off tso off >/dev/null 2>&1 || :" % name)
            node.ip("link set %s up" % name)
            # IPv6 addresses are usable at once.
            node.sysctl("net.ipv6.conf.%s.accept_dad" % name, 0)

    def sanitizer_reports(self):
        found = []
        for folder, _, files in os.walk(self.logs):
            for f in files:
                if not f.endswith(".pcap"):
                    path = os.path.join(folder, f)
                    with open(path, errors="replace") as h:
                        found += ["%s: %s" % (path, line.rstrip())
                                  for line in h if SANITIZER.search(line)]
        return found

    def close(self, failed):
        for f in reversed(self.at_end):
            try:
                f()
            except Failure as e:
                if not failed:
                    raise
                say("while cleaning up: %s" % e)
        for n in self.nodes:
            for p in n.processes:
                p.stop(signal.SIGKILL)
            n.holder.kill()
            n.holder.wait()
        reports = self.sanitizer_reports()
        if reports:
            raise Failure("sanitizers found:\n" + "\n".join(reports[:20]))

    def show_logs(self):
        for folder, _, files in sorted(os.walk(self.logs)):
            for f in sorted(files):
                path = os.path.join(folder, f)
                if f.endswith(".log"):
                    with open(path, errors="replace") as h:
                        lines = h.readlines()[-60:]
                    print("--- the end of %s\n%s" % (path, "".join(lines)))


def _enter_namespaces():
    if os.geteuid() != 0:
        sys.exit("must be root: it makes network namespaces")
    env = {**os.environ, "LAB_INSIDE": "1",
           "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    os.execvpe("setpriv", ["setpriv", "--pdeathsig", "KILL", "unshare", "--net",
                           "--mount", "--pid", "--uts", "--ipc", "--fork",
                           "--kill-child", "--mount-proc", "/usr/bin/python3",
                           "-u", os.path.abspath(sys.argv[0]), *sys.argv[1:]], env)


def main(scenario):
    """Runs scenario(lab) in namespaces of its own; exits 0, 1, or 77."""
    if not os.environ.get("LAB_INSIDE"):
        _enter_namespaces()
    # As process 1 we would not be killed by default.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    lab = Lab(os.path.basename(sys.argv[0]).removesuffix(".py"))
    status, failed = 0, True
    try:
        try:
            scenario(lab)
            failed = False
        finally:
            lab.close(failed)
        say("passed")
    except Skip as e:
        say("skipped: %s" % e)
        status = 77
    except Exception:  # whatever it was, the logs explain it
        status = 1
        traceback.print_exc(file=sys.stdout)
        lab.show_logs()
        say("FAILED: %s" % str(sys.exc_info()[1]).split("\n", 1)[0])
    if not lab.keep and status == 0:
        shutil.rmtree(lab.logs, ignore_errors=True)
    sys.stdout.flush()
    os._exit(status)
