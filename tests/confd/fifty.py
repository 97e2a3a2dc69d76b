#!/usr/bin/python3
"""Fifty sessions edit and commit at once, some of them the same leaves, some
breaking off in the middle, while the owners answer slowly: no edit is lost,
none comes in twice, nobody waits for ever, and a conflict is reported to those
who had it, at the nodes where they had it.

FIFTY_SECONDS is how long (10); FIFTY_SEED repeats the choices, not the timing.
"""
import json
import os
import random
import sys
import threading
import time

TOP = os.environ.get('top_srcdir', '.')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import DELETE, MERGE, Client, Refused  # noqa: E402
from daemon import IPSEC, Confd, running, tunnel, wait_for  # noqa: E402
import owners as own  # noqa: E402

SESSIONS = 50
SHARED = 40                     # tunnels that all of them edit
SECONDS = float(os.environ.get('FIFTY_SECONDS', '10'))
SEED = os.environ.get('FIFTY_SEED', str(time.time_ns()))
LEAVES = ('description', 'dpd-delay')


def leaf(n, name):
    return IPSEC % n + '/' + name


class Book:
    """What was committed, and what was refused."""

    def __init__(self):
        self.lock = threading.Lock()
        self.commits = {}               # number: {path: value}
        self.refused = []
        self.begun = {}                 # number: on top of which, at least
        self.troubles = []
        self.waited = 0.0

    def commit(self, number, edits):
        with self.lock:
            assert number not in self.commits, 'two commits %d' % number
            self.commits[number] = edits


class Editor(threading.Thread):
    def __init__(self, d, book, n):
        super().__init__(daemon=True)
        self.d, self.book, self.n = d, book, n
        self.random = random.Random(SEED + str(n))
        self.serial = 0
        self.c = None
        self.own = False                # whether my own tunnel is there

    def run(self):
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end and not self.book.troubles:
                self.one()
        except BaseException as e:      # noqa: B902 the main thread says it
            self.book.troubles.append('session %d: %r' % (self.n, e))

    def last(self):
        h = self.c.history()
        return h[0]['commit'] if h else 0

    def edits(self):
        """{path: value}; None: removed."""
        out = {}
        for _ in range(self.random.randint(1, 3)):
            self.serial += 1
            name = self.random.choice(LEAVES)
            # Nobody else sets the same, nor I another time.
            value = self.n + SESSIONS * (self.serial % 1700) + 1
            out[leaf(self.random.randint(1, SHARED), name)] = str(value)
        if self.own and self.random.random() < 0.3:
            out[IPSEC % (100 + self.n)] = None
        else:
            self.serial += 1
            out[leaf(100 + self.n, 'description')] = str(self.serial)
        return out

    def send(self, edits):
        mine = IPSEC % (100 + self.n)
        for path, value in edits.items():
            if value is None:
                self.c.edit((DELETE, path))
            elif path.startswith(mine) and not self.own:
                self.c.edit(*tunnel(100 + self.n), (MERGE, path, value))
            else:
                self.c.edit((MERGE, path, value))

    def one(self):
        if self.c is None:
            self.c = self.d.client(timeout=60)
        edits = self.edits()
        first = self.last()
        self.send(edits)
        begun = self.last()
        chance = self.random.random()
        if chance < 0.1:                # gone in the middle of it
            if chance < 0.05:
                self.c.send(5)          # and does not wait for its commit
                self.unknown(edits, first)
                return
            self.c.close()
            self.c = None
            return
        if chance < 0.15:
            self.c.discard()
            return
        if chance < 0.3:
            try:
                self.c.validate()
            except Refused as e:
                assert e.kind == 'conflict', e
        self.commit(edits, first, begun)

    def commit(self, edits, first, begun):
        before = self.last()
        start = time.monotonic()
        try:
            number = self.c.commit('by %d' % self.n).get('commit')
        except Refused as e:
            assert e.kind == 'conflict', e
            self.book.refused.append(
                (edits, first, begun, before, self.last(), set(e.paths)))
            self.c.discard()
            return
        finally:
            self.book.waited = max(self.book.waited, time.monotonic() - start)
        self.book.begun[number] = begun
        self.done(number, edits)

    def done(self, number, edits):
        self.book.commit(number, edits)
        if IPSEC % (100 + self.n) in edits:
            self.own = False
        else:
            self.own = True

    def unknown(self, edits, first):
        """The commit of a session that has gone was made, or was not."""
        self.c.close()
        self.c = self.d.client(timeout=60)
        # A transaction of its own, behind it in the row.
        self.c.validate()
        mine = [p for p in edits if p.startswith(IPSEC % (100 + self.n))][0]
        for n in range(self.last(), first, -1):
            try:
                changed = self.c.compare(('commit', n - 1), ('commit', n))
            except Refused:
                continue                # too old already
            if any(p == mine and (v == edits[mine] or edits[mine] is None) or
                   p == IPSEC % (100 + self.n) for _, p, v, _ in changed):
                self.done(n, edits)
                return


def conflicts(book):
    """Those that had one were told, and told where."""
    def changed(edits, since, until):
        return {p for n in range(since + 1, until + 1)
                for p in book.commits.get(n, ()) if p in edits}

    exact = 0
    for edits, first, begun, before, after, paths in book.refused:
        must = changed(edits, begun, before)
        may = changed(edits, first, after)
        assert paths and must <= paths <= may, (
            'a conflict at %s was reported at %s, may have been at %s' % (
                must, paths, may))
        exact += must == may
    for number, begun in book.begun.items():
        lost = changed(book.commits[number], begun, number - 1)
        assert not lost, 'commit %d went over edits of others: %s' % (
            number, lost)
    return exact


def check(c, book):
    """Running is what the commits make of it, one after the other."""
    last = c.history()[0]['commit']
    assert sorted(book.commits) == list(range(2, last + 1)), (
        'commits that nobody made: %s' % sorted(
            set(range(2, last + 1)) - set(book.commits)))
    want = {}
    for n in sorted(book.commits):
        want.update(book.commits[n])
    data = running(c)['culvert-tunnel:tunnel']['ipsec']
    got = {t['id']: t for t in data}
    for path, value in want.items():
        n = int(path.split("'")[1])
        name = path.split(']/')[1] if ']/' in path else ''
        node = got.get(n)
        if value is None:
            assert node is None or leaf(n, 'description') in want, path
            continue
        if node is None:
            assert want.get(IPSEC % n, '') is None, path + ' is lost'
            continue
        assert str(node.get(name)) == value, '%s is %s, not %s' % (
            path, node.get(name), value)
    # And each of them holds what its session edited, and nothing else.
    for n in range(last, max(2, last - 40), -1):
        changed = {p for _, p, _, _ in
                   c.compare(('commit', n - 1), ('commit', n))}
        wrong = {p for p in changed ^ set(book.commits[n])
                 if int(p.split("'")[1]) <= SHARED}
        assert not wrong, 'commit %d: %s' % (n, wrong)


def main():
    print('seed', SEED, flush=True)
    d = Confd()
    both = own.both(d.dir, slow=0.004)
    d.start()
    c = d.client()
    c.edit(*[e for n in range(1, SHARED + 1) for e in tunnel(n)])
    c.commit()
    book = Book()
    editors = [Editor(d, book, n) for n in range(SESSIONS)]
    for e in editors:
        e.start()
    for e in editors:
        e.join(SECONDS + 120)
        assert not e.is_alive(), 'session %d waits for ever' % e.n
    assert not book.troubles, '\n'.join(book.troubles)
    exact = conflicts(book)
    check(c, book)
    wait_for('the owners have it', lambda: own.agree(both, running(c)))
    print('%d commits, %d refused (%d where the conflict is known to the leaf), '
          'the longest answer took %.2f s' % (
              len(book.commits), len(book.refused), exact, book.waited))
    assert len(book.commits) > 10
    for e in editors:
        if e.c is not None:
            e.c.close()
    for o in both:
        o.close()
    d.remove()


if __name__ == '__main__':
    main()
