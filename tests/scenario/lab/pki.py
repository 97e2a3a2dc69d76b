"""Certificates for a scenario, made by tests/pki/mkpki, whose comment says what is
there."""
import dataclasses
import os
import subprocess

from .core import Failure
from .culvert import build_dir

# What `certificate generate` calls a type of key, and mkpki.
KEYS = {"rsa2048": "rsa2048", "rsa3072": "rsa3072", "rsa4096": "rsa4096",
        "ecdsa-p256": "p256", "ecdsa-p384": "p384", "ecdsa-p521": "p521",
        "ed25519": "ed25519"}
PASSWORD = "culvert"            # of the PKCS#12 files


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
        got = subprocess.run(["openssl", "x509", "-in", self.cert, "-noout", "-subject",
                              "-nameopt", "sep_comma_plus_space"],
                             capture_output=True, text=True, check=True)
        return got.stdout.strip().removeprefix("subject=")


class Pki:
    """pki["alice"] is a gateway's certificate, pki["root"], pki["inter"] and
    pki["other"] are CAs."""

    def __init__(self, lab, name="pki", key="ecdsa-p256", ca_key="ecdsa-p256", crl=None,
                 ocsp=None, direct=False, good=False, more=()):
        """crl, ocsp: URLs; direct: no intermediate; good: the good ones alone; more:
        gateways besides alice and bob."""
        self.folder, self.key, self.direct = os.path.join(lab.logs, name), key, direct
        program = build_dir() + "/tests/pki/mkpki"
        if not os.path.exists(program):
            raise Failure("%s is not built: make check TESTS=" % program)
        argv = [program, "-k", KEYS[key], "-K", KEYS[ca_key], "-p", PASSWORD]
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
