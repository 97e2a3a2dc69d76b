#!/usr/bin/python3
"""Some cells of one column of the interop matrix, each a real run:

    column.py PEER VERSION AUTH PLANE ROLE CELL...

Run by tools/interop, in the guest kernel or on this machine. Results are lines of
JSON in the log folder's file "results". Cells with the same topology share a
world, which is thrown away when one of them fails."""
import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
import cert_cells  # noqa: E402, F401
from cells import CELLS, NOT_POSSIBLE  # noqa: E402
from pairing import Pairing  # noqa: E402


class Worlds:
    """The world that is there, or a new one."""

    def __init__(self, logs, kind, version, auth, plane, role):
        self.logs, self.kind, self.version = logs, kind, version
        self.auth, self.plane, self.role = auth, plane, role
        self.world = self.pairing = self.topology = None
        self.count = 0

    def get(self, **topology):
        if self.pairing and (self.pairing.dirty or topology != self.topology):
            self.end(False)
        if not self.pairing:
            self.count += 1
            folder = os.path.join(self.logs, "world%d" % self.count)
            self.world, self.topology = lab.Lab("interop", folder), topology
            self.pairing = Pairing(self.world, self.kind, self.role, self.version,
                                   self.auth, self.plane, **topology)
        return self.pairing

    def end(self, failed):
        world, self.world, self.pairing = self.world, None, None
        if world:
            world.close(failed)


def run(worlds, name):
    """(status, why)"""
    cell = CELLS[name]
    reason = next((NOT_POSSIBLE[kind, role, name] for kind in (worlds.kind, "%s-%s" % (
        worlds.kind, worlds.plane)) for role in (worlds.role, None)
        if (kind, role, name) in NOT_POSSIBLE), None)
    if reason:
        return "n/a", reason
    try:
        pairing = worlds.get(**cell.world)
        cell.run(pairing)
        pairing.nothing_in_clear()
        pairing.clean()
        return "green", ""
    except Exception as e:  # whatever it was, the cell is red
        traceback.print_exc(file=sys.stdout)
        if worlds.world:
            worlds.world.show_logs()
        try:
            worlds.end(True)
        except Exception:  # the first trouble is the one that counts
            traceback.print_exc(file=sys.stdout)
        return "red", str(e).split("\n", 1)[0]


def scenario(world):
    kind, version, auth, plane, role, *names = sys.argv[1:]
    worlds = Worlds(world.logs, kind, int(version), auth, plane, role)
    red = []
    with open(os.path.join(world.logs, "results"), "w") as results:
        for name in names:
            begin = time.monotonic()
            lab.say("=== %s IKEv%s %s %s %s: %s" % (kind, version, auth, plane, role,
                                                    CELLS[name].title))
            status, why = run(worlds, name)
            lab.say("=== %s%s" % (status, ": " + why if why else ""))
            if status == "red":
                red.append(name)
            results.write(json.dumps({
                "cell": name, "status": status, "why": why,
                "logs": "world%d" % worlds.count,
                "seconds": round(time.monotonic() - begin, 1)}) + "\n")
            results.flush()
    worlds.end(bool(red))
    if red:
        raise lab.Failure("red: " + ", ".join(red))


lab.main(scenario)
