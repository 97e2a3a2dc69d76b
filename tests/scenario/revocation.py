#!/usr/bin/python3
"""What `revocation relaxed` and `revocation strict` make of each state of a CRL: the
twelve outcomes as a table, once for who answers (Alice) and once for who begins (Bob).

All at the same time, a tunnel for each. Who judges trusts the CA of the case; its own
certificate is from a CA that is in order."""
import re
import shutil

import lab

# What Culvert says of it.
CASES = {
    "good CRL": None,
    "revoked": r"certificate '.*' is revoked since .*",
    "expired CRL": r"nobody knows whether .* is revoked: .*",
    "no answer": r"nobody knows whether .* is revoked: .*",
    "no distribution point": r"nobody knows whether .* is revoked: it names no CRL.*",
    "wrong signer": r"nobody knows whether .* is revoked: .*sign.*",
}
POLICIES = ("relaxed", "strict")
PASSES = {("good CRL", "relaxed"), ("good CRL", "strict"), ("expired CRL", "relaxed"),
          ("no answer", "relaxed"), ("no distribution point", "relaxed"),
          ("wrong signer", "relaxed")}
# What stands where a good CRL should.
INSTEAD = {"revoked": "inter-all.crl", "expired CRL": "inter-expired.crl",
           "wrong signer": "inter-forged.crl"}


def label(*words):
    return "-".join(words).replace(" ", "-").lower()


def make_pki(world, case):
    """The PKI of a case, with a gateway for each policy."""
    name = label(case)
    crl = {"no answer": "http://%s/hang/%s" % (lab.CRL_ADDRESS, name),
           "no distribution point": None}.get(case, True)
    pki = lab.Pki(world, name, crl=crl, more=[label(case, p) for p in POLICIES])
    if case in INSTEAD:
        shutil.copy(pki.path(INSTEAD[case]), pki.path("inter.crl"))
    return pki


class Tunnel:
    """One outcome; its number is the same at both ends."""

    def __init__(self, number, role, case, policy):
        self.number, self.role, self.case, self.policy = number, role, case, policy
        self.passes = (case, policy) in PASSES

    def lines(self, us, them, judges):
        """The configuration of an end; judges: of the one that judges."""
        suspect = label(self.case, self.policy)
        mine, yours = ("judge", suspect) if judges else (suspect, "judge")
        here, there = (10, 20) if us.name == "alice" else (20, 10)
        return ["ipsec %d" % self.number] + ["initiator"] * (us.name == "bob") + [
            "local-address " + us.outer, "peer " + them.outer, "method cert",
            "certificate " + mine, "ca ca-" + (label(self.case) if judges else "judge"),
            "local-id name %s.example.com" % mine, "remote-id name %s.example.com" % yours,
            "revocation " + (self.policy if judges else "strict"),
            "local-subnet %d.0.%d.0/24" % (here, self.number),
            "remote-subnet %d.0.%d.0/24" % (there, self.number), "end"]

    def outcome(self, judge, other):
        """"up", "refused", or None while it is undecided."""
        if judge.is_up(self.number) and other.is_up(self.number):
            return "up"
        m = re.search("^Reason: (.*)", judge.show("ipsec %d" % self.number), re.M)
        return "refused" if m and "revoked" in m[1] else None

    def said(self, judge):
        """What the judge says of it: as reason, or in the log if it is up."""
        want = CASES[self.case]
        if not want:
            return ""
        text = judge.show("ipsec %d%s" % (self.number, " log" if self.passes else ""))
        m = re.search(want, text)
        if not m:
            raise lab.Failure("tunnel %d (%s, %s): nothing like '%s' in:\n%s" % (
                self.number, self.case, self.policy, want, text))
        return m[0]


def configure(world, alice, bob, tunnels):
    judge = lab.Pki(world, "judge", crl=True, more=["judge"])
    pkis = {case: make_pki(world, case) for case in CASES}
    ends = {}
    for us, them in ((alice, bob), (bob, alice)):
        lab.crl_server(us.gw, world)
        c = ends[us.name] = lab.Culvert(us.gw)
        c.certificates(judge["judge"],
                       *(pkis[case][label(case, p)] for case in CASES for p in POLICIES),
                       ca={"ca-judge": judge["root"],
                           **{"ca-" + label(case): pkis[case]["root"] for case in CASES}})
    for us, them in ((alice, bob), (bob, alice)):
        role = "answers" if us is alice else "begins"
        script = ["config", "tunnel"]
        for t in tunnels:
            script += t.lines(us, them, t.role == role)
        ends[us.name].cli("\n".join(script) + "\nleave\n", timeout=120)
    return ends["alice"], ends["bob"]


def table(role, tunnels, got):
    lines = ["", "The one who judges %s:" % role, "",
             "%-24s" % "" + "".join("%-12s" % p for p in POLICIES)]
    for case in CASES:
        lines.append("%-24s" % case + "".join(
            "%-12s" % got[t.number] for p in POLICIES for t in tunnels
            if (t.role, t.case, t.policy) == (role, case, p)))
    print("\n".join(lines) + "\n", flush=True)


def scenario(world):
    alice, bob, _ = lab.two_sites(world)
    tunnels = [Tunnel(n + 1, *what) for n, what in enumerate(
        (role, case, policy) for role in ("answers", "begins") for case in CASES
        for policy in POLICIES)]
    a, b = configure(world, alice, bob, tunnels)
    ends = {"answers": (a, b), "begins": (b, a)}
    got = {}

    def decided():
        for t in tunnels:
            # What is not as it should be may only be on its way.
            if got.get(t.number) != ("up" if t.passes else "refused"):
                got[t.number] = t.outcome(*ends[t.role])
        return all(got[t.number] == ("up" if t.passes else "refused") for t in tunnels)
    try:
        lab.wait_for("the outcomes", decided, 60, 0.5)
    finally:
        for role in ends:
            table(role, tunnels, got)
    for t in tunnels:
        judge, other = ends[t.role]
        said = t.said(judge)
        if said:
            lab.say("%s, %s: %s" % (t.case, t.policy, said))
        lab.check(bool(judge.is_up(t.number)) == t.passes,
                  "%s, %s: %s" % (t.case, t.policy, got[t.number]))
        # Who answers is up until the judge, who asks a server once more, has closed it.
        lab.wait_for("the other end is as well", lambda: bool(
            other.is_up(t.number)) == t.passes, 30)
    lab.check(len(got) == 24, "twelve outcomes for each role, all as they should be")
    print(a.cli("show certificate crl\n"))


lab.main(scenario)
