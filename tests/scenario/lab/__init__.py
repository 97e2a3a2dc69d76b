"""A laboratory: real daemons in network namespaces, and what is on the wire."""
from .capture import Capture, Packet
from .core import (Failure, Lab, Node, Process, Skip, check, in_guest, main,
                   say, wait_for)
from .swan import Swan, conf as swan_conf
from .topology import Site, two_sites

__all__ = ["Capture", "Failure", "Lab", "Node", "Packet", "Process", "Site", "Skip",
           "Swan", "check", "in_guest", "main", "say", "swan_conf", "two_sites", "wait_for"]
