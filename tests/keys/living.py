#!/usr/bin/python3
"""The certificate store of a running ipsecd: keys in its sandbox, asked as confd asks
it, across restarts and with a device key that is gone or another one.

As root; exit status 77 (skipped) otherwise."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.environ.get("top_srcdir") or os.path.join(os.path.dirname(__file__), "../..")
BUILD = os.environ.get("top_builddir") or os.path.join(TOP, "build")
sys.path.insert(0, os.path.join(TOP, "tests/monitor"))
import family  # noqa: E402
from family import (A_DATA, A_DATASTORE, A_ERR_PATH, A_ERR_TEXT, A_PATH, A_REPLACE,  # noqa: E402
                    A_TXN, A_VERSION, ABORT, ACTION, APPLY, ERROR, GET, HELLO, OPERATIONAL,
                    PREPARE, Client, Daemon, check, wait_for)

STORE = "/culvert-certificate:certificate"
A_WARNING = 14


def run(*argv, stdin=None):
    return subprocess.run(argv, input=stdin, check=True, capture_output=True).stdout


class Keys:
    def __init__(self, d):
        self.c = Client(d.door("ipsecd-keys.sock"))
        self.c.s.settimeout(60)
        self.c.ask(HELLO, (A_VERSION, 1))
        self.txn = 0

    def act(self, name, **members):
        """(error text or None, error path, output, warnings)"""
        for k, v in members.items():
            if isinstance(v, bytes):
                members[k] = base64.b64encode(v).decode()
        flags, got = self.c.ask(ACTION, (A_PATH, STORE + "/" + name),
                                (A_DATA, json.dumps(members)))
        text = got.get(A_ERR_TEXT, [b"?"])[0].decode() if flags & ERROR else None
        path = got.get(A_ERR_PATH, [b""])[0].decode()
        out = json.loads(got[A_DATA][0]) if A_DATA in got else {}
        out = {k.split(":")[-1]: v for k, v in out.items()}
        return text, path, out, [w.decode() for w in got.get(A_WARNING, [])]

    def done(self, name, **members):
        text, _, out, warnings = self.act(name, **members)
        if text is not None:
            raise family.Failed("%s %s: %s" % (name, members.get("label"), text))
        return out, warnings

    def refused(self, pattern, name, **members):
        text, path, _, _ = self.act(name, **members)
        check(text is not None and re.search(pattern, text),
              "%s is refused: %s" % (name, text))
        return path

    def entries(self):
        _, got = self.c.ask(GET, (A_DATASTORE, OPERATIONAL), (A_PATH, STORE))
        got = json.loads(got[A_DATA][0])["culvert-certificate:certificate"]
        entries = {e["label"]: e for e in got.get("entry", [])}
        for e in entries.values():
            e.pop("days-left", None)        # another one each day
        return entries

    def prepare(self, *entries, replace=False):
        self.txn += 1
        data = json.dumps({"culvert-tunnel:tunnel": {"ipsec": list(entries)}})
        return self.c.ask(PREPARE, (A_TXN, self.txn), (A_DATA, data),
                          *([(A_REPLACE, b"")] if replace else []))

    def commit(self, *entries):
        flags, got = self.prepare(*entries)
        check(not flags & ERROR, "a commit goes through %s" % got.get(A_ERR_TEXT, ""))
        self.c.ask(APPLY, (A_TXN, self.txn))


class Pki:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "pki")
        os.mkdir(self.folder)
        run(os.path.join(BUILD, "tests/pki/mkpki"), self.folder)

    def __call__(self, name):
        with open(os.path.join(self.folder, name), "rb") as f:
            return f.read()

    def sign(self, request):
        csr, out = self.folder + "/in.csr", self.folder + "/out.pem"
        with open(csr, "w") as f:
            f.write(request)
        run("openssl", "x509", "-req", "-in", csr, "-CA", self.folder + "/root.pem", "-CAkey",
            self.folder + "/root.key", "-days", "100", "-copy_extensions", "copy", "-out", out)
        return self("out.pem")


started = []


def start(folder):
    started.append(Daemon(folder, "null"))
    return started[-1]


def test_imports(k, pki):
    k.done("import", kind="local", label="alice", data=pki("alice-chain.pem"), key=pki("alice.key"))
    k.done("import", kind="ca", label="root", data=pki("root.pem"))
    e = k.entries()
    check(set(e) == {"alice", "root"} and e["alice"]["kind"] == "local" and
          e["root"]["kind"] == "ca", "two imports are shown: %s" % e["alice"]["subject"])
    check(e["alice"].get("chain"), "with the intermediate certificate")
    path = k.refused("needs a password", "import", kind="local", label="p12",
                     data=run("openssl", "pkcs12", "-export", "-inkey",
                              pki.folder + "/alice.key", "-in", pki.folder + "/alice.pem",
                              "-passout", "pass:horse"))
    check(path == STORE + "/import/password", "and asks for it at its leaf")
    p12 = ("openssl", "pkcs12", "-export", "-inkey", pki.folder + "/alice.key", "-in",
           pki.folder + "/alice.pem", "-passout", "pass:horse")
    path = k.refused("password is wrong", "import", kind="local", label="p12", data=run(*p12),
                     password="donkey")
    check(path == STORE + "/import/password", "and once more if it is wrong")
    k.done("import", kind="local", label="p12", data=run(*p12), password="horse")
    k.done("delete", label="p12")
    try:
        old = run(*p12, "-legacy")
    except subprocess.CalledProcessError:
        print("no legacy provider in this OpenSSL")
    else:
        k.refused("openssl pkcs12 -legacy", "import", kind="local", label="p12", data=old,
                  password="horse")
    k.refused("does not belong", "import", kind="local", label="x", data=pki("alice.pem"),
              key=pki("root.key"))
    k.refused("no CA", "import", kind="ca", label="x", data=pki("alice.pem"))
    k.refused("there already", "import", kind="ca", label="root", data=pki("other.pem"))
    k.done("import", kind="ca", label="other", data=pki("other.der"))
    out, _ = k.done("export", label="alice")
    check(out["pem"].count("BEGIN CERTIFICATE") == 2 and "PRIVATE" not in out["pem"],
          "export has the chain and no key")
    out, _ = k.done("export", label="root", form="der")
    check(base64.b64decode(out["der"]) == pki("root.der"), "export in DER")


def test_requests(k, pki):
    for key in ("rsa-2048", "ecdsa-p384", "ed25519"):
        out, _ = k.done("generate", label="gw-" + key, key=key, subject="CN=gw1, O=Example",
                        san=["dns:gw.example.com", "ip:192.0.2.1"])
        text = run("openssl", "req", "-verify", "-noout", "-text",
                   stdin=out["request"].encode()).decode()
        check("DNS:gw.example.com" in text and "192.0.2.1" in text,
              "a request for %s with other names, signed by its key" % key)
    label = "gw-ecdsa-p384"
    again, _ = k.done("request", label=label)
    k.refused("has a request already", "generate", label=label)
    k.refused("another key", "import", kind="local", label=label, data=pki("alice.pem"))
    k.done("import", kind="local", label=label, data=pki.sign(again["request"]))
    e = k.entries()[label]
    check(e["kind"] == "local" and "subject-alt-name" in e, "its certificate came")
    k.commit({"id": 7, "certificate": label, "ca": "root", "secret": "unused-secret"})
    check(k.entries()[label]["used-by"] == "7" and k.entries()["root"]["tunnels"] == 1,
          "it says who uses it")
    k.refused("used by ipsec 7", "delete", label=label)
    old = k.entries()[label]["fingerprint-sha256"]
    out, warnings = k.done("generate", label=label, key="ecdsa-p256")
    check("stay in use" in " ".join(warnings) and
          k.entries()[label]["fingerprint-sha256"] == old, "renewal: the old one stays in use")
    k.done("import", kind="local", label=label, data=pki.sign(out["request"]))
    e = k.entries()[label]
    check(e["fingerprint-sha256"] != old and e["key"] == "ECDSA P-256",
          "until the new certificate has come")
    k.done("generate", label=label, key="ecdsa-p256")
    _, warnings = k.done("delete", label=label)
    check("request was deleted" in warnings[0] and label in k.entries(),
          "delete of what is used takes its request alone")


def test_commits(k):
    rows = (({"certificate": "nobody"}, "no certificate 'nobody'; there are: alice"),
            ({"certificate": "root"}, "is a CA"), ({"ca": "alice"}, "no CA"),
            ({"certificate": "gw-ed25519"}, "waits for its certificate"))
    for leaves, text in rows:
        flags, got = k.prepare({"id": 9, **leaves})
        check(flags & ERROR and text in got[A_ERR_TEXT][0].decode() and
              got[A_ERR_PATH][0].decode().endswith(list(leaves)[0]),
              "a commit is refused: %s" % got.get(A_ERR_TEXT))
    flags, got = k.prepare({"id": 9, "certificate": "nobody"}, replace=True)
    check(not flags & ERROR and b"nobody" in got[A_WARNING][0], "at a start it is a warning")
    k.c.ask(ABORT, (A_TXN, k.txn))
    k.prepare({"id": 9, "ca": "other"})
    k.refused("commit is under way", "delete", label="other")
    k.c.ask(ABORT, (A_TXN, k.txn))
    k.done("delete", label="other")
    check("other" not in k.entries(), "deleted")


def test_files(d, pki):
    folder = d.statedir + "/keys"
    names = sorted(os.listdir(folder))
    check("alice.cert" in names and "gw-ed25519.request" in names and
          not [n for n in names if n.endswith(".tmp")], "its files: " + " ".join(names))
    der = run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in",
              pki.folder + "/alice.key")
    private = der[der.index(b"\x02\x01\x01\x04\x20") + 5:][:32]      # RFC 5915
    for n in names:
        with open(folder + "/" + n, "rb") as f:
            check(private not in f.read(), "%s has no private key in clear" % n)
        check(os.stat(folder + "/" + n).st_mode & 0o777 == 0o600, "%s is for keys alone" % n)
    st = os.stat(d.statedir + "/device.key")
    check(st.st_uid == 0 and st.st_mode & 0o777 == 0o600 and st.st_size == 32,
          "the device key is for root alone")


def test_device_key(folder, before):
    key = folder + "/state/device.key"
    for what in ("gone", "another"):
        os.rename(key, key + ".good")
        if what == "another":
            with open(key, "wb") as f:
                os.fchmod(f.fileno(), 0o600)
                f.write(os.urandom(32))
        d = start(folder)
        wait_for("the log says it", lambda: "device key" in d.text()[d.before:])
        k = Keys(d)
        e = k.entries()
        check(set(e) == set(before) and "cannot be used" in e["alice"]["warning"][0],
              "device key %s: %s" % (what, e["alice"]["warning"][0]))
        k.refused("device key", "generate", label="new")
        flags, got = k.prepare({"id": 9, "certificate": "alice"})
        check(flags & ERROR and b"cannot be used" in got[A_ERR_TEXT][0], "no tunnel uses it")
        flags, _ = k.prepare({"id": 9, "secret": "a-horse-a-horse"})
        check(not flags & ERROR, "pre-shared keys work")
        check(d.stop() == 0, "ends")
        os.rename(key + ".good", key)
    d = start(folder)
    after = Keys(d).entries()
    check(after == before, "with the right one all is back: %s" %
          [e for e in after.values() if e != before[e["label"]]])
    check(d.stop() == 0, "ends")


def test_stop_while_making(d, k):
    """An RSA key in the making does not hold up the end."""
    k.c.id += 1
    for n in range(3):
        body = b""
        for kind, value in ((A_PATH, STORE + "/generate"),
                            (A_DATA, json.dumps({"label": "big%d" % n, "key": "rsa-4096"}))):
            value = value.encode()
            body += kind.to_bytes(2, "big") + b"\0\0" + len(value).to_bytes(4, "big") + value
        k.c.s.sendall((12 + len(body)).to_bytes(4, "big") + ACTION.to_bytes(2, "big") +
                      b"\0\0" + (1000 + n).to_bytes(4, "big") + body)
    check(d.stop() == 0, "stopped while three RSA keys were being made")
    check("is killed" not in d.text()[d.before:], "and keys ended by itself")


def living():
    folder = tempfile.mkdtemp(prefix="culvert-keys-")
    os.chmod(folder, 0o755)
    d = None
    try:
        pki = Pki(folder)
        d = start(folder)
        k = Keys(d)
        test_imports(k, pki)
        test_requests(k, pki)
        test_commits(k)
        test_files(d, pki)
        before = k.entries()
        for e in before.values():        # nobody is there to use them after a restart
            e["tunnels"] = 0
            e.pop("used-by", None)
        check(d.stop() == 0, "ends")
        test_device_key(folder, before)
        d = start(folder)
        test_stop_while_making(d, Keys(d))
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error", "made a system call"):
            check(word not in d.text(), "the log has no '%s'" % word)
    except Exception:
        if d is not None:
            print(d.text())
        raise
    finally:
        for d in started:
            if d.p.poll() is None:
                d.p.kill()
                d.p.wait()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        return 77
    for user in list(family.USERS.values()) + ["_culvert-confd"]:
        if subprocess.run(["getent", "passwd", user], stdout=subprocess.DEVNULL).returncode:
            print("skipped: no user %s; run tools/create-users" % user)
            return 77
    if family.ctypes.CDLL(None, use_errno=True).unshare(family.CLONE_NEWNET) < 0:
        print("skipped: no network namespace")
        return 77
    try:
        living()
    except family.Failed as e:
        print("FAILED:", e)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
