"""OpenIKED from Debian as the peer: iked over the kernel's ESP (PF_KEY) in a
node. It has no commands to connect or to rekey: it connects when its policy is
active, and rekeys by the lifetimes of its configuration."""
import os
import re
import signal
import subprocess

from .core import wait_for
from .peers import Kernel, algorithms, need_kernel_esp, unpacked

WORDS = {"aes128": "enc aes-128", "aes256": "enc aes-256", "aes128gcm16": "enc aes-128-gcm",
         "aes256gcm16": "enc aes-256-gcm", "chacha20poly1305": "enc chacha20-poly1305",
         "sha1": "auth hmac-sha1", "sha256": "auth hmac-sha2-256",
         "sha384": "auth hmac-sha2-384", "sha512": "auth hmac-sha2-512",
         "prfsha256": "prf hmac-sha2-256", "prfsha384": "prf hmac-sha2-384",
         "prfsha512": "prf hmac-sha2-512", "modp2048": "group modp2048",
         "modp3072": "group modp3072", "modp4096": "group modp4096",
         "ecp256": "group ecp256", "ecp384": "group ecp384", "ecp521": "group ecp521",
         "x25519": "group curve25519"}


class OpenIked:
    name = "OpenIKED"
    # Its PF_KEY on Linux knows neither AEAD nor the RFC's SHA2-256.
    REVIVES = False             # by itself what the other end has closed
    KEEPS_IKE = False
    DEFAULT_ESP = "aes256-sha384"
    # What of a Connection makes it rekey.
    REKEYS_BY = {("child", 2): {"child_life": 20}, ("ike", 2): {"ike_life": 20}}
    # Packets lost because it answers a rekeying before it has installed its SAs.
    LATE = 1

    def __init__(self, node, start=True):
        need_kernel_esp(self.name)
        self.node, self.kernel = node, Kernel(node)
        self.sbin = unpacked("openiked") + "/usr/sbin/"
        self.dir = "/run/iked"
        self.conn, self.process = None, None
        subprocess.run(["modprobe", "af_key"], check=True)
        # Its user, and what it looks for at fixed places.
        node.run("sh", "-c", """
set -e
mkdir -p /run/iked/empty
for d in ca certs crls ocsp private pubkeys/ipv4 pubkeys/ipv6 pubkeys/fqdn pubkeys/ufqdn; do
  mkdir -p /run/iked/etc/$d
done
for f in passwd group; do cp /etc/$f /run/iked/$f; done
echo '_iked:x:990:990::/run/iked/empty:/usr/sbin/nologin' >>/run/iked/passwd
echo '_iked:x:990:' >>/run/iked/group
mount --bind /run/iked/passwd /etc/passwd
mount --bind /run/iked/group /etc/group
openssl ecparam -genkey -name prime256v1 -noout -out /run/iked/etc/private/local.key
chmod 700 /run/iked/etc/private
mkdir -p /etc/iked      # in the guest's own layer over this machine's files
mount --bind /run/iked/etc /etc/iked
""")
        if start:
            self.start()

    def start(self):
        if self.conn:
            self._write(self.conn.start)
        else:
            self.node.write(self.dir + "/conf", "set passive\n")
        self.process = self.node.spawn("iked", self.sbin + "iked", "-d", "-v", "-v",
                                       "-f", self.dir + "/conf", "-s", self.dir + "/sock")
        wait_for("iked's control socket",
                 lambda: self.process.alive() and self._ctl("show", "sa", ok=False)[0] == 0, 20)

    def _ctl(self, *argv, ok=True):
        return self.node.run(self.sbin + "ikectl", "-s", self.dir + "/sock", *argv, ok=ok)

    def configure(self, conn):
        self.conn = conn
        self._write(conn.start)
        self._ctl("reload")

    def _write(self, active):
        conn = self.conn
        # It takes INITIAL_CONTACT to heart only when told so.
        lines = ["set enforcesingleikesa", "set dpd_check_interval %d" % (conn.dpd or 60)]
        if conn.fragment:
            lines.append("set fragmentation")
        policy = ['ikev2 "peer" %s esp' % ("active" if active else "passive"),
                  "from %s to %s" % (conn.local_ts, conn.remote_ts),
                  "local %s peer %s" % (conn.local, conn.remote)]
        if conn.ike:
            policy.append("ikesa " + " ".join(algorithms(conn.ike, WORDS)))
        policy.append("childsa " + " ".join(algorithms(conn.esp or self.DEFAULT_ESP, WORDS)))
        policy.append("srcid %s dstid %s" % (conn.local_id, conn.remote_id))
        if conn.ike_life:
            policy.append("ikelifetime %d" % conn.ike_life)
        if conn.child_life:
            policy.append("lifetime %d" % conn.child_life)
        if conn.cert:
            self._credentials(conn)
        else:
            policy.append('psk "%s"' % conn.secret)
        self.node.write(self.dir + "/conf", "\n".join(lines) + "\n" + " \\\n\t".join(policy) + "\n")

    def _credentials(self, conn):
        """Puts them where iked looks, and nothing else there."""
        crls = []
        for i, crl in enumerate(conn.crls):
            crls.append("%s/crl%d.pem" % (self.dir, i))
            self.node.run("openssl", "crl", "-in", crl, "-out", crls[-1])
        self.node.run("sh", "-ec", """
cd "$1"
rm -f ca/* certs/* crls/*
cp "$2" private/local.key
cp "$3" certs/local.crt
cp "$4" ca/ca.crt
shift 4
[ $# = 0 ] || cat "$@" >crls/ca.crl
""", "sh", self.dir + "/etc", conn.cert.key, conn.cert.cert, conn.ca.cert, *crls)

    def unconfigure(self):
        self._ctl("reset", "id", "FQDN/" + self.conn.remote_id, ok=False)
        self.conn = None
        self.node.write(self.dir + "/conf", "set passive\n")
        self._ctl("reload")

    def initiate(self):
        """It connects only by its configuration, and tries every minute from when it
        ceases to be passive."""
        self._ctl("passive", ok=False)
        self._write(True)
        return self._ctl("reload", ok=False)

    def terminate(self):
        return self._ctl("reset", "id", "FQDN/" + self.conn.remote_id, ok=False)

    def sas(self):
        return self._ctl("show", "sa")

    def ike(self):
        """{initiator's SPI: responder's} of the established IKE_SAs."""
        return {i: r for r, i in re.findall(
            r"^iked_sas: \S+ rspi 0x([0-9a-f]{16}) ispi 0x([0-9a-f]{16}) .* ESTABLISHED",
            self.sas(), re.M)}

    def installed(self):
        return self.ike() and "sa_childsas:" in self.sas()

    def spis(self):
        return self.kernel.spis()

    def log(self):
        return self.process.text()

    def stop(self):
        self.process.stop()

    def power_off(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.popen.wait()
        self.kernel.forget()
