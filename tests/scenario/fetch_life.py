#!/usr/bin/python3
"""CRLs over a real web server: fetch ends while it brings one, they are kept on disk
through a restart, and a server that is gone is named."""
import os
import signal

import lab
from lab.pki import CRL_ADDRESS

STATE = "/var/lib/culvert-ipsecd/crl"


def crls(web):
    return [r for r in web.requests() if r.endswith(".crl")]


def configure(world, sites, pki):
    culverts = []
    for here, there, name, initiator in ((*sites, "alice", None), (*sites[::-1], "bob", True)):
        c = lab.Culvert(here.gw)
        c.certificates(pki[name], ca={"corp": pki["root"]})
        c.cli(lab.tunnel(initiator=initiator, local_address=here.outer, peer=there.outer,
                         method="cert", certificate=name, ca="corp", revocation="strict",
                         local_id=pki[name].id, remote_id=pki[there.name].id,
                         local_subnet=here.subnet, remote_subnet=there.subnet))
        culverts.append(c)
    return culverts


def killed_while_it_fetches(culvert, web):
    """The questions that it had are asked of the next one."""
    lab.wait_for("a CRL is asked for", lambda: crls(web), 30)
    before, old = len(crls(web)), culvert.child("fetch")
    os.kill(old, signal.SIGKILL)
    lab.wait_for("another fetch asks for it again", lambda: len(crls(web)) > before, 30)
    lab.say("ok: fetch was killed over a download, and the next one was asked")


def scenario(world):
    alice, bob, _ = lab.two_sites(world)
    sites = (alice, bob)
    for s in sites:
        s.gw.ip("addr replace %s/32 dev lo" % CRL_ADDRESS)
    webs = [lab.Web(s.gw, CRL_ADDRESS, world.logs) for s in sites]
    pki = lab.Pki(world, crl="http://%s/slow/2/pki" % CRL_ADDRESS)
    a, b = configure(world, sites, pki)

    def both_up(why):
        lab.wait_for(why, lambda: a.is_up() and b.is_up(), 60)
        lab.say("ok: " + why)

    killed_while_it_fetches(a, webs[0])
    both_up("a strict tunnel is up, its CRLs come from a web server")
    shown = a.cli("show certificate crl\n")
    lab.check("/slow/2/pki/inter.crl" in shown, "show certificate crl:\n" + shown)
    lab.wait_for("the CRLs are on disk", lambda: all(
        len(s.gw.run("ls", STATE).split()) == 2 for s in sites), 20)
    for w in webs:
        w.stop()
    for c in (a, b):
        c.ipsecd.stop()
    for c in (a, b):
        c.start_ipsecd()
    both_up("up again after a restart, though no server answers: they were on disk")
    a.cli("certificate crl refresh\n")
    lab.wait_for("the log names who does not answer", lambda:
                 "inter.crl: cannot be fetched: 10.99.0.1 refuses connections to TCP port 80"
                 in a.ipsecd.text(), 30)
    lab.check(a.is_up(), "what is kept is good until then, and the tunnel is up")


lab.main(scenario)
