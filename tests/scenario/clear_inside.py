#!/usr/bin/python3
"""A packet from a tunnel's remote subnet to its local one that comes in clear, by
the outer wire, is dropped and counted, whether the tunnel is up or not; what comes
through the tunnel, and what is nobody's tunnel, is let in (RFC 4301 5.2)."""
import socket
import struct

import lab
from lab.net import in_node

SECRET = "only-through-the-door"


def blocked(site):
    out = site.gw.read("/proc/net/xfrm_stat").split()
    stat = dict(zip(out[::2], map(int, out[1::2])))
    return sum(stat.get(n, 0) for n in ("XfrmInPolBlock", "XfrmInNoPols", "XfrmInTmplMismatch"))


def forge(node, src, dst, number):
    """UDP packets in clear with an inner source address, from outside."""
    def send():
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        for i in range(number):
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, i + 1, 0, 64, 17, 0,
                             socket.inet_aton(src), socket.inet_aton(dst))
            s.sendto(ip + struct.pack("!HHHH", 9999, 9999, 12, 0) + b"evil", (dst, 0))
        s.close()
    in_node(node, send)


def arrived(film):
    return sum(p.proto == 17 and p.payload == b"evil" for p in film.packets)


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    film = lab.Capture(alice.host, "eth0")
    # A stranger at the outer wire, who has a route to Alice's inside.
    stranger = alice.switch
    stranger.ip("addr add 192.168.0.66/24 dev br0")
    stranger.ip("route add 10.0.0.0/8 via %s" % alice.outer)
    inner = bob.host_address
    forge(stranger, inner, alice.host_address, 3)
    lab.wait_for("without a tunnel it arrives", lambda: arrived(film) == 3)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for who, me, you, more in ((a, alice, bob, {}), (b, bob, alice, {"initiator": True})):
        text = lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                          remote_id=you.name, local_subnet=me.subnet, secret=SECRET,
                          remote_subnet=you.subnet, **more)
        if who is b:
            before = arrived(film), blocked(alice)
            forge(stranger, inner, alice.host_address, 5)
            forge(stranger, inner, alice.inside, 5)
            lab.wait_for("all are counted while the tunnel is down",
                         lambda: blocked(alice) - before[1] == 10, 5)
            lab.check(arrived(film) == before[0], "and none arrived")
        who.cli(text)
    b.wait_up()
    a.wait_up()
    lab.check(alice.ping(bob) == 3 and bob.ping(alice) == 3, "the tunnel carries")
    lab.check(bob.host.ping(alice.inside) == 3, "to the gateway's inner address, too")
    before = arrived(film), blocked(alice)
    forge(stranger, inner, alice.host_address, 5)
    lab.wait_for("all are counted while it is up", lambda: blocked(alice) - before[1] == 5, 5)
    lab.check(arrived(film) == before[0], "and none arrived")
    forge(stranger, "192.0.2.99", alice.host_address, 2)
    lab.wait_for("what is not the tunnel's arrives", lambda: arrived(film) == before[0] + 2)
    lab.check(alice.gw.ping(alice.host_address) == 3, "nor is the inner network disturbed")
    out = a.node.run("ip", "xfrm", "policy")
    a.ipsecd.stop()
    before = arrived(film)
    forge(stranger, inner, alice.host_address, 5)
    a.start_ipsecd()
    lab.check(arrived(film) == before, "nor does it get in while ipsecd is restarted")
    a.cli("config\ntunnel\nno ipsec 1\nleave\n")
    lab.check("10.0.2.0/24" in out, "the policies are the tunnel's")
    # confd may have been about to find the new ipsecd.
    lab.wait_for("the policies go with the tunnel", lambda: "10.0.2.0/24" not in
                 a.node.run("ip", "xfrm", "policy"))
    forge(stranger, inner, alice.host_address, 3)
    lab.wait_for("without a tunnel it arrives again", lambda: arrived(film) == before + 3)


lab.main(scenario)
