"""A small IKEv2 initiator that can say anything: for messages that no decent
peer sends. Group 14, AES-CBC-256, HMAC-SHA-256; the cipher and the prime come
from libcrypto, everything else is here."""
import ctypes
import ctypes.util
import hmac
import os
import socket
import struct

from .core import Failure
from .net import in_node

SA, KE, IDI, IDR, CERT, CERTREQ, AUTH, NONCE = range(33, 41)
NOTIFY, DELETE, VENDOR, TSI, TSR, SK, CP, EAP = range(41, 49)
SKF = 53
NAMES = {SA: "SA", KE: "KE", IDI: "IDi", IDR: "IDr", CERT: "CERT", CERTREQ: "CERTREQ",
         AUTH: "AUTH", NONCE: "No", NOTIFY: "N", DELETE: "D", VENDOR: "V", TSI: "TSi",
         TSR: "TSr", SK: "SK", CP: "CP", EAP: "EAP", SKF: "SKF", 99: "unknown"}
COOKIE = 16390
SA_INIT, IKE_AUTH, CREATE_CHILD, INFORMATIONAL = 34, 35, 36, 37

_crypto = ctypes.CDLL("libcrypto.so.3")
for _f in ("BN_get_rfc3526_prime_2048", "EVP_CIPHER_CTX_new", "EVP_aes_256_cbc"):
    getattr(_crypto, _f).restype = ctypes.c_void_p


def _prime():
    bn = ctypes.c_void_p(_crypto.BN_get_rfc3526_prime_2048(None))
    out = ctypes.create_string_buffer(256)
    _crypto.BN_bn2bin(bn, out)
    return int.from_bytes(out.raw, "big")


def _aes_cbc(key, iv, data, encrypt):
    ctx = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    out = ctypes.create_string_buffer(len(data) + 16)
    n = ctypes.c_int()
    _crypto.EVP_CipherInit_ex(ctx, ctypes.c_void_p(_crypto.EVP_aes_256_cbc()), None, key,
                              iv, int(encrypt))
    _crypto.EVP_CIPHER_CTX_set_padding(ctx, 0)
    _crypto.EVP_CipherUpdate(ctx, out, ctypes.byref(n), data, len(data))
    _crypto.EVP_CIPHER_CTX_free(ctx)
    return out.raw[:len(data)]


def prf(key, data):
    return hmac.digest(key, data, "sha256")


def header(spi_i, spi_r, first, exchange, flags, mid, length):
    return spi_i + spi_r + struct.pack("!BBBBII", first, 0x20, exchange, flags, mid, length)


def chain(payloads):
    """[(type, body)] as (first type, bytes); a body may also be
    (body, length field)."""
    out = b""
    for n, (_, body) in enumerate(payloads):
        following = payloads[n + 1][0] if n + 1 < len(payloads) else 0
        length = None
        if isinstance(body, tuple):
            body, length = body
        out += struct.pack("!BBH", following, 0,
                           4 + len(body) if length is None else length) + body
    return (payloads[0][0] if payloads else 0), out


def transform(last, kind, number, keylen=None):
    attr = struct.pack("!HH", 0x800e, keylen) if keylen else b""
    return struct.pack("!BBHBBH", 0 if last else 3, 0, 8 + len(attr), kind, 0, number) + attr


def ike_proposal():
    t = (transform(False, 1, 12, 256) + transform(False, 2, 5) + transform(False, 3, 12)
         + transform(True, 4, 14))
    return struct.pack("!BBHBBBB", 0, 0, 8 + len(t), 1, 1, 0, 4) + t


class Peer:
    """A UDP socket in a node that talks IKE to one address."""

    def __init__(self, node, source, target):
        def make():
            family = socket.AF_INET6 if ":" in source else socket.AF_INET
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.bind((source, 0))
            s.connect((target, 500))
            s.settimeout(0.5)
            return s
        self.sock = in_node(node, make)
        self.prime = _prime()
        self.fresh()

    def fresh(self):
        self.spi_i, self.spi_r, self.mid = os.urandom(8), bytes(8), 0

    def send(self, data):
        try:
            self.sock.send(data)
        except ConnectionRefusedError:
            pass

    def receive(self, timeout=0.5):
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(65536)
        except (TimeoutError, ConnectionRefusedError):
            return None

    def drain(self):
        while self.receive(0.01) is not None:
            pass

    def clear(self, exchange, payloads, flags=0x08, length=None):
        """A message without encryption."""
        first, body = chain(payloads)
        self.send(header(self.spi_i, self.spi_r, first, exchange, flags, self.mid,
                         28 + len(body) if length is None else length) + body)

    def sa_init(self):
        """A good IKE_SA_INIT; the keys afterwards are ours and theirs."""
        self.fresh()
        self.drain()
        private = int.from_bytes(os.urandom(32), "big")
        public = pow(2, private, self.prime).to_bytes(256, "big")
        nonce = os.urandom(32)
        payloads = [(SA, ike_proposal()), (KE, struct.pack("!HH", 14, 0) + public),
                    (NONCE, nonce)]
        for _ in range(2):
            self.clear(SA_INIT, payloads)
            got = self.receive(5)
            if got is None:
                raise Failure("no answer to a good IKE_SA_INIT")
            parts = dict(payloads_of(got[16], got[28:]))
            if notify_type(parts.get(NOTIFY, bytes(4))) != COOKIE:
                break
            payloads.insert(0, (NOTIFY, parts[NOTIFY]))
        self.spi_r = got[8:16]
        if KE not in parts or NONCE not in parts:
            raise Failure("a strange answer to IKE_SA_INIT: %s" % got.hex())
        shared = pow(int.from_bytes(parts[KE][4:], "big"), private,
                     self.prime).to_bytes(256, "big")
        nonces = nonce + parts[NONCE]
        seed, out, n, t = prf(nonces, shared), b"", 1, b""
        while len(out) < 7 * 32:
            t = prf(seed, t + nonces + self.spi_i + self.spi_r + bytes([n]))
            out, n = out + t, n + 1
        keys = [out[i * 32:i * 32 + 32] for i in range(7)]
        _, self.ai, self.ar, self.ei, self.er, _, _ = keys
        self.mid = 1

    def sealed(self, exchange, payloads, flags=0x08, pad=None):
        """An encrypted message; payloads as chain() takes them."""
        first, plain = chain(payloads)
        self.sealed_bytes(exchange, first, plain, flags, pad)

    def sealed_bytes(self, exchange, first, plain, flags=0x08, pad=None):
        n = -(len(plain) + 1) % 16 if pad is None else pad
        plain += bytes(n) + bytes([n])
        plain += bytes(-len(plain) % 16)
        iv = os.urandom(16)
        body = iv + _aes_cbc(self.ei, iv, plain, True)
        total = 28 + 4 + len(body) + 16
        message = (header(self.spi_i, self.spi_r, SK, exchange, flags, self.mid, total)
                   + struct.pack("!BBH", first, 0, 4 + len(body) + 16) + body)
        self.send(message + prf(self.ai, message)[:16])

    def answer(self, timeout=1.0):
        """The payloads of the next answer, decrypted: {type: body}, or None."""
        got = self.receive(timeout)
        if got is None:
            return None
        if got[16] != SK:
            return dict(payloads_of(got[16], got[28:]))
        if prf(self.ar, got[:-16])[:16] != got[-16:]:
            raise Failure("an answer with a wrong checksum")
        iv, text = got[32:48], got[48:-16]
        plain = _aes_cbc(self.er, iv, text, False)
        return dict(payloads_of(got[28], plain))


def payloads_of(kind, data):
    while kind:
        following, _, length = struct.unpack_from("!BBH", data)
        yield kind, data[4:length]
        kind, data = following, data[length:]


def notify_type(body):
    return struct.unpack_from("!H", body, 2)[0]
