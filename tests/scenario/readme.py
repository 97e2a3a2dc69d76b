#!/usr/bin/python3
"""The README's first tunnel to a strongSwan peer, with its very text: the block
marked culvert goes into the CLI, the block marked swanctl to strongSwan."""
import re

import lab

MARKER = b"culvert inside!!"


def block(kind):
    with open(lab.TOP + "/README.md") as f:
        found = re.findall(r"^```%s\n(.*?)^```" % kind, f.read(), re.M | re.S)
    lab.check(len(found) == 1, "the README has one block of " + kind)
    return found[0]


def scenario(world):
    alice, bob, wire = lab.two_sites(world)
    swan, a = lab.Swan(bob.gw), lab.Culvert(alice.gw)
    a.cli(block("culvert"))
    lab.say("Culvert takes the README's lines")
    swan.load(block("swanctl"))
    lab.say("strongSwan takes the README's swanctl.conf")
    a.wait_up(deadline=30)
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the ping crosses")
    wire.settle().check_esp_both_ways(3)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    print(a.show("ipsec"))


lab.main(scenario)
