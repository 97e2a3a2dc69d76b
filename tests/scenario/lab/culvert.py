"""Culvert in a node: both daemons, and the shell as an administrator uses it."""
import json
import os
import re
import signal

from .core import Failure, check, in_guest, say, wait_for

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


def build_dir():
    """Where the programs are: CULVERT_BUILD, or the last tools/check built."""
    for d in (os.environ.get("CULVERT_BUILD"), TOP + "/build-check/sanitizers", TOP + "/build"):
        if d and os.path.exists(d + "/config.status"):
            return os.path.abspath(d)
    raise Failure("nothing is built: set CULVERT_BUILD to a build folder")


def descendants(pid):
    """Processes below pid, by their parent links."""
    children = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                with open("/proc/%s/stat" % d) as f:
                    parent = int(f.read().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(d))
    found, todo = [], [pid]
    while todo:
        todo += children.get(p := todo.pop(), [])
        if p != pid:
            found.append(p)
    return found


def cpu_seconds(pids):
    """What these processes have used so far, user and system."""
    ticks = 0
    for p in pids:
        with open("/proc/%d/stat" % p) as f:
            ticks += sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid) as f:
            return f.read().replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Culvert:
    def __init__(self, node, plane=None, start=True, debug=None):
        """start: both daemons; otherwise call start_ipsecd(), start_confd().
        debug: subsystems of ipsecd whose details are logged."""
        self.node, self.build, self.plane, self.debug = node, build_dir(), plane, debug
        # The daemons' users may not be able to reach this tree.
        node.run("cp", "-r", TOP + "/yang", "/run/yang")
        node.run("chmod", "-R", "a+rX", "/run/yang")
        self.env = {"CULVERT_YANGDIR": "/run/yang",
                    "CULVERT_FETCH": self.program("culvert-fetch"),
                    "ASAN_OPTIONS": "detect_leaks=1",
                    "UBSAN_OPTIONS": "print_stacktrace=1"}
        self.confd = self.ipsecd = None
        if start:
            self.start_ipsecd()
            self.start_confd()
        node.lab.at_end.append(self.stop)

    def program(self, name):
        for folder in (name, "cli", "ipsecd", "."):
            path = "%s/%s/%s" % (self.build, folder, name)
            if os.path.isfile(path):
                return path
        raise Failure("%s is not built in %s" % (name, self.build))

    def start_confd(self):
        self.confd = self.node.spawn("confd", self.program("confd"), "-r", "/run/culvert",
                                     "-s", "/var/lib/culvert", "-y", "/run/yang",
                                     env=self.env)
        wait_for("confd of %s serves" % self.node.name,
                 lambda: self.confd.alive() and self.cli("show commits", ok=False)[0] == 0, 20)

    def start_ipsecd(self):
        more = ["--dataplane", self.plane] if self.plane else []
        more += ["--debug", self.debug] if self.debug else []
        self.mark = len(self.ipsecd.text()) if self.ipsecd else 0
        self.ipsecd = self.node.spawn("ipsecd", self.program("ipsecd"), "--foreground",
                                      "--rundir", "/run/culvert", "--statedir",
                                      "/var/lib/culvert-ipsecd", "--fetch",
                                      self.program("culvert-fetch"), *more, env=self.env)
        wait_for("ipsecd of %s serves" % self.node.name, self.ipsecd_serves, 20)

    def ipsecd_serves(self):
        if not self.ipsecd.alive():
            raise Failure("ipsecd ended:\n" + self.ipsecd.text()[-2000:])
        return re.search(r"ipsecd\[\d+\]: ready$", self.ipsecd.text()[self.mark:], re.M)

    def stop(self):
        """Both end by themselves, with status 0, or the scenario fails."""
        for p in (self.confd, self.ipsecd):
            if p is None:
                continue
            if not p.alive():
                raise Failure("%s of %s ended by itself with %d"
                              % (p.name, self.node.name, p.popen.returncode))
            status = p.stop()
            if status != 0:
                raise Failure("%s of %s ended with %d" % (p.name, self.node.name, status))
        self.confd = self.ipsecd = None

    def clear(self):
        """What a stopped ipsecd still blocks is let go; its output."""
        return self.node.run(self.program("ipsecd"), "--clear", "--rundir", "/run/culvert",
                             env=self.env)

    # --- the shell ---
    def cli(self, script, ok=True, timeout=60):
        """A script on the shell's standard input; output, or with ok=False
        (status, output)."""
        return self.node.run(*self.shell(), stdin=script, ok=ok, timeout=timeout,
                             env=self.env)

    def shell(self):
        return [self.program("culvert"), "-s", "/run/culvert/confd.sock", "-y", "/run/yang"]

    def refused(self, script, *wanted):
        """The script fails and says why: every regular expression of wanted is
        in the output. Returns the output."""
        status, out = self.cli(script, ok=False)
        if status == 0:
            raise Failure("accepted, but should not be:\n%s\n%s" % (script, out))
        for w in wanted:
            if not re.search(w, out):
                raise Failure("the refusal does not say '%s':\n%s" % (w, out))
        say("ok: refused: " + " ".join(out.split())[:150])
        return out

    def certificates(self, *certificates, ca=(), replace=False):
        """Imports these of lab.Pki, by their names; ca: CAs, {label: certificate}."""
        more = " replace" if replace else ""
        self.cli("".join(
            ["certificate import local %s %s key %s%s\n" % (c.name, c.with_chain, c.key, more)
             for c in certificates] +
            ["certificate import ca %s %s%s\n" % (label, c.cert, more)
             for label, c in dict(ca).items()]), timeout=120)

    def show(self, what):
        return self.cli("tunnel\nshow %s\n" % what)

    def state(self, number=1):
        """The tunnel's state as data."""
        return json.loads(self.cli("tunnel\nshow ipsec %d | json\n" % number))

    def events(self, number, *more):
        """For each of these tunnels its events as data, the oldest first."""
        numbers = (number, *more)
        text = self.cli("tunnel\n" + "".join("show ipsec %d log | json\n" % n for n in numbers))
        found, at = [], 0
        while len(found) < len(numbers):
            got, at = json.JSONDecoder().raw_decode(text, text.index("{", at))
            found.append(got["culvert-tunnel:tunnel"]["ipsec"][0]["state"].get("event", []))
        return found

    def diagnosis(self, number=1):
        """What it finds, the likeliest first."""
        got = json.loads(self.cli("tunnel\nshow ipsec %d diagnose | json\n" % number))
        return got["culvert-tunnel:tunnel"]["ipsec"][0]["state"]["diagnosis"]

    def running(self):
        return self.cli("show running-config\n")

    def is_up(self, number=1):
        """False also while a daemon is just starting."""
        _, out = self.cli("tunnel\nshow ipsec\n", ok=False)
        return re.search(r"^\s*%d\s.*Up\(Installed\)" % number, out, re.M)

    def wait_up(self, number=1, deadline=20):
        try:
            wait_for("tunnel %d of %s is Up(Installed)" % (number, self.node.name),
                     lambda: self.is_up(number), deadline, 0.2)
        except Failure as e:
            raise Failure("%s\n%s" % (e, self.cli("tunnel\nshow ipsec %d\n" % number,
                                                  ok=False)[1]))

    def wait_status(self, pattern, number=1, deadline=20):
        wait_for("tunnel %d of %s is %s" % (number, self.node.name, pattern),
                 lambda: re.search(r"^\s*%d\s.*%s" % (number, pattern),
                                   self.show("ipsec"), re.M), deadline, 0.2)

    def counters(self, number=1):
        """(bytes in, packets in, bytes out, packets out) of the newest CHILD_SA."""
        out = self.show("ipsec %d" % number)
        m = [re.search(r"^\s+%s +[0-9a-f]{8}, +(\d+) bytes, +(\d+) packets" % way, out, re.M)
             for way in ("in", "out")]
        if None in m:
            raise Failure("no counters in:\n" + out)
        return tuple(int(x) for g in m for x in g.groups())

    def check_counters(self, packets, number=1, exactly=True):
        def enough():
            got = self.counters(number)
            return got if min(got[1], got[3]) >= packets else None
        got = wait_for("%d packets each way in the counters" % packets, enough, 5)
        check(not exactly or got[1] == got[3] == packets,
              "show ipsec counts %d packets in and %d out" % (got[1], got[3]))
        if in_guest():
            self.check_kernel(number, got)

    def check_kernel(self, number, got):
        """The kernel's own counters are what show ipsec says."""
        out = self.node.run("ip", "-s", "xfrm", "state")
        kernel = {int(m[0], 16): (int(m[1]), int(m[2])) for m in re.findall(
            r"proto esp spi 0x([0-9a-f]+)\([^)]*\) reqid %d\(.*?lifetime current:\s+"
            r"(\d+)\(bytes\), (\d+)\(packets\)" % number, out, re.S)}
        shown = [int(x, 16) for x in re.findall(r"^\s+(?:in|out) +([0-9a-f]{8}),",
                                                self.show("ipsec %d" % number), re.M)][:2]
        if [kernel.get(x) for x in shown] != [got[:2], got[2:]]:
            raise Failure("show ipsec says %s of %s, the kernel:\n%s" % (got, shown, out))
        say("ok: ip -s xfrm state says the same")

    def child(self, name):
        """The pid of ipsecd's child process of that name."""
        for pid in descendants(self.ipsecd.pid):
            if re.search(r"--child[ =]%s\b" % name, command_line(pid)):
                return pid
        return None

    def kill_child(self, name):
        pid = self.child(name)
        if not pid:
            raise Failure("ipsecd of %s has no child '%s': %s" % (
                self.node.name, name,
                [command_line(p) for p in descendants(self.ipsecd.pid)]))
        os.kill(pid, signal.SIGKILL)
        return pid


def tunnel(number=1, commit="leave", **settings):
    """The lines that configure a tunnel; initiator=True gives 'initiator',
    local_id='name alice' gives 'local-id name alice'."""
    lines = ["config", "tunnel", "ipsec %d" % number]
    for name, value in settings.items():
        name = name.replace("_", "-")
        if value is True:
            lines.append(name)
        elif value is False:
            lines.append("no " + name)
        elif value is not None:
            lines.append("%s %s" % (name, value))
    return "\n".join(lines + [commit]) + "\n"


def many_tunnels(count, here, there, mine, yours, initiator):
    """One script with tunnels 1 to count between two gateways, each with
    identities, a secret and subnets of its own."""
    us, them = (20, 30) if initiator else (30, 20)
    lines = ["config", "tunnel"]
    for n in range(1, count + 1):
        lines += ["ipsec %d" % n] + ["initiator"] * initiator + [
            "local-address %s" % here, "peer %s" % there,
            "local-id name %s%d" % (mine, n), "remote-id name %s%d" % (yours, n),
            "secret secret-of-tunnel-%d" % n,
            "local-subnet %d.%d.%d.0/28" % (us, n >> 8, n & 255),
            "remote-subnet %d.%d.%d.0/28" % (them, n >> 8, n & 255), "end"]
    return "\n".join(lines) + "\nleave\n"
