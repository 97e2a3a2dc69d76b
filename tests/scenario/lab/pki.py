"""Certificates for a scenario, made by tests/pki/mkpki, whose comment says what is
there."""
import dataclasses
import os
import subprocess

from .core import Failure
from .culvert import build_dir
from .web import Web

# What `certificate generate` calls a type of key, and mkpki.
KEYS = {"rsa2048": "rsa2048", "rsa3072": "rsa3072", "rsa4096": "rsa4096",
        "ecdsa-p256": "p256", "ecdsa-p384": "p384", "ecdsa-p521": "p521",
        "ed25519": "ed25519"}
PASSWORD = "culvert"            # of the PKCS#12 files
CRL_ADDRESS = "10.99.0.1"       # where a gateway finds them


def crl_server(node, lab):
    """Serves the scenario's log folder, and the PKIs in it, in the node itself: each
    gateway has its own, and what it fetches is on no wire."""
    node.ip("addr replace %s/32 dev lo" % CRL_ADDRESS)
    return Web(node, CRL_ADDRESS, lab.logs)


def openssl(*argv):
    got = subprocess.run(["openssl", *map(str, argv)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True)
    if got.returncode != 0:
        raise Failure("openssl %s: %s" % (" ".join(map(str, argv)), got.stderr))
    return got.stdout


@dataclasses.dataclass
class Certificate:
    """Paths of PEM files; chain has the intermediates, from the nearest on."""
    name: str
    kind: str                   # of its key: one of KEYS
    cert: str
    key: str
    chain: tuple

    @property
    def p12(self):
        return self.cert.removesuffix(".pem") + ".p12"

    @property
    def with_chain(self):
        return self.cert.removesuffix(".pem") + "-chain.pem"

    @property
    def id(self):
        """One of its subjectAltNames."""
        return self.name + ".example.com"

    def subject(self):
        return openssl("x509", "-in", self.cert, "-noout", "-subject", "-nameopt",
                       "sep_comma_plus_space").strip().removeprefix("subject=")

    def fingerprint(self):
        """SHA-256, hexadecimal without colons."""
        return openssl("x509", "-in", self.cert, "-noout", "-fingerprint", "-sha256").strip() \
            .rpartition("=")[2].replace(":", "").lower()


class Pki:
    """pki["alice"] is a gateway's certificate, pki["root"], pki["inter"] and
    pki["other"] are CAs."""

    def __init__(self, lab, name="pki", key="ecdsa-p256", ca_key="ecdsa-p256", crl=None,
                 ocsp=None, direct=False, good=False, more=()):
        """crl: True is where crl_server() has it, or a URL; ocsp: a URL; direct: no intermediate; good: the good ones alone; more:
        gateways besides alice and bob."""
        self.folder, self.key, self.direct = os.path.join(lab.logs, name), key, direct
        program = build_dir() + "/tests/pki/mkpki"
        if not os.path.exists(program):
            raise Failure("%s is not built: make check TESTS=" % program)
        argv = [program, "-k", KEYS[key], "-K", KEYS[ca_key], "-p", PASSWORD]
        if crl is True:
            crl = "http://%s/%s" % (CRL_ADDRESS, name)
        self.crl = crl
        for option, value in (("-u", crl), ("-o", ocsp)):
            argv += [option, value] if value else []
        argv += ["-d"] * direct + ["-g"] * good
        for n in more:
            argv += ["-n", n]
        got = subprocess.run([*argv, self.folder], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True)
        if got.returncode != 0:
            raise Failure("mkpki: " + got.stderr)

    def path(self, file):
        return os.path.join(self.folder, file)

    def __getitem__(self, name):
        cert = self.path(name + ".pem")
        if not os.path.exists(cert):
            raise Failure("no certificate '%s' in %s" % (name, self.folder))
        ca = name in ("root", "inter", "other")
        return Certificate(name, self.key, cert, self.path(name + ".key"),
                           () if ca or self.direct else (self.path("inter.pem"),))

    def renewed(self, name, days=400):
        """What pki[name] is replaced by: a new key, the same name, the same CA."""
        old, ca = self[name], self.path("root" if self.direct else "inter")
        file = self.path(name + "-renewed")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-out", file + ".key")
        openssl("req", "-new", "-config", "/dev/null", "-key", file + ".key", "-subj",
                "/CN=%s/O=Culvert Test" % name, "-out", file + ".csr")
        with open(file + ".ext", "w") as f:
            f.write("keyUsage = critical, digitalSignature\nsubjectAltName = DNS:%s\n" % old.id)
            if self.crl:
                f.write("crlDistributionPoints = URI:%s/%s.crl\n" % (
                    self.crl, os.path.basename(ca)))
        openssl("x509", "-req", "-in", file + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key",
                "-extfile", file + ".ext", "-days", days, "-out", file + ".pem")
        with open(file + "-chain.pem", "w") as out:
            for path in (file + ".pem", *old.chain):
                with open(path) as f:
                    out.write(f.read())
        return Certificate(name, "ecdsa-p256", file + ".pem", file + ".key", old.chain)
