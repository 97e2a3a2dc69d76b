"""A web server in a node, well behaved or not: tests/fetch/hostile.py says how."""
import os
import sys

from .core import wait_for
from .culvert import TOP

HOSTILE = TOP + "/tests/fetch/hostile.py"


class Web:
    """Serves a folder of the host at an address of the node; url("root.crl"),
    url("hang"), requests() -> ["GET /root.crl", ...]."""

    def __init__(self, node, address, folder, port=80, tls=None):
        self.address, self.port, self.tls = address, port, tls
        self.log = os.path.join(node.log_dir, "web-%d.requests" % port)
        more = ["--tls", *tls] if tls else []
        self.process = node.spawn("web-%d" % port, sys.executable, HOSTILE, "--log", self.log,
                                  *more, address, str(port), folder)
        wait_for("the web server of %s serves" % node.name,
                 lambda: "serving" in self.process.text(), 20)

    def url(self, path):
        host = "[%s]" % self.address if ":" in self.address else self.address
        usual = 443 if self.tls else 80
        return "http%s://%s%s/%s" % ("s" if self.tls else "", host,
                                     "" if self.port == usual else ":%d" % self.port, path)

    def requests(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as f:
            return f.read().splitlines()

    def stop(self):
        self.process.stop()
