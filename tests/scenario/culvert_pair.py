#!/usr/bin/python3
"""The guide's Figure 1, Culvert on both sides, and what the guide says that an
administrator then sees (S1-139 to S1-162)."""
import re

import lab

SECRET = "correct-horse-battery-staple"
MARKER = b"culvert inside!!"

# The guide's `show ipsec N`, line by line.
DETAILS = r"""Current state for tunnel ipsec1 is UP\(Installed\)\.
Security-Association\(SA\) details:
ipsec1: #\d+, ESTABLISHED, IKEv2, [0-9a-f]{16}_i\*? [0-9a-f]{16}_r\*?
  local  'alice' @ 192\.168\.0\.1\[\d+\]
  remote 'bob' @ 192\.168\.0\.2\[\d+\]
  [A-Z0-9_-]+(/[A-Z0-9_-]+){2,3}
  established \d+s ago, rekeying in \d+s
  tunnel1: #\d+, reqid \d+, INSTALLED, TUNNEL(-in-UDP)?, ESP:[A-Z0-9_/-]+
    installed \d+s ago, rekeying in \d+s, expires in \d+s
    in  c[0-9a-f]{7}, +\d+ bytes, +\d+ packets(, +\d+s ago)?
    out c[0-9a-f]{7}, +\d+ bytes, +\d+ packets(, +\d+s ago)?
    local  10\.0\.1\.0/24
    remote 10\.0\.2\.0/24
Loaded configuration for the connection:
ipsec1: IKEv2, no reauthentication, rekeying every 14400s, dpd delay 30s
  local:  192\.168\.0\.1
  remote: 192\.168\.0\.2
  local pre-shared key authentication:
    id: alice
  remote pre-shared key authentication:
    id: bob
  tunnel1: TUNNEL, rekeying every 3600s, dpd action is clear
    local:  10\.0\.1\.0/24
    remote: 10\.0\.2\.0/24
"""


def compare(text, pattern):
    """Each line of the pattern is in the text, in order, whatever the blanks."""
    lines = [" ".join(x.split()) for x in text.splitlines() if x.strip()]
    at = 0
    for want in pattern.strip().splitlines():
        # Blanks count as one, and a counted field may be padded.
        regex = re.sub(r" \+(?=\\d)", " ", " ".join(want.split()))
        while at < len(lines) and not re.fullmatch(regex, lines[at]):
            at += 1
        if at == len(lines):
            raise lab.Failure("no line like '%s' (in its place) in:\n%s" % (regex, text))
        at += 1


def configure(world):
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.cli(lab.tunnel(local_address=alice.outer, peer=bob.outer, local_id="alice",
                     remote_id="bob", local_subnet=alice.subnet,
                     remote_subnet=bob.subnet, secret=SECRET))
    lab.say("Alice, the responder, is configured")
    b.cli(lab.tunnel(initiator=True, local_address=bob.outer, peer=alice.outer,
                     local_id="bob", remote_id="alice", local_subnet=bob.subnet,
                     remote_subnet=alice.subnet, secret=SECRET))
    lab.say("Bob, the initiator, is configured")
    a.wait_up()
    b.wait_up()
    lab.say("both say Up(Installed)")
    return alice, bob, wire, a, b


def scenario(world):
    alice, bob, wire, a, b = configure(world)
    lab.check(alice.ping(bob, pattern=MARKER) == 3, "the ping from Alice's host crosses")
    lab.check(bob.ping(alice, pattern=MARKER) == 3, "the ping from Bob's host crosses")
    wire.settle()
    wire.check_esp_both_ways(6)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    wire.decode()
    a.check_counters(6)
    b.check_counters(6)
    print(a.show("ipsec"), a.show("ipsec 1"), sep="\n")
    lab.check(re.search(r"^\s*ID\s+DESCRIPTION\s+STATUS\s+TIME \(since last rekey\)\s*\n"
                        r"\s*1\s+ipsec1\s+Up\(Installed\)\s+0 Days 0 Hours \d+ Mins \d+ Secs",
                        a.show("ipsec"), re.M), "show ipsec is the guide's table")
    compare(a.show("ipsec 1"), DETAILS)
    lab.say("ok: show ipsec 1 is the guide's")
    spis = {p.esp_spi for p in wire.esp()}
    shown = {int(x, 16) for x in re.findall(r"^\s+(?:in|out) +([0-9a-f]{8}),",
                                            a.show("ipsec 1"), re.M)}
    lab.check(spis == shown, "the SPIs on the wire are those of show ipsec 1")

    # Both directions of large packets, too.
    lab.check(alice.ping(bob, size=1300) == 3, "1300 bytes cross")
    lab.check(alice.ping(bob, size=3000) == 3, "fragmented 3000 bytes cross")

    b.cli("config\ntunnel\nno ipsec 1\nleave\n")
    a.wait_status(r"Down\(\w+\)")
    lab.say("ok: Bob's tunnel is removed, Alice's is down")
    mark = len(wire.packets)
    lab.check(alice.ping(bob, count=1, wait=1, pattern=MARKER) == 0, "no ping crosses now")
    wire.settle()
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])
    lab.check(not wire.esp(mark), "nor does any ESP")


if __name__ == "__main__":
    lab.main(scenario)
