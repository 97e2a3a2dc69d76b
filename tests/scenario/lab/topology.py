"""The guide's Figure 1, and what can stand between its gateways."""
import socket
import struct

from .capture import Capture
from .core import Failure
from .net import in_node


class Site:
    """A gateway and one host in the network behind it."""

    def __init__(self, lab, name, outer, inner_net, prefix):
        self.name, self.outer, self.prefix = name, outer, prefix
        self.v6 = ":" in inner_net
        net = inner_net.split("/")[0]
        self.subnet = inner_net
        join = net if self.v6 else net.rsplit(".", 1)[0] + "."
        self.inside, self.host_address = join + "1", join + ("2" if self.v6 else "10")
        length = inner_net.split("/")[1]
        self.gw = lab.node(name)
        self.host = lab.node(name + "-host")
        lab.wire(self.gw, "inner0", self.host, "eth0")
        six = "-6 " if self.v6 else ""
        self.gw.ip("%saddr add %s/%s dev inner0" % (six, self.inside, length))
        self.host.ip("%saddr add %s/%s dev eth0" % (six, self.host_address, length))
        self.host.ip("%sroute add default via %s" % (six, self.inside))
        self.gw.sysctl("net.ipv4.ip_forward", 1)
        self.gw.sysctl("net.ipv6.conf.all.forwarding", 1)

    def ping(self, other, **more):
        """From our host to the other's."""
        return self.host.ping(other.host_address, **more)


def two_sites(lab, nat=False, v6_outer=False, v6_inner=False):
    """Alice and Bob at one switch (a router that translates between with nat),
    each with a host behind. Returns alice, bob, capture of Alice's outer wire.

    The capture is made in the middle, not at a gateway, where a packet is seen
    once more after its decryption. Both gateways have a default route to the other, so that a packet which is
    not protected would arrive: its absence on the wire means something."""
    a, b = ("fd00:168::1", "fd00:168::2") if v6_outer else ("192.168.0.1", "192.168.0.2")
    nets = ("fd00:1::/64", "fd00:2::/64") if v6_inner else ("10.0.1.0/24", "10.0.2.0/24")
    six, length = ("-6 ", 64) if v6_outer else ("", 24)
    alice = Site(lab, "alice", a, nets[0], length)
    bob = Site(lab, "bob", b, nets[1], length)
    switch = lab.node("switch")
    lab.wire(alice.gw, "outer0", switch, "alice0")
    switch.run("sh", "-c", "ip link add br0 type bridge forward_delay 0 && "
               "ip link set br0 up && ip link set alice0 master br0")
    if not nat:
        lab.wire(bob.gw, "outer0", switch, "bob0")
        switch.ip("link set bob0 master br0")
        alice.gw.ip("%saddr add %s/%d dev outer0" % (six, a, length))
        bob.gw.ip("%saddr add %s/%d dev outer0" % (six, b, length))
        alice.next_hop, bob.next_hop = b, a
    else:
        # Bob is at home behind a router whose outside is Alice's neighbour.
        bob.outer = "172.16.0.2"
        router = lab.node("router")
        lab.wire(router, "wan0", switch, "router0")
        switch.ip("link set router0 master br0")
        lab.wire(bob.gw, "outer0", router, "lan0")
        alice.gw.ip("addr add %s/24 dev outer0" % a)
        router.ip("addr add 192.168.0.254/24 dev wan0")
        router.ip("addr add 172.16.0.254/24 dev lan0")
        bob.gw.ip("addr add 172.16.0.2/24 dev outer0")
        router.sysctl("net.ipv4.ip_forward", 1)
        alice.next_hop, bob.next_hop = "192.168.0.254", "172.16.0.254"
        alice.router = bob.router = router
    alice.switch = bob.switch = switch
    for site in (alice, bob):
        if v6_inner == v6_outer:
            site.gw.ip("%sroute add default via %s" % (six, site.next_hop))
        elif v6_inner:
            site.gw.ip("-6 route add default dev outer0")
        else:
            site.gw.ip("route add default dev outer0")
    return alice, bob, Capture(switch, "alice0")


def masquerade(router, ports="10000-19999"):
    """Everything that leaves by wan0 gets the router's address and one of these
    ports; nft, or iptables-legacy where the kernel has no nft for IP (the guest).
    Called again, it replaces what was."""
    status, _ = router.run("nft", "-f", "-", ok=False, stdin="""
table ip nat
delete table ip nat
table ip nat {
  chain post {
    type nat hook postrouting priority 100
    oifname "wan0" ip protocol { tcp, udp } masquerade to :%s
    oifname "wan0" masquerade
  }
}
""" % ports)
    if status != 0:
        router.run("iptables-legacy", "-t", "nat", "-F", "POSTROUTING")
        for more in (("-p", "udp", "-j", "MASQUERADE", "--to-ports", ports),
                     ("-j", "MASQUERADE")):
            router.run("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-o", "wan0",
                       *more)


def forget_connections(router):
    """The router loses its table of connections, as after a restart."""
    def flush():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)   # NETLINK_NETFILTER
        s.bind((0, 0))
        # nlmsghdr: IPCTNL_MSG_CT_DELETE of NFNL_SUBSYS_CTNETLINK, request and
        # ack; nfgenmsg: any family. Without a tuple it is all of them.
        s.send(struct.pack("=IHHII", 20, 1 << 8 | 2, 5, 1, 0) + bytes(4))
        answer = s.recv(4096)
        s.close()
        return [struct.unpack_from("=i", answer, 16)[0]]
    if in_node(router, flush) != [0]:
        raise Failure("the router does not forget its connections")
