#!/usr/bin/python3
"""A tunnel that does not come up says why, with the peer's values, and how to mend
it: what is printed is typed, and the tunnel is up. In both roles, for the peer
tells an initiator little and a responder everything."""
import re

import lab

SECRET = "correct-horse-battery"
IKE, ESP = "aes128-sha256-modp2048", "aes128-sha256"
OUR_IKE, OUR_ESP = "cipher aes128 auth sha256 dh modp2048", "cipher aes128 auth sha256"

# name, what differs at the peer, what differs here, code of the diagnosis; then
# what it must say, and what mends it: "typed" (what it prints is typed here) or
# settings to be typed here, for each role. None: not in that role.
ROWS = [
    ("IKE proposals", {"ike": "aes256-sha384-ecp384"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN.*aes128-sha256-modp2048", ["ike cipher aes256 auth sha384 dh ecp384"]),
     (r"cipher: the peer offers aes256, we accept aes128.*differs in cipher, auth, prf, dh",
      "typed")),
    ("only the group", {"ike": "aes128-sha256-ecp256"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN", ["ike cipher aes128 auth sha256 dh ecp256"]),
     (r"the peer offers ecp256, we accept modp2048; .*differs only in", "typed")),
    ("ESP proposals", {"esp": "aes256-sha512"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN.*aes128-sha256", ["esp cipher aes256 auth sha512"]),
     (r"no common ESP proposal.*the peer offers aes256, we accept aes128", "typed")),
    ("secret", {"secret": "another-one"}, {}, "auth-failed",
     (r"AUTHENTICATION_FAILED.*secrets differ", ["secret another-one"]),
     (r"does not know the secret", ["secret another-one"])),
    ("peer's identity", {"local_id": "carol"}, {}, "identity-mismatch",
     None,
     (r"the peer is 'carol' \(name\), expected was 'alice' \(name\)", "typed")),
    ("our identity", {"remote_id": "robert"}, {}, "auth-failed",
     (r"does not know us as 'bob' \(name\)", ["local-id robert"]), None),
    ("selectors", {"remote_ts": "10.0.7.0/24"}, {}, "selectors-mismatch",
     (r"TS_UNACCEPTABLE.*10\.0\.1\.0/24", ["local-subnet 10.0.7.0/24"]),
     (r"wants 10\.0\.7\.0/24 here and 10\.0\.1\.0/24 there.*local-subnet 10\.0\.2\.0/24",
      "typed")),
    ("no tunnel there", {"remote": "192.168.0.77"}, {}, "proposal-mismatch",
     (r"NO_PROPOSAL_CHOSEN.*has no tunnel of IKEv2 for our address 192\.168\.0\.2", None), None),
]


class Pair:
    def __init__(self, world, debug=None):
        self.alice, self.bob, self.wire = lab.two_sites(world)
        self.swan = lab.Swan(self.alice.gw)
        self.bobs = lab.Culvert(self.bob.gw, debug=debug)

    def peer(self, **change):
        settings = {"local": self.alice.outer, "remote": self.bob.outer, "local_id": "alice",
                    "remote_id": "bob", "secret": SECRET, "ike": IKE, "esp": ESP,
                    "local_ts": self.alice.subnet, "remote_ts": self.bob.subnet}
        self.swan.terminate("peer")
        self.swan.load(lab.swan_conf(**dict(settings, **change)))

    def here(self, **change):
        self.bobs.cli("config\ntunnel\nno ipsec 1\nleave\n", ok=False)
        settings = {"local_address": self.bob.outer, "peer": self.alice.outer,
                    "local_id": "bob", "remote_id": "alice", "secret": SECRET,
                    "ike": OUR_IKE, "esp": OUR_ESP,
                    "local_subnet": self.bob.subnet, "remote_subnet": self.alice.subnet}
        self.bobs.cli(lab.tunnel(**dict(settings, **change)))


    def begins_again(self):
        """The peer, once it is mended here."""
        self.swan.initiate("net", timeout=5)


def diagnosed(pair, code):
    """The finding of that code, once there is one."""
    return lab.wait_for("the diagnosis says " + code, lambda: next(
        (d for d in pair.bobs.diagnosis() if d["code"] == code), None), 25)


def run(pair, row, initiator):
    name, theirs, ours, code, *both = row
    if both[not initiator] is None:
        return
    wanted, mend = both[not initiator]
    role = "initiator" if initiator else "responder"
    lab.say("--- %s, as %s" % (name, role))
    pair.peer(**theirs)
    pair.here(initiator=initiator or None, **ours)
    if not initiator:
        pair.swan.initiate("net", timeout=3)
    got = diagnosed(pair, code)
    text = pair.bobs.show("ipsec 1 diagnose")
    print(text)
    lab.check(re.search(wanted, got["cause"]), "the cause is named: " + got["cause"])
    lab.check("Symptom" in text and "Cause" in text, "the text has symptom and cause")
    log = pair.bobs.show("ipsec 1 log")
    lab.check(code in log, "the log has it, too")
    if mend is None:
        return
    if mend == "typed":
        typed = got["command"]
        lab.check(typed, "it prints what to type: " + "; ".join(typed))
    else:
        typed = ["config tunnel ipsec 1", *mend, "leave"]
    pair.bobs.cli("\n".join(typed) + "\n")
    if not initiator:
        pair.begins_again()
    pair.bobs.wait_up(deadline=60)
    lab.check(pair.bobs.diagnosis()[0]["code"] == "healthy", "it is up: nothing is wrong")


def scenario(world):
    pair = Pair(world)
    for row in ROWS:
        run(pair, row, True)
        run(pair, row, False)


if __name__ == "__main__":
    lab.main(scenario)
