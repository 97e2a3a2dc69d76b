"""strongSwan from Debian as the peer: charon-systemd with its own configuration
and vici socket in a node."""
import os
import re
import shutil
import signal

from .core import Failure, Skip, in_guest, wait_for
from .peers import Kernel

PLUGINS = ("random nonce openssl aes sha1 sha2 mgf1 hmac kdf cmac ctr ccm gcm chapoly "
           "curve25519 gmp pem pkcs1 pkcs8 x509 pubkey constraints revocation curl "
           "vici socket-default updown")

# Its own packets must not go into its TUN device again where the peer itself is
# inside the selectors.
MARKED = """kernel-libipsec { allow_peer_ts = yes }
        kernel-netlink { fwmark = !0x42 }
        socket-default { fwmark = 0x42 }"""

# Its own for IKEv1 is Curve25519 alone, for which IKEv1 has no number.
DEFAULT_IKE = {1: "aes256-sha256-modp2048", 2: "default"}


class Swan:
    """userspace: ESP by kernel-libipsec (always in UDP), else by the kernel."""
    name = "strongSwan"
    REVIVES = False             # by itself what the other end has closed
    KEEPS_IKE = False
    DEFAULT_ESP = None
    REKEYS_BY = {}        # by command
    LATE = 0

    def __init__(self, node, userspace=not in_guest(), options=""):
        for program in ("charon-systemd", "swanctl"):
            if not shutil.which(program):
                raise Skip("strongSwan is not installed (no %s)" % program)
        self.node, self.userspace, self.conn = node, userspace, None
        self.dir = "/run/swan"
        self.uri = "unix://%s/vici" % self.dir
        kernel = "kernel-libipsec kernel-netlink" if userspace else "kernel-netlink"
        node.write(self.dir + "/strongswan.conf", """
charon-systemd {
    load = %s %s
    port = 500
    port_nat_t = 4500
    journal { default = -1 }
    syslog { daemon { default = -1 } auth { default = -1 } }
    filelog {
        stderr { default = 1 ike = 2 cfg = 2 knl = 1 net = 0 enc = 1 flush_line = yes }
    }
    plugins {
        vici { socket = %s }
        %s
    }
    %s
}
swanctl { load = pem pkcs1 x509 pubkey openssl random }
""" % (PLUGINS, kernel, self.uri, MARKED if userspace else "", options))
        self.start()

    def start(self):
        self.process = self.node.spawn("charon", "charon-systemd", env=self._env())
        wait_for("charon's vici socket",
                 lambda: self.process.alive() and self._ctl("--stats", ok=False)[0] == 0, 20)
        if self.conn:
            self.configure(self.conn)

    def stop(self):
        """In good order, as the system's shutdown would."""
        self.process.stop()

    def power_off(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.popen.wait()
        if not self.userspace:
            Kernel(self.node).forget()

    def _env(self):
        return {"STRONGSWAN_CONF": self.dir + "/strongswan.conf", "SWANCTL_DIR": self.dir}

    def _ctl(self, *argv, ok=True, timeout=60):
        return self.node.run("swanctl", *argv, "--uri", self.uri, ok=ok,
                             env=self._env(), timeout=timeout)

    def load(self, text):
        """swanctl.conf, whole."""
        path = self.dir + "/swanctl.conf"
        self.node.write(path, text)
        out = self._ctl("--load-all", "--file", path, "--noprompt")
        if re.search(r"^(?!opening directory).*(failed|error)", out, re.M):
            raise Failure("swanctl does not take it:\n" + out)
        return out

    def configure(self, c):
        """c: a Connection, the only one."""
        self.conn = c
        extra = ["dpd_delay = %d" % c.dpd] if c.dpd else []
        if c.dpd and c.version == 1:
            extra.append("dpd_timeout = %d" % (5 * c.dpd))
        extra += ["fragmentation = force"] if c.fragment else []
        auth = self._credentials(c) if c.cert else None
        self.load(conf(c.local, c.remote, c.local_id, c.remote_id, c.secret, auth=auth,
                       ike=c.ike or DEFAULT_IKE[c.version], esp=c.esp or "default",
                       local_ts=c.local_ts, remote_ts=c.remote_ts, version=c.version,
                       start="start" if c.start else "none", extra="\n    ".join(extra)))

    def _credentials(self, c):
        """Puts them where swanctl looks, and nothing else there; what the two ends'
        authentication is called."""
        self.node.run("sh", "-ec", 'cd "$1"; shift; rm -rf private x509 x509ca x509crl; '
                      "mkdir private x509 x509ca x509crl", "sh", self.dir)
        self.node.run("cp", c.cert.key, self.dir + "/private")
        self.node.run("cp", c.cert.cert, self.dir + "/x509")
        # What is above its own certificate it sends with it, and the root is what
        # the peer's is checked against.
        self.node.run("cp", *c.cert.chain, c.ca.cert, self.dir + "/x509ca")
        for crl in c.crls:
            self.node.run("cp", crl, self.dir + "/x509crl")
        return ("auth = %s\n            certs = %s" % (
            "ike:rsa/pss-" + c.pss if c.pss else "pubkey", os.path.basename(c.cert.cert)),
                "auth = pubkey\n             cacerts = %s" % os.path.basename(c.ca.cert))

    def unconfigure(self):
        self.conn = None
        self.terminate("peer")
        self.load("")

    def initiate(self, child="net", timeout=20):
        """(status, output)"""
        return self._ctl("--initiate", "--child", child, "--timeout", timeout,
                         ok=False, timeout=timeout + 20)

    def terminate(self, ike="peer", timeout=10):
        return self._ctl("--terminate", "--ike", ike, "--timeout", timeout, ok=False)

    def rekey(self, **what):
        (kind, name), = what.items()
        return self._ctl("--rekey", "--" + kind, name)

    def rekey_child(self):
        return self.rekey(child="net")

    def rekey_ike(self):
        return self.rekey(ike="peer")

    def sas(self):
        return self._ctl("--list-sas")

    def ike(self):
        """{initiator's SPI: responder's} of the established IKE_SAs."""
        return dict(re.findall(r"ESTABLISHED, IKEv[12], ([0-9a-f]{16})_i\*? ([0-9a-f]{16})_r",
                               self.sas()))

    def spis(self):
        """{SPI: packets} of the CHILD_SAs, both ways."""
        if not self.userspace:
            return Kernel(self.node).spis()
        return {spi: int(packets) for spi, packets in re.findall(
            r"^\s+(?:in|out) +([0-9a-f]{8})\b.*? (\d+) packets", self.sas(), re.M)}

    def installed(self, child="net"):
        return re.search(r"^\s+%s: #\d+.* INSTALLED" % re.escape(child), self.sas(), re.M)

    def log(self):
        return self.process.text()


def conf(local, remote, local_id, remote_id, secret, ike="default", esp="default",
         local_ts=None, remote_ts=None, version=2, start="none", extra="",
         child_extra="", name="peer", auth=None):
    """A swanctl.conf with one connection and its pre-shared key; auth: two texts
    that say how else the two ends authenticate."""
    ours, theirs = auth or ("auth = psk", "auth = psk")
    ts = ""
    if local_ts:
        ts += "local_ts = %s\n" % local_ts
    if remote_ts:
        ts += "remote_ts = %s\n" % remote_ts
    return """
connections {
  %s {
    version = %d
    local_addrs = %s
    remote_addrs = %s
    proposals = %s
    mobike = no
    %s
    local { %s
            id = %s }
    remote { %s
             id = %s }
    children {
      net {
        %s
        esp_proposals = %s
        start_action = %s
        %s
      }
    }
  }
}
secrets {
  ike-%s { secret = "%s" }
}
""" % (name, version, local, remote, ike, extra, ours, local_id, theirs, remote_id, ts, esp, start,
       child_extra, name, secret)
