"""Both ends with certificates, for the cells about them and for the columns in which
every cell has them."""
import lab


class Certificates:
    """What both ends are configured with. OpenIKED neither sends an intermediate
    certificate nor takes one, so there the root signs all."""

    def __init__(self, p, key=None, **more):
        """key: of KEYS; by default what is quick, with IKEv1 RSA, which is all it has."""
        self.p = p
        key = key or ("ecdsa-p256" if p.version == 2 else "rsa2048")
        direct, name = p.peer.name == "OpenIKED", "pki-%d" % p.count()
        self.pki = lab.Pki(p.world, name, key=key, direct=direct, **more)
        self.crls = (self.pki.path("root.crl" if direct else "inter.crl"),) if more.get("crl") else ()

    def ends(self, ours=None, theirs=None, our_ca="root", their_ca="root", our_id=None,
             their_id=None, pss=None, **settings):
        """(of the tunnel, of the peer's connection) for p.configure(); ours and
        theirs are names of certificates, the identities by default what is in them."""
        p = self.p
        mine, yours = self.pki[ours or p.ours.name], self.pki[theirs or p.theirs.name]
        p.us.certificates(mine, ca={"trusted": self.pki[our_ca]}, replace=True)
        return ({"method": "cert", "certificate": mine.name, "ca": "trusted", "secret": None,
                 "local_id": "name " + mine.id, "remote_id": "name " + (their_id or yours.id),
                 **settings},
                {"cert": yours, "ca": self.pki[their_ca], "pss": pss, "crls": self.crls,
                 "local_id": yours.id, "remote_id": our_id or mine.id})
