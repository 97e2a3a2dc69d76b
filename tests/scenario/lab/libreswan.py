"""Libreswan from Debian as the peer: pluto over the kernel's ESP in a node, told
what to do by whack."""
import os
import re
import signal

from .core import Failure, wait_for
from .peers import Kernel, algorithms, need_kernel_esp, unpacked
from .pki import PASSWORD

WORDS = {"aes128": "aes128", "aes256": "aes256", "aes128gcm16": "aes_gcm128",
         "aes256gcm16": "aes_gcm256", "chacha20poly1305": "chacha20_poly1305",
         "sha1": "sha1", "sha256": "sha2_256", "sha384": "sha2_384", "sha512": "sha2_512",
         "prfsha256": "sha2_256", "prfsha384": "sha2_384", "prfsha512": "sha2_512",
         "modp1536": "modp1536", "modp2048": "modp2048", "modp3072": "modp3072", "modp4096": "modp4096",
         "ecp256": "dh19", "ecp384": "dh20", "ecp521": "dh21", "x25519": "dh31"}


NSS = "/var/lib/ipsec/nss"
SETUP = "config setup\n\tikev1-policy=accept\n"


class Libreswan:
    name = "Libreswan"
    REVIVES = True             # by itself what the other end has closed
    # When both ends begin at once, or one anew, it makes a second CHILD_SA, and after
    # INITIAL_CONTACT an old IKE_SA, and perhaps a CHILD_SA, stays there until
    # dead peer detection.
    KEEPS_IKE = True
    DEFAULT_ESP = None
    REKEYS_BY = {("child", 1): {"child_life": 40}, ("ike", 1): {"ike_life": 40}}
    # (else by command)
    LATE = 0

    def __init__(self, node, start=True):
        need_kernel_esp(self.name)
        self.node, self.kernel = node, Kernel(node)
        self.exec = "/usr/libexec/ipsec/"
        self.dir = "/run/pluto"
        self.conn, self.process, self.has = None, None, None
        # pluto looks for its helpers there; the folder is the guest's own.
        node.run("mkdir", "-p", self.dir, self.exec)
        node.run("mount", "--bind", unpacked("libreswan") + self.exec, self.exec)
        self._new_nss()
        node.write(self.dir + "/secrets", "")
        node.write(self.dir + "/conf", SETUP)
        if start:
            self.start()

    def _new_nss(self):
        self.node.run("rm", "-rf", NSS)
        self.node.run("mkdir", "-p", NSS)
        self.node.run("certutil", "-N", "-d", "sql:" + NSS, "--empty-password")

    def start(self):
        self._spawn()
        if self.conn:
            self.configure(self.conn)

    def _spawn(self):
        self.process = self.node.spawn(
            "pluto", self.exec + "pluto", "--nofork", "--stderrlog", "--no-dnssec",
            "--config", self.dir + "/conf", "--secretsfile", self.dir + "/secrets",
            "--rundir", self.dir, "--nssdir", NSS, "--nhelpers", "0",
            "--debug", "base")
        wait_for("pluto's control socket",
                 lambda: self.process.alive() and self._whack("--listen", ok=False)[0] == 0, 20)

    def _whack(self, *argv, ok=True, timeout=60):
        return self.node.run(self.exec + "whack", "--rundir", self.dir, *argv, ok=ok,
                             timeout=timeout)

    def configure(self, conn):
        self.conn = conn
        lines = ["left=%s" % conn.local, "right=%s" % conn.remote,
                 "leftid=@%s" % conn.local_id, "rightid=@%s" % conn.remote_id,
                 "leftsubnet=%s" % conn.local_ts, "rightsubnet=%s" % conn.remote_ts,
                 "ikev2=%s" % ("insist" if conn.version == 2 else "never"), "auto=ignore", "leftupdown=%disabled",
                 "mobike=no", "fragmentation=%s" % ("force" if conn.fragment else "yes")]
        lines += self._credentials(conn) if conn.cert else ["authby=secret"]
        if conn.ike:
            lines.append("ike=" + "-".join(algorithms(conn.ike, WORDS)))
        if conn.esp:
            lines.append("esp=" + "-".join(algorithms(conn.esp, WORDS)))
        # In quick mode its own default is the group of phase 1, the others' is none.
        suite = conn.esp or ("aes256-sha256" if conn.version == 1 else "aes256-sha256-modp2048")
        if len(suite.split("-")) + ("gcm" in suite or "poly" in suite) < 3 and not conn.pfs:
            lines.append("pfs=no")
        if conn.natt:
            lines.append("nat-ikev1-method=" + conn.natt)
        for name, seconds in (("ikelifetime", conn.ike_life), ("salifetime", conn.child_life)):
            if seconds:
                # The responder takes half of the margin.
                lines += ["%s=%d" % (name, seconds), "rekeymargin=%d" % (0.62 * seconds),
                          "rekeyfuzz=0%"]
        if conn.dpd:
            lines += ["dpddelay=%d" % conn.dpd, "dpdtimeout=%d" % (5 * conn.dpd),
                      "dpdaction=%s" % ("restart" if conn.start else "clear")]
        self.node.write(self.dir + "/secrets", '@%s @%s : PSK "%s"\n' % (
            conn.local_id, conn.remote_id, conn.secret))
        self.node.write(self.dir + "/conf", SETUP + "conn peer\n"
                        + "".join("\t%s\n" % line for line in lines))
        self._whack("--rereadsecrets")
        self.node.run(self.exec + "addconn", "--config", self.dir + "/conf",
                      "--ctlsocket", self.dir + "/pluto.ctl", "peer")
        if conn.start:
            self._whack("--initiate", "--asynchronous", "--name", "peer")

    def _credentials(self, conn):
        """Puts them into pluto's data base; the lines of the connection."""
        if conn.cert.kind == "ed25519":
            raise Failure("Libreswan 4.10 has no Ed25519")
        if (conn.cert, conn.ca, conn.crls) != self.has:
            # Certificates of an older PKI with the same names would be in the way.
            self.stop()
            self._new_nss()
            nss = ["-d", "sql:" + NSS]
            self.node.run("pk12util", *nss, "-i", conn.cert.p12, "-W", PASSWORD)
            self.node.run("certutil", *nss, "-A", "-n", conn.ca.name, "-t", "CT,,", "-a",
                          "-i", conn.ca.cert)
            for crl in conn.crls:
                self.node.run("crlutil", *nss, "-I", "-i", crl)
            self.has = conn.cert, conn.ca, conn.crls
            self._spawn()
        authby = ("ecdsa" if conn.cert.kind.startswith("ecdsa") else
                  "rsasig" if conn.version == 1 else "rsa-sha2")
        # Without rightca it asks for no certificate, and strongSwan then sends none.
        return ["leftcert=" + conn.cert.name, "leftsendcert=always", "sendca=all",
                'rightca="%s"' % conn.ca.subject(), "authby=" + authby]

    def unconfigure(self):
        self.conn = None
        self._whack("--delete", "--name", "peer")

    def initiate(self):
        """Begins; it tries for ever."""
        return self._whack("--initiate", "--asynchronous", "--name", "peer", ok=False)

    def terminate(self):
        return self._whack("--terminate", "--name", "peer", ok=False)

    def rekey_child(self):
        return self._whack("--rekey-ipsec", "--name", "peer")

    def rekey_ike(self):
        return self._whack("--rekey-ike", "--name", "peer")

    def sas(self):
        return self._whack("--showstates") + self._whack("--trafficstatus")

    def ike(self):
        """{its own number: None} of the established IKE_SAs; it does not tell
        their SPIs."""
        return {m: None for m in re.findall(
            r'#(\d+): "peer".*(?:ESTABLISHED_IKE_SA|STATE_MAIN_(?:I4|R3))', self.sas())}

    def installed(self):
        return re.search(r'"peer".*(ESTABLISHED_CHILD_SA|STATE_QUICK_[IR]2)', self.sas())

    def spis(self):
        return self.kernel.spis()

    def log(self):
        return self.process.text()

    def stop(self):
        """In good order, as the system's shutdown would."""
        self._whack("--shutdown", ok=False)
        self.process.popen.wait(20)

    def power_off(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.popen.wait()
        self.kernel.forget()
