"""The guide's Figure 1 for a person: what tools/quickstart starts when all is
built. The namespaces, the daemons and the capture are those of the tests."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../tests/scenario"))
import lab  # noqa: E402

MARKER = b"culvert inside!!"

PICTURE = """
   alice-host            Alice                   Bob             bob-host
   10.0.1.10 ------ 10.0.1.1                    10.0.2.1 ------ 10.0.2.10
                    192.168.0.1 ============ 192.168.0.2
                     responder     tunnel     initiator
"""


def typed(gateway, lines):
    """The lines go through the CLI, and are shown."""
    print("\n%s:" % gateway.node.name.capitalize())
    for line in lines.strip().splitlines():
        print("    " + line)
    gateway.cli(lines)


def shown(gateway, what):
    print("\n%s:/tunnel/#> show %s" % (gateway.node.name, what))
    print(gateway.show(what).rstrip())


def scenario(world):
    print(PICTURE)
    alice, bob, wire = lab.two_sites(world)
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    typed(a, """config
system
hostname alice
end
tunnel
ipsec 1
local-address 192.168.0.1
peer 192.168.0.2
local-id alice
remote-id bob
local-subnet 10.0.1.0/24
remote-subnet 10.0.2.0/24
secret correct-horse-battery-staple
leave
""")
    typed(b, """config
system
hostname bob
end
tunnel
ipsec 1
initiator
local-address 192.168.0.2
peer 192.168.0.1
local-id bob
remote-id alice
local-subnet 10.0.2.0/24
remote-subnet 10.0.1.0/24
secret correct-horse-battery-staple
leave
""")
    a.wait_up()
    b.wait_up()
    answers = alice.ping(bob, pattern=MARKER)
    shown(a, "ipsec")
    shown(a, "ipsec 1")
    print("\nalice-host pings bob-host: %d of 3 answers" % answers)
    lab.check(answers == 3, "the ping crossed")
    wire.settle()
    wire.check_esp_both_ways(3)
    wire.check_no_clear([MARKER], [alice.outer, bob.outer])

    if sys.stdin.isatty() and sys.stdout.isatty():
        print("\nThis is Alice's CLI. Try: tunnel, show ipsec 1, ?, config. "
              "'exit' ends and cleans up.\n")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        subprocess.run(alice.gw.inside(a.shell()), env={**os.environ, **a.env})
        # What was left behind is gone with the namespaces, whatever was done.
        world.at_end.clear()


lab.main(scenario)
