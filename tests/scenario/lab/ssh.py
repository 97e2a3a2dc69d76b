"""OpenSSH in a node, with users of that node's own: /etc/passwd and the like are
others there, and this machine's stay as they are."""
import os
import subprocess

from .core import Failure, wait_for
from .culvert import TOP
from .peers import unpacked

PORT = 2222
CONF = """Port %(port)d
ListenAddress 127.0.0.1
HostKey /run/ssh/host
PidFile none
UsePAM no
PasswordAuthentication no
AuthorizedKeysFile /run/ssh/keys/%%u
PermitUserRC no
ClientAliveInterval 1
ClientAliveCountMax 3
Subsystem sftp internal-sftp
LogLevel VERBOSE
%(env)s
%(more)s
"""


def fetch():
    """To be called where the network is, before lab.main()."""
    if not os.environ.get("LAB_INSIDE"):
        subprocess.run([TOP + "/tools/fetch-peers", "openssh-server"], check=True)


class Sshd:
    """users: name -> (shell, groups). more: what stands at the end of sshd_config.
    env: what every session finds in its environment."""

    def __init__(self, node, users, env, more=""):
        self.node, self.users = node, users
        self.folder = unpacked("openssh-server")
        node.run("mkdir", "-p", "/run/sshd", "/run/ssh/keys", "/run/home")
        # Users need one that they may write to, whoever made this machine's.
        node.run("sh", "-c", "mknod -m 666 /run/ssh/null c 1 3 && "
                 "mount --bind /run/ssh/null /dev/null")
        self.accounts()
        for name in ("host", "user"):
            node.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/ssh/" + name)
        for user in users:
            node.run("install", "-m", "644", "/run/ssh/user.pub", "/run/ssh/keys/" + user)
        host = node.read("/run/ssh/host.pub").split()[:2]
        node.write("/run/ssh/known", "[127.0.0.1]:%d %s\n" % (PORT, " ".join(host)))
        node.write("/run/ssh/sshd_config", CONF % {
            "port": PORT, "more": more,
            "env": "SetEnv " + " ".join("%s=%s" % kv for kv in env.items())}, 0o644)
        libraries = self.folder + "/usr/lib/" + os.uname().machine + "-linux-gnu"
        self.process = node.spawn(
            "sshd", self.folder + "/usr/sbin/sshd", "-D", "-e", "-f", "/run/ssh/sshd_config",
            env={"LD_LIBRARY_PATH": libraries})
        wait_for("sshd listens", lambda: self.alive() and "Server listening" in self.process.text())

    def alive(self):
        if not self.process.alive():
            raise Failure("sshd ended:\n" + self.process.text())
        return True

    def accounts(self):
        """This machine's, and ours behind them."""
        texts = {}
        for name in ("passwd", "group", "shadow"):
            with open("/etc/" + name) as f:
                texts[name] = f.read().rstrip("\n").split("\n")
            texts[name] = [x for x in texts[name] if not x.startswith(("sshd:", "culvert-"))
                           and x.split(":")[0] not in self.users]
        groups = sorted({g for _, gs in self.users.values() for g in gs})
        texts["passwd"].append("sshd:x:64001:65534::/run/sshd:/usr/sbin/nologin")
        for i, (user, (shell, _)) in enumerate(self.users.items()):
            uid, home = 64100 + i, "/run/home/" + user
            texts["passwd"].append("%s:x:%d:%d::%s:%s" % (user, uid, uid, home, shell))
            texts["group"].append("%s:x:%d:" % (user, uid))
            texts["shadow"].append("%s:*:19000:0:99999:7:::" % user)
            self.node.run("install", "-d", "-m", "700", "-o", str(uid), "-g", str(uid), home)
        for i, group in enumerate(groups):
            members = [u for u, (_, gs) in self.users.items() if group in gs]
            texts["group"].append("%s:x:%d:%s" % (group, 64000 + i, ",".join(members)))
        for name, lines in texts.items():
            self.node.write("/run/etc-" + name, "\n".join(lines) + "\n",
                            0o600 if name == "shadow" else 0o644)
            self.node.run("mount", "--bind", "/run/etc-" + name, "/etc/" + name)

    def client(self, user, *words, tty=False, options=()):
        """The command line of a client, to be run in the node."""
        return ["ssh", "-F", "none", "-q", *(["-tt"] if tty else ["-T"]),
                "-p", str(PORT), "-i", "/run/ssh/user", "-o", "BatchMode=yes",
                "-o", "UserKnownHostsFile=/run/ssh/known", "-o", "ControlMaster=no",
                *options, "-l", user, "127.0.0.1", *words]

    def run(self, user, *words, stdin=None, ok=True, timeout=60, options=()):
        return self.node.run(*self.client(user, *words, options=options), stdin=stdin, ok=ok,
                             timeout=timeout)
