#!/usr/bin/python3
"""What is in the memory of the processes: no private key and no pre-shared key in any
that talks to the network or outlives an import, while tunnels of all kinds are up,
after reauthentication and after another import. That the scan can find them is shown
in keys, which has them."""
import lab
from lab import memory

# tools/check gives it the build without sanitizers, which is what people run.

PSK = "not-for-the-eyes-of-ike-4711"
KEYS = ("rsa2048", "ecdsa-p384", "ed25519")
KEEPS_PSK = "confd"             # all configuration, secrets too, is confd's


def tunnel(number, us, them, **more):
    here, there = (20, 30) if us.name == "bob" else (30, 20)
    return lab.tunnel(number, initiator=us.name == "bob", local_address=us.outer,
                      peer=them.outer, local_subnet="%d.0.%d.0/24" % (here, number),
                      remote_subnet="%d.0.%d.0/24" % (there, number), **more)


def configure(world, alice, bob, pkis):
    ends = []
    for us, them in ((alice, bob), (bob, alice)):
        c = lab.Culvert(us.gw)
        c.cli(tunnel(1, us, them, secret=PSK, local_id="name " + us.name,
                     remote_id="name " + them.name))
        for n, (key, pki) in enumerate(pkis.items(), 2):
            mine, yours = (pki["%s-%s" % (x.name, key)] for x in (us, them))
            c.certificates(mine, ca={"root-" + key: pki["root"]})
            c.cli(tunnel(n, us, them, method="cert", certificate=mine.name, ca="root-" + key,
                         local_id="name " + mine.id, remote_id="name " + yours.id))
        ends.append(c)
    return ends


def processes(c):
    """{name: pid} of all of an end's. A sanitizer keeps what was freed, and confd has
    what it forgets overwritten by malloc."""
    found = {"monitor": c.ipsecd.pid}
    if "built with sanitizers" not in c.ipsecd.text():
        found["confd"] = c.confd.pid
    for name in ("ike", "keys", "esp", "fetch"):
        if c.child(name):
            found[name] = c.child(name)
    for pid in lab.descendants(c.confd.pid):
        found["confd's %d" % pid] = pid
    return found


def look(c, keys, psk, certificate, what):
    """Scans every process of c."""
    total = 0
    for name, pid in processes(c).items():
        for secrets in (keys, psk):
            found, size = memory.scan(pid, secrets)
            total += size
            if name == "keys":
                missing = {x.split(":")[0] for x in secrets.needles.values()} - {
                    x.split(":")[0] for x in found}
                lab.check(not missing, "%s: keys has, and the scan finds, %s" % (
                    what, ", ".join(sorted({x.split(":")[0] for x in found}))))
            elif not (secrets is psk and name.startswith(KEEPS_PSK)):
                if found:
                    raise lab.Failure("%s: in the memory of %s (%d): %s" % (
                        what, name, pid, found))
        if name == "ike":
            found, _ = memory.scan(pid, certificate)
            lab.check(found, "%s: ike has, and the scan finds, the public certificate" % what)
    lab.say("ok: %s: none in %s; %d MB looked through" % (
        what, ", ".join(x for x in processes(c) if x != "keys"), total >> 20))


def secrets_of(pkis, name):
    keys, certificate = memory.Secrets(), memory.Secrets()
    for key, pki in pkis.items():
        own = pki["%s-%s" % (name, key)]
        keys.private_key(key, own.key)
        with open(own.cert.removesuffix(".pem") + ".der", "rb") as f:
            certificate.add(key + ": certificate", f.read())
    return keys, certificate


def established(c, n):
    """The SPIs of its established IKE_SAs."""
    state = c.state(n)["culvert-tunnel:tunnel"]["ipsec"][0]["state"]
    return {s["spi-i"] for s in state.get("ike-sa", []) if s["state"] == "ESTABLISHED"}


def scenario(world):
    alice, bob, _ = lab.two_sites(world)
    pkis = {key: lab.Pki(world, key, key=key, good=True, more=["alice-" + key, "bob-" + key])
            for key in KEYS}
    ends = configure(world, alice, bob, pkis)
    psk = memory.Secrets()
    psk.psk("the pre-shared key", PSK)
    everything = []
    for n in range(1, len(KEYS) + 2):
        for c in ends:
            c.wait_up(n)
    for site, c in zip((alice, bob), ends):
        keys, certificate = secrets_of(pkis, site.name)
        everything.append((c, keys, certificate))
        look(c, keys, psk, certificate, "%s, all up" % site.name)

    a, b = ends
    old = {n: established(b, n) for n in range(1, len(KEYS) + 2)}
    for n in old:
        b.cli("tunnel\nipsec %d reauth\n" % n)
    for n in old:
        lab.wait_for("tunnel %d is reauthenticated" % n,
                     lambda: established(b, n) - old[n] and b.is_up(n), 30)
    # Another key for a label that is in use.
    new = lab.Pki(world, "another", key="rsa3072", good=True)
    a.cli("certificate import local more %s key %s\n" % (new["alice"].with_chain,
                                                         new["alice"].key))
    keys, certificate = secrets_of(pkis, "alice")
    keys.private_key("another", new["alice"].key)
    look(a, keys, psk, certificate, "alice, after reauthentication and an import")
    c, keys, certificate = everything[1]
    look(c, keys, psk, certificate, "bob, after reauthentication")


lab.main(scenario)
