"""A laboratory: real daemons in network namespaces, and what is on the wire."""
from .capture import Capture, Packet
from .core import (Failure, Lab, Node, Process, Skip, check, in_guest, main,
                   say, wait_for)
from .culvert import (TOP, Culvert, build_dir, cpu_seconds, descendants,
                      many_tunnels, tunnel)
from .libreswan import Libreswan
from .openiked import OpenIked
from .peers import Connection, Kernel
from .pki import CRL_ADDRESS, KEYS, Certificate, Pki, crl_server
from .stream import Stream
from .swan import Swan, conf as swan_conf
from .terminal import Terminal
from .topology import Site, forget_connections, masquerade, two_sites
from .web import Web

__all__ = ["CRL_ADDRESS", "Capture", "Certificate", "Connection", "Culvert", "Failure", "KEYS", "Kernel", "Lab", "Libreswan", "Node",
           "OpenIked", "Packet", "Pki", "Process", "Site", "Skip", "Stream", "Swan", "TOP", "Terminal", "Web", "build_dir", "check", "cpu_seconds", "crl_server", "descendants",
           "forget_connections", "in_guest", "main", "many_tunnels",
           "masquerade", "say", "swan_conf", "tunnel", "two_sites", "wait_for"]
