#!/usr/bin/python3
"""Prints esp-scapy.txt: ESP packets in tunnel mode as scapy makes them, which
shares no code with us (Debian: python3-scapy).

	suite integrity esn high-half sequence-number key+salt integrity-key inner packet

"-" for nothing; hexadecimal but for the numbers."""
import logging
import random

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import IP, UDP               # noqa: E402
from scapy.layers.ipsec import ESP, SecurityAssociation  # noqa: E402
from scapy.packet import Raw                        # noqa: E402

SUITES = (
    ("aes128gcm16", "AES-GCM", 16, 4), ("aes256gcm16", "AES-GCM", 32, 4),
    ("aes128ccm16", "AES-CCM", 16, 3), ("aes256ccm16", "AES-CCM", 32, 3),
    ("chacha20poly1305", "CHACHA20-POLY1305", 32, 4),
    ("aes128", "AES-CBC", 16, 0, "sha256", "SHA2-256-128", 32),
    ("aes256", "AES-CBC", 32, 0, "sha512", "SHA2-512-256", 64),
    ("aes128ctr", "AES-CTR", 16, 4, "sha384", "SHA2-384-192", 48),
    ("aes256ctr", "AES-CTR", 32, 4, "sha1", "HMAC-SHA1-96", 20),
)
random.seed(4303)


def some(n):
    return bytes(random.randrange(256) for _ in range(n))


for name, cipher, key, salt, *auth in SUITES:
    # scapy 2.5 forgets the high half under HMAC.
    for esn in (0,) if auth else (0, 1):
        ek, ak = some(key + salt), some(auth[2] if auth else 0)
        seq = random.randrange(1, 2**32)
        high = random.randrange(1, 2**16) if esn else 0
        sa = SecurityAssociation(
            ESP, spi=random.randrange(2**28, 2**32), seq_num=seq, crypt_algo=cipher,
            crypt_key=ek, auth_algo=auth[1] if auth else None, auth_key=ak or None,
            tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"), esn_en=bool(esn), esn=high)
        inner = IP(bytes(IP(src="10.1.0.1", dst="10.2.0.1", id=7) / UDP(sport=1, dport=2)
                         / Raw(some(random.randrange(10, 60)))))
        packet = sa.encrypt(inner, iv=some(8 if salt else 16))
        print(name, auth[0] if auth else "-", esn, high, seq, ek.hex(), ak.hex() or "-",
              bytes(inner).hex(), bytes(packet[ESP]).hex())
