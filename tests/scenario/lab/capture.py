"""What is on the wire: a packet socket in a thread, and questions about what it
saw. No program is needed but for decode(), which asks tshark."""
import errno
import os
import socket
import struct
import subprocess
import threading
import time

from .core import Failure, say
from .net import in_node

ETH_P_ALL = 3
PACKET_OUTGOING = 4


def _socket_in(node, interface):
    def make():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)      # SO_RCVBUFFORCE
        s.bind((interface, ETH_P_ALL))
        return s
    return in_node(node, make)


class Packet:
    """One frame, taken apart as far as it is in clear."""

    def __init__(self, when, outgoing, frame):
        self.when, self.outgoing, self.frame = when, outgoing, frame
        self.src = self.dst = None
        self.proto = self.sport = self.dport = None
        self.payload = b""
        self.fragment = None        # (of what, whether the first)
        kind, = struct.unpack_from("!H", frame, 12)
        ip = frame[14:]
        self.kind = {0x0800: "ip", 0x86dd: "ip6", 0x0806: "arp"}.get(kind, "%04x" % kind)
        if self.kind == "ip":
            n = (ip[0] & 15) * 4
            self.proto = ip[9]
            self.src, self.dst = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
            total, flags = struct.unpack_from("!H", ip, 2)[0], struct.unpack_from("!H", ip, 6)[0]
            rest = ip[n:max(total, n)]
            if flags & 0x3fff:
                self.fragment = (self.src, self.dst, ip[4:6]), not flags & 0x1fff
            if flags & 0x1fff:          # a later fragment has no ports
                self.payload = rest
                return
        elif self.kind == "ip6":
            self.proto = ip[6]
            self.src = socket.inet_ntop(socket.AF_INET6, ip[8:24])
            self.dst = socket.inet_ntop(socket.AF_INET6, ip[24:40])
            rest = ip[40:]
            if self.proto == 44:
                self.proto, offset = rest[0], struct.unpack_from("!H", rest, 2)[0] >> 3
                self.fragment = (self.src, self.dst, rest[4:8]), not offset
                rest = rest[8:]
                if offset:
                    self.payload = rest
                    return
        else:
            return
        if self.proto == 17 and len(rest) >= 8:
            self.sport, self.dport = struct.unpack_from("!HH", rest)
            rest = rest[8:]
        self.payload = rest

    @property
    def natt(self):
        return self.proto == 17 and 4500 in (self.sport, self.dport)

    @property
    def ike(self):
        """The IKE message (without the marker), or None."""
        if self.natt:
            return self.payload[4:] if self.payload[:4] == bytes(4) else None
        if self.proto == 17 and 500 in (self.sport, self.dport):
            return self.payload
        return None

    @property
    def esp_spi(self):
        """The SPI of an ESP packet, plain or in UDP, else None."""
        if self.proto == 50 or (self.natt and len(self.payload) > 8
                                and self.payload[:4] != bytes(4)):
            return struct.unpack_from("!I", self.payload)[0]
        return None

    def __str__(self):
        return "%s %s -> %s proto %s ports %s,%s, %d bytes" % (
            self.kind, self.src, self.dst, self.proto, self.sport, self.dport,
            len(self.frame))


class Capture:
    def __init__(self, node, interface, name=None):
        self.packets = []
        self.name = name or "%s-%s" % (node.name, interface)
        self.path = os.path.join(node.lab.logs, self.name + ".pcap")
        self.sock = _socket_in(node, interface)
        self.sock.settimeout(0.2)
        self.ended = False
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        node.lab.at_end.append(self.stop)

    def _listen(self):
        while not self.ended:
            try:
                frame, address = self.sock.recvfrom(1 << 17)
            except TimeoutError:
                continue
            except OSError as e:
                if e.errno == errno.ENETDOWN:
                    continue            # said once, when the interface goes down
                raise
            self.packets.append(Packet(time.time(), address[2] == PACKET_OUTGOING, frame))

    def settle(self):
        """Until nothing has come for a moment."""
        seen = -1
        while seen != len(self.packets):
            seen = len(self.packets)
            time.sleep(0.3)
        return self

    def stop(self):
        if not self.ended:
            self.ended = True
            self.thread.join()
            self.sock.close()
            self.save()

    def save(self):
        with open(self.path, "wb") as f:
            f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18, 1))
            for p in list(self.packets):
                f.write(struct.pack("=IIII", int(p.when), int(p.when % 1 * 1e6),
                                    len(p.frame), len(p.frame)) + p.frame)

    # --- questions ---
    def esp(self, since=0):
        return [p for p in self.packets[since:] if p.esp_spi is not None]

    def ike(self):
        return [p for p in self.packets if p.ike]

    def check_esp_both_ways(self, at_least=1, since=0):
        """ESP (plain or in UDP) went each way, at_least packets."""
        out = sum(p.outgoing for p in self.esp(since))
        came = len(self.esp(since)) - out
        if min(out, came) < at_least:
            raise Failure("%s: %d ESP packets out and %d in, wanted %d each way"
                          % (self.name, out, came, at_least))
        say("ok: %s: %d ESP packets out, %d in" % (self.name, out, came))

    def check_no_clear(self, secrets=(), outer=None):
        """Nothing on this wire but IKE, ESP, ARP and neighbour discovery, and
        nowhere one of the byte strings that travelled inside. outer: the
        addresses that may appear."""
        begun = {p.fragment[0] for p in self.packets if p.fragment and p.fragment[1]
                 and (p.esp_spi is not None or p.ike)}
        for p in list(self.packets):
            bad = None
            if p.kind == "arp":
                continue
            if p.kind not in ("ip", "ip6"):
                bad = "neither IP nor ARP"
            elif p.proto == 58 and p.payload[:1] and p.payload[0] in (133, 134, 135, 136, 143):
                continue
            elif (p.kind == "ip6" and p.proto == 0) or p.proto == 2:
                continue                # multicast membership of the machines themselves
            elif p.fragment and p.fragment[0] in begun and not p.fragment[1]:
                bad = None              # the rest of an ESP packet
            elif p.proto == 1 and p.payload[:1] == b"\3" and p.payload[17:18] in b"\x11\x32":
                bad = None              # "unreachable", of a UDP or ESP packet
            elif p.ike is None and p.esp_spi is None and not (p.natt and len(p.payload) == 1):
                bad = "neither IKE nor ESP"
            elif outer and not {p.src, p.dst} <= set(outer):
                bad = "inner addresses outside"
            for s in secrets:
                if s in p.frame:
                    bad = "carries inner bytes in clear"
            if bad:
                raise Failure("%s: %s: %s" % (self.name, bad, p))
        say("ok: %s: %d packets, none of them in clear" % (self.name, len(self.packets)))

    def decode(self):
        """tshark finds nothing malformed in what was captured."""
        self.save()
        if not self.packets:
            raise Failure("%s: nothing captured" % self.name)
        got = subprocess.run(
            ["tshark", "-r", self.path, "-Y",
             "_ws.malformed || _ws.expert.severity == error"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if got.returncode != 0:
            raise Failure("tshark: " + got.stderr)
        if got.stdout.strip():
            raise Failure("%s: tshark finds malformed packets:\n%s" % (self.name, got.stdout))
        say("ok: %s: tshark decodes it all" % self.name)
