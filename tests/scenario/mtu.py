#!/usr/bin/python3
"""A path that takes 1400 octets only, in the middle where no gateway sees it: a
large TCP transfer and large pings cross the tunnel all the same, both ways."""
import hashlib
import subprocess

import lab

SECRET = "through-the-eye-of-a-needle"
SIZE = 3 << 20


def transfer(a, b):
    """SIZE octets by TCP from a's host to b's."""
    receive = subprocess.Popen(b.host.inside(["/usr/bin/python3", "-c", """
import hashlib, socket
s = socket.create_server(('%s', 7070), family=socket.AF_INET)
print('listens', flush=True)
c, _ = s.accept()
c.settimeout(20)
h, n = hashlib.sha256(), 0
while d := c.recv(65536):
    h.update(d)
    n += len(d)
print(n, h.hexdigest())
""" % b.host_address]), stdout=subprocess.PIPE, text=True)
    if receive.stdout.readline() != "listens\n":
        raise lab.Failure("nobody listens")
    status, out = a.host.run("/usr/bin/python3", "-c", """
import socket
c = socket.create_connection(('%s', 7070), timeout=10)
c.settimeout(30)
c.sendall(bytes(range(256)) * (%d // 256))
c.close()
""" % (b.host_address, SIZE), ok=False, timeout=60)
    got = receive.communicate(timeout=40)[0].split()
    wanted = hashlib.sha256(bytes(range(256)) * (SIZE // 256)).hexdigest()
    lab.check(status == 0 and got == [str(SIZE), wanted],
              "%d octets of TCP from %s to %s arrive as they were sent%s"
              % (SIZE, a.name, b.name, "" if status == 0 else ": " + out[-200:]))


def narrow(world, alice, bob):
    """A router between the gateways, whose far side takes 1400."""
    router = world.node("router")
    alice.switch.ip("link set bob0 nomaster")
    bob.gw.ip("addr flush dev outer0")
    bob.gw.ip("link set outer0 down")
    world.wire(router, "a0", alice.switch, "router0")
    alice.switch.ip("link set router0 master br0")
    second = world.node("second")
    world.wire(router, "mid0", second, "mid0", mtu=1400)
    world.wire(second, "b0", bob.gw, "outer1")
    router.ip("addr add 192.168.0.254/24 dev a0")
    router.ip("addr add 172.30.0.1/24 dev mid0")
    second.ip("addr add 172.30.0.2/24 dev mid0")
    second.ip("addr add 172.16.0.254/24 dev b0")
    bob.gw.ip("addr add 172.16.0.2/24 dev outer1")
    for node, routes in ((router, ["172.16.0.0/24 via 172.30.0.2"]),
                         (second, ["192.168.0.0/24 via 172.30.0.1"])):
        node.sysctl("net.ipv4.ip_forward", 1)
        for r in routes:
            node.ip("route add " + r)
    alice.gw.ip("route replace default via 192.168.0.254")
    bob.gw.ip("route replace default via 172.16.0.254")
    bob.outer = "172.16.0.2"


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    wire.stop()
    narrow(world, alice, bob)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    for who, me, you, more in ((a, alice, bob, {}), (b, bob, alice, {"initiator": True})):
        who.cli(lab.tunnel(local_address=me.outer, peer=you.outer, local_id=me.name,
                           remote_id=you.name, local_subnet=me.subnet, secret=SECRET,
                           remote_subnet=you.subnet, **more))
    b.wait_up()
    a.wait_up()
    transfer(alice, bob)
    transfer(bob, alice)
    for size in (1200, 1372, 1472, 4000):
        lab.wait_for("pings of %d octets cross" % size,
                     lambda: alice.ping(bob, size=size) == 3, 10)
    for who in (a, b):
        print(who.show("ipsec 1"))


lab.main(scenario)
