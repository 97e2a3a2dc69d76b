#!/usr/bin/python3
"""Sessions that send every operation in every order, several at once without
waiting for the answers, and break off anywhere, also while they hold the lock or
a mark, while owners refuse, fail and go away and confd is killed: each request
is answered once, and at the end the owners hold what is running, the history
has no gap, and nobody waits for ever.

ANYORDER_SECONDS is how long (6); ANYORDER_SEED repeats the choices.
"""
import os
import random
import select
import sys
import time

TOP = os.environ.get('top_srcdir', '.')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import (APPLY, CANCEL, CANDIDATE, COMMIT, COMPARE, CONFIRM,  # noqa: E402
                    COPY, DELETE, DISCARD, EDIT_DATA, FACTORY, GET_DATA,
                    HELLO, HISTORY, MERGE, PART, PREPARE, REPLY, ROLLBACK, RUNNING,
                    STARTUP, VALIDATE, Refused)
from daemon import IPSEC, LOCATION, Confd, running, tunnel, wait_for  # noqa: E402
import owners as own  # noqa: E402

SESSIONS, LOCK, UNLOCK, REBASE, MARK, REVERT, RELEASE = 29, 30, 31, 32, 20, 21, 22
SECONDS = float(os.environ.get('ANYORDER_SECONDS', '6'))
SEED = os.environ.get('ANYORDER_SEED', str(time.time_ns()))
PEOPLE = 64
R = random.Random(SEED)


class Moody(own.Owner):
    """Refuses, cannot and goes away now and then."""

    moody = False

    def _do(self, op, attrs):
        if self.moody and op in (PREPARE, APPLY):
            n = self.random.randrange(40)
            if n == 0:
                raise ConnectionError
            if n < 4:
                raise own.No('not today')
        super()._do(op, attrs)


def edits():
    """Attributes of an edit, or of several."""
    n = R.randint(1, 6)
    what = R.choice([
        tunnel(n), tunnel(n, description=str(R.randint(1, 3))),
        [(MERGE, LOCATION, str(R.randint(1, 9)))], [(DELETE, IPSEC % n)],
        [(MERGE, IPSEC % n + '/dpd-delay', str(R.randint(-1, 9)))]])
    out = []
    for op, path, *value in what:
        out += [('edit', op), ('path', path)] + [('value', v) for v in value]
    return out


def stores(n):
    return [('datastore', R.choice((RUNNING, CANDIDATE, STARTUP, FACTORY)))
            for _ in range(n)]


OPS = [
    (6, EDIT_DATA, edits), (3, COMMIT, list),
    (2, COMMIT, lambda: [('confirm', R.choice((1, 2, 600)))]),
    (1, VALIDATE, list), (2, CONFIRM, list), (1, CANCEL, list),
    (1, CONFIRM, lambda: [('commit', R.randint(1, 60))]),
    (1, GET_DATA, lambda: stores(1)), (1, COPY, lambda: stores(2)),
    (1, COMPARE, lambda: stores(2)), (1, HISTORY, list),
    (2, ROLLBACK, lambda: [('count', R.randint(0, 5))]), (1, DISCARD, list),
    (1, SESSIONS, list), (1, LOCK, list), (2, UNLOCK, list),
    (1, UNLOCK, lambda: [('force',)]),
    (2, REBASE, lambda: R.choice(([], [('rebase', 1)], [('rebase', 2)]))),
    (2, MARK, list), (1, REVERT, list), (1, RELEASE, list),
]
WEIGHTS = [o[0] for o in OPS]


class Person:
    def __init__(self, d):
        self.c = d.client()
        self.open = set()

    def say(self):
        _, op, attrs = R.choices(OPS, WEIGHTS)[0]
        try:
            self.open.add(self.c.send(op, *attrs()))
        except ConnectionError:
            pass

    def hear(self):
        op, flags, ident, attrs = self.c.receive()
        if flags & REPLY and not flags & PART:
            assert ident in self.open, 'answered twice, or not asked: %d' % op
            self.open.remove(ident)


def listen(people, seconds):
    socks = {p.c.sock: p for p in people}
    for s in select.select(list(socks), [], [], seconds)[0]:
        socks[s].hear()


def main():
    print('seed', SEED, flush=True)
    d = Confd()
    owners = Moody(d.dir, 'ipsecd', slow=0.005), Moody(d.dir, 'ipsecd-keys')
    d.start()
    people = [Person(d) for _ in range(PEOPLE)]
    for o in owners:
        o.moody = True
    end = time.monotonic() + SECONDS
    kills = 0
    while time.monotonic() < end:
        p = R.choice(people)
        if len(p.open) < 4:
            p.say()
        if R.random() < 0.02:           # with whatever it was about to do
            p.c.close()
            people.remove(p)
            people.append(Person(d))
        if R.random() < 0.001:
            kills += 1
            d.kill()
            for p in people:
                p.c.close()
            d.start()
            people = [Person(d) for _ in range(PEOPLE)]
        listen(people, 0)
    for o in owners:
        o.moody = False
    wait_for('everybody is answered', lambda: listen(people, 0.1) or
             not any(p.open for p in people), 120)
    for p in people:
        p.c.close()
    c = d.client()
    try:
        c.call(CONFIRM, ('commit', int((c.history() or [{'commit': 1}])[0]['commit'])))
    except Refused:
        pass                            # nothing waits
    wait_for('the owners hold what is running', lambda:
             own.agree(owners, running(c)), 90)
    numbers = [x['commit'] for x in c.history()]
    assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1)), numbers
    assert len(numbers) <= 50
    now = running(c)
    d.kill()
    d.start()
    assert running(d.client()) == now
    print('ok: %d commits, killed %d times' % (numbers[0], kills))
    for o in owners:
        o.close()
    d.remove()


if __name__ == '__main__':
    main()
