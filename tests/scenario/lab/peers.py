"""What the three peers have in common: a connection to describe, packages that
are unpacked rather than installed, and what the kernel holds for them."""
import dataclasses
import os
import re

from .core import Failure, in_guest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


@dataclasses.dataclass
class Connection:
    """A tunnel as its gateway "local" sees it, the same for every peer. ike and
    esp are in the guide's names (aes256-sha384-x25519); None is the peer's own
    default. Times are in seconds; None is the peer's own default."""
    local: str
    remote: str
    local_id: str
    remote_id: str
    secret: str
    local_ts: str
    remote_ts: str
    ike: str = None
    esp: str = None
    start: bool = False         # connects by itself, again and again
    fragment: int = 0           # IKE messages in fragments of at most this size
    dpd: int = 0
    ike_life: int = 0           # rekeyed somewhat before this
    child_life: int = 0
    # Certificates instead of the secret: our own, and the root that the peer's must
    # reach (both pki.Certificate).
    cert: object = None
    ca: object = None
    pss: str = None             # a hash: RSA-PSS where that is not the peer's habit
    crls: tuple = ()            # DER files that it knows from the beginning
    version: int = 2            # of IKE
    pfs: bool = False           # as by default, where esp has no group
    natt: str = None            # "drafts": with IKEv1 no vendor id of RFC 3947

    def but(self, **changes):
        return dataclasses.replace(self, **changes)


class Kernel:
    """The SAs and policies that the kernel has for a peer's node."""

    def __init__(self, node):
        self.node = node

    def spis(self):
        """{SPI in hexadecimal: packets} of the ESP SAs, both ways; an SPI that is
        only reserved is none."""
        out = self.node.run("ip", "-s", "xfrm", "state")
        found = {}
        for sa in re.split(r"^(?=src )", out, flags=re.M):
            m = re.search(r"proto esp spi 0x([0-9a-f]+)\(.*?lifetime current:\s+"
                          r"\d+\(bytes\), (\d+)\(packets\)", sa, re.S)
            if m and re.search(r"^\s+(enc|aead) ", sa, re.M):
                found[m[1].zfill(8)] = int(m[2])
        return found

    def forget(self):
        """As after a power failure."""
        self.node.run("ip", "xfrm", "state", "flush")
        self.node.run("ip", "xfrm", "policy", "flush")


def unpacked(name):
    """The folder in which tools/fetch-peers has unpacked the package; Debian's
    packages of the peers exclude each other, so they are not installed."""
    folder = os.path.join(os.environ.get("CULVERT_PEERS") or TOP + "/build-check/peers", name)
    if not os.path.isdir(folder + "/usr/sbin"):
        raise Failure("%s is not in %s: run tools/fetch-peers" % (name, folder))
    return folder


def need_kernel_esp(name):
    if not in_guest():
        raise Failure("%s wants the kernel's ESP: run it in the guest (tests/kernel/guest)" % name)


def algorithms(text, table):
    """The peer's words for a suite in the guide's."""
    words = []
    for word in text.split("-"):
        if word not in table:
            raise Failure("this peer has no word for %s here" % word)
        words.append(table[word])
    return words
