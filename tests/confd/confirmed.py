#!/usr/bin/python3
"""Commits that are to be confirmed, in the real confd: killed at every system
call of making one, at every second one of taking it back; the machine started
again."""
import itertools
import os
import sys

TOP = os.environ.get('top_srcdir', '.')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import MERGE, OP_NOTICE, RUNNING, STARTUP  # noqa: E402
from daemon import LOCATION, Confd, refused, running, tunnel, wait_for  # noqa: E402
from killed import Site, at_every_call, check_alive, edit, template, whole  # noqa: E402


def waits(c):
    return 'commit confirm' in ' '.join(c.hello.all('warning'))


def location(c):
    return running(c)['culvert-system:system']['location']


def test_making():
    """The old configuration and nothing waits, or the new one and it does."""
    t = template()

    def one(at):
        s = Site(t.path(''))
        c = s.start()
        old = running(c)
        new = edit(c)
        killed, answered = s.killed(at, lambda: c.commit_confirmed(600))
        c = s.start()
        now = running(c)
        whole(at, now, old, new, answered)
        assert waits(c) == (now == new), 'killed at call %d: %s' % (at, c.hello)
        if now == new:
            c.cancel()
            s.synced(old)
            assert running(c) == old
        check_alive(c, old)
        s.remove()
        return ('old' if now == old else 'new') if killed else None

    turn, n = at_every_call('a commit to be confirmed', one)
    assert 0 < turn < n
    t.remove()


def test_taking_back():
    """It still waits, or all is as before and nothing waits."""
    t = template()

    def one(at):
        s = Site(t.path(''))
        c = s.start()
        before = running(c)
        new = edit(c)
        c.commit_confirmed(600)
        killed, answered = s.killed(at, c.cancel)
        c = s.start()
        now = running(c)
        whole(at, now, new, before, answered)
        assert waits(c) == (now == new), 'killed at call %d: %s' % (at, c.hello)
        if now == new:
            c.confirm()
        check_alive(c, now)
        s.remove()
        return ('old' if now == new else 'new') if killed else None

    turn, n = at_every_call('taking it back', one, itertools.count(1, 2))
    assert 0 < turn < n
    t.remove()


def test_in_time():
    """Killed while it waits; the next one takes it back, and says so."""
    d = Confd().start()
    c = d.client()
    c.edit(*tunnel(1), (MERGE, LOCATION, 'old'))
    c.commit()
    old = running(c)
    c.set(LOCATION, 'new')
    c.commit_confirmed(3)
    d.kill()
    d.start()
    c = d.client()
    wait_for('it is taken back', lambda: running(c) == old)
    assert 'not confirmed in time' in c.history()[0]['comment'], c.history()
    if waits(c):                        # a slow machine may be too late for it
        wait_for('we are told', lambda: c.history() and
                 any(op == OP_NOTICE for op, _ in c.events))
    d.remove()


def test_boot():
    """The machine is started again before the confirmation."""
    d = Confd().start()
    c = d.client()
    c.edit(*tunnel(1), (MERGE, LOCATION, 'saved'))
    c.commit()
    c.copy(RUNNING, STARTUP)
    c.set(LOCATION, 'good')
    c.commit()
    c.set(LOCATION, 'bad')
    c.commit_confirmed(600)
    refused(c.copy, RUNNING, STARTUP, kind='conflict')
    d.kill()
    d.new_boot()
    d.start()
    c = d.client()
    assert 'not confirmed' in ' '.join(c.hello.all('warning')), c.hello
    assert location(c) == 'saved'
    c.set(LOCATION, 'bad')
    c.commit_confirmed(600)
    d.kill()
    # Nor is it what a broken startup is replaced by.
    with open(d.path('startup.json'), 'w') as f:
        f.write('{')
    d.new_boot()
    d.start()
    assert location(d.client()) == 'saved'
    d.stop()
    d.start()
    assert not waits(d.client())
    d.remove()


if __name__ == '__main__':
    for name in sys.argv[1:] or ['making', 'taking_back', 'in_time', 'boot']:
        globals()['test_' + name]()
        print('ok', name, flush=True)
