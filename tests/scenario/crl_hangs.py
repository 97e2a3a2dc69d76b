#!/usr/bin/python3
"""A server of CRLs that takes the request and says nothing delays the tunnel that
needs it, and no other: 100 come up meanwhile, by the times of their events."""
import lab

COUNT = 100
SLOW = COUNT + 1


def lines(n, us, them, mine, yours, ca):
    here, there = (20, 30) if us.name == "bob" else (30, 20)
    return ["ipsec %d" % n] + ["initiator"] * (us.name == "bob") + [
        "local-address " + us.outer, "peer " + them.outer, "method cert",
        "certificate " + mine, "ca " + ca, "revocation strict",
        "local-id name %s.example.com" % mine, "remote-id name %s.example.com" % yours,
        "local-subnet %d.0.%d.0/24" % (here, n), "remote-subnet %d.0.%d.0/24" % (there, n),
        "end"]


def first(events, code=None, text=""):
    """The second of the first event of that kind or with that text, or None."""
    return min((int(e.get("first", e["time"])) for e in events
                if code in (None, e["code"]) and text in e["text"]), default=None)


def scenario(world):
    alice, bob, _ = lab.two_sites(world)
    quick = lab.Pki(world, "prompt", crl=True,
                    more=["b%d" % n for n in range(1, COUNT + 1)])
    slow = lab.Pki(world, "waits", crl="http://%s/hang/waits" % lab.CRL_ADDRESS)
    names = {n: "b%d" % n for n in range(1, COUNT + 1)}
    servers = [lab.crl_server(site.gw, world) for site in (alice, bob)]
    a, b = lab.Culvert(alice.gw), lab.Culvert(bob.gw)
    a.certificates(quick["alice"], ca={"quick": quick["root"], "slow": slow["root"]})
    # Bob has the certificate that Alice cannot judge, and does judge hers.
    b.certificates(slow["bob"], *(quick[x] for x in names.values()),
                   ca={"quick": quick["root"]})
    a.cli("\n".join(["config", "tunnel", *lines(SLOW, alice, bob, "alice", "bob", "slow"),
                     *(x for n in names for x in lines(n, alice, bob, "alice", names[n], "quick")),
                     "leave", ""]), timeout=120)
    b.cli("\n".join(["config", "tunnel", *lines(SLOW, bob, alice, "bob", "alice", "quick"),
                     "leave", ""]))
    lab.wait_for("Alice asks the server that hangs",
                 lambda: any("/hang/" in x for x in servers[0].requests()), 20)
    lab.say("now the others")
    b.cli("\n".join(["config", "tunnel",
                     *(x for n in names for x in lines(n, bob, alice, names[n], "alice", "quick")),
                     "leave", ""]), timeout=120)
    lab.wait_for("the %d others are up" % COUNT,
                 lambda: a.show("ipsec").count("Up(Installed)") == COUNT, 60, 0.3)
    lab.wait_for("the slow one is judged",
                 lambda: "nobody knows whether" in a.show("ipsec %d" % SLOW), 60, 0.3)
    slow, *others = a.events(SLOW, *names)
    judged = first(slow, text="nobody knows whether")
    up = [first(events, "up") for events in others]
    lab.check(None not in up and max(up) <= judged,
              "%d tunnels came up while one waited for its CRL; the last %d s before that "
              "was given up" % (COUNT, judged - max(up)))
    lab.check(not a.is_up(SLOW), "and that one is refused, for the policy is strict")
    print(a.show("ipsec %d" % SLOW).split("\nLoaded")[0])


lab.main(scenario)
