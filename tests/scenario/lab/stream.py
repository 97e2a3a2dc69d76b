"""A steady stream of numbered UDP packets between two hosts, both ways, and
which of them arrived."""
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

from . import core

PORT = 7007


class Half:
    """Sends to the peer and keeps what comes from it, until SIGTERM; what is on
    its way then still has a second."""

    def __init__(self, peer, rate, size):
        self.gap, self.size = 1.0 / rate, size
        family = socket.AF_INET6 if ":" in peer else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)      # SO_RCVBUFFORCE
        self.sock.bind(("::" if ":" in peer else "0.0.0.0", PORT))
        self.sock.setblocking(False)
        self.peer = (peer, PORT)
        self.sent, self.refused, self.came, self.twice = 0, {}, bytearray(), 0
        self.last = 0
        self.ending = False

    def stop(self, *_):
        self.ending = True

    def send(self):
        """What this host itself does not take (its neighbour is not found, its
        queue is full) has not been sent: the number is used again."""
        try:
            self.sock.sendto(struct.pack("!I", self.sent).ljust(self.size, b"#"), self.peer)
            self.sent += 1
        except OSError as e:
            self.refused[e.strerror] = self.refused.get(e.strerror, 0) + 1

    def receive(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                continue            # an ICMP error about what we sent
            seq, = struct.unpack_from("!I", data)
            if seq >= len(self.came):
                self.came.extend(bytes(seq + 4096 - len(self.came)))
            self.twice += self.came[seq]
            self.came[seq] = 1
            self.last = max(self.last, seq + 1)

    def run(self):
        at = time.monotonic()
        while not self.ending:
            now = time.monotonic()
            while at <= now and not self.ending:
                self.send()
                at += self.gap
                if now - at > 1:
                    at = now        # we were suspended: no burst
            select.select([self.sock], [], [], max(0, at - time.monotonic()))
            self.receive()
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            select.select([self.sock], [], [], 0.1)
            self.receive()
        return {"sent": self.sent, "refused": self.refused, "twice": self.twice,
                "came": [i for i in range(self.last) if not self.came[i]],
                "last": self.last}


class Stream:
    """Between two sites' hosts, from now until stop()."""

    def __init__(self, a, b, rate=1000, size=200):
        self.names = (a.name, b.name)
        self.halves = [subprocess.Popen(
            x.host.inside(["env", "PYTHONPATH=" + os.path.dirname(os.path.dirname(__file__)),
                           sys.executable, "-c", "from lab.stream import run_half; run_half()",
                           y.host_address, rate, size]),
            stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
            for x, y in ((a, b), (b, a))]
        for h in self.halves:
            if h.stdout.readline() != "listens\n":
                raise core.Failure("the stream did not begin")
        for h in self.halves:
            h.stdin.write("go\n")
            h.stdin.flush()

    def stop(self):
        """{name of the receiver: (sent to it, numbers of those that did not come)}"""
        for h in self.halves:
            h.send_signal(signal.SIGTERM)
        got = [json.loads(h.communicate(timeout=60)[0]) for h in self.halves]
        result = {}
        for name, there, here in ((self.names[1], *got), (self.names[0], *reversed(got))):
            lost = here["came"] + list(range(here["last"], there["sent"]))
            result[name] = there["sent"], lost
            core.say("stream to %s: %d packets sent, %d lost%s, %d twice%s" % (
                name, there["sent"], len(lost), " " + spans(lost) if lost else "", here["twice"],
                "; not sent: %s" % there["refused"] if there["refused"] else ""))
            if here["twice"]:
                raise core.Failure("packets came twice")
        return result


def spans(numbers, most=12):
    """1-3 7 9-12"""
    out, first = [], None
    for i, n in enumerate(numbers):
        if first is None:
            first = n
        if i + 1 == len(numbers) or numbers[i + 1] != n + 1:
            out.append("%d-%d" % (first, n) if n > first else str(n))
            first = None
    return "(" + " ".join(out[:most]) + (" ..." if len(out) > most else "") + ")"


def run_half():
    half = Half(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    signal.signal(signal.SIGTERM, half.stop)
    print("listens", flush=True)
    sys.stdin.readline()
    print(json.dumps(half.run()))
