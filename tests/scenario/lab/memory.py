"""What is in the memory of a process: whether any of some secrets is."""
import base64
import re
import subprocess

from .core import Failure

PIECE = 1 << 20
ZEROS = bytes(PIECE)
# AddressSanitizer's shadow says which bytes may be used, not what they are.
SHADOW = 1 << 36
SHORTEST = 12


class Secrets:
    """Byte strings, each by a name; of what is long the beginning, the middle and the
    end, so that a half of it is found, too."""

    def __init__(self):
        self.needles = {}       # bytes: name

    def add(self, name, secret, part=16):
        if len(secret) < SHORTEST:
            raise Failure("%s is too short to be looked for" % name)
        for at in {0, max(0, len(secret) - part) // 2, max(0, len(secret) - part)}:
            self.needles.setdefault(secret[at:at + part], name)

    def psk(self, name, text):
        self.add(name, text.encode())

    def private_key(self, name, path):
        """A file in PEM: its secret numbers as they are in memory, in both orders
        of bytes, as DER, and as the text of the file, also as it crosses in JSON."""
        out = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"],
                             capture_output=True, text=True, check=True).stdout
        found = 0
        for what, digits in re.findall(r"^(privateExponent|prime[12]|exponent[12]|coefficient"
                                       r"|priv):\s*((?:\n? +[0-9a-f:]+$)+)", out, re.M):
            number = bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0")
            self.add("%s: %s" % (name, what), number)
            self.add("%s: %s, the other way round" % (name, what), number[::-1])
            found += 1
        if not found:
            raise Failure("no secret number in %s" % path)
        with open(path, "rb") as f:
            text = f.read()
        # PKCS#8 begins with what every key of that kind begins with.
        body = b"".join(x for x in text.splitlines() if not x.startswith(b"-"))
        der = base64.b64decode(body)
        secret = der[-32:] if len(der) < 200 else der[-600:]
        if len(der) >= 200:
            self.add(name + ": DER", secret)
        self.add(name + ": PEM", body[-64:])
        self.add(name + ": PEM in base64", base64.b64encode(text)[-160:-32])


def mappings(pid):
    """[(address, octets, what)] of all that can be read, but for what can only be
    read and is a file's, as program text."""
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line)
            begin, end = int(m[1], 16), int(m[2], 16)
            if (m[3][0] == "r" and m[4] not in ("[vvar]", "[vsyscall]")
                    and not (m[3][1] == "-" and m[4][:1] == "/") and end - begin < SHADOW):
                yield begin, end - begin, m[4] or "anonymous"


def scan(pid, secrets):
    """({name of a secret: [where]}, octets looked at); the process is stopped
    meanwhile by nobody, so a secret that comes and goes may be missed."""
    found, size = {}, 0
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        for begin, length, what in mappings(pid):
            at = 0
            while at < length:
                mem.seek(begin + at)
                try:
                    data = mem.read(min(PIECE, length - at))
                except OSError:
                    break               # a page that the kernel does not give out
                if data == ZEROS:
                    at += PIECE - 64
                    continue
                size += len(data)
                for needle, name in secrets.needles.items():
                    where = data.find(needle)
                    if where >= 0:
                        found.setdefault(name, []).append(
                            "%x (%s)" % (begin + at + where, what))
                if len(data) < PIECE:
                    break
                at += len(data) - 64    # what lies across two pieces
    return found, size
