#!/usr/bin/python3
"""confd killed at every system call of what it does to its files: afterwards
the configuration is the old one or the new one, whole, here and at the owners,
and it can be changed as ever.  Then the same for power cuts: what the disk may
hold, given what was synced when."""
import atexit
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

TOP = os.environ.get('top_srcdir', '.')
BUILD = os.environ.get('top_builddir', 'build')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import CANDIDATE, DELETE, MERGE, RUNNING, STARTUP  # noqa: E402
from daemon import IPSEC, LOCATION, Confd, running, tunnel, wait_for  # noqa: E402
import owners as own  # noqa: E402

KILL_AT = os.path.join(BUILD, 'tests', 'confd', 'kill_at')
LANES = 3                           # so many at a time
# The traced process has no leak checker, which would want to trace it.
ASAN = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}


class KillAt:
    """Stands beside a process; see kill_at.c."""

    def __init__(self, pid, at=0, path=None):
        self.popen = subprocess.Popen(
            [KILL_AT, str(pid), str(at)] + ([path] if path else []),
            stdout=subprocess.PIPE, text=True)
        atexit.register(self.popen.kill)
        line = self.popen.stdout.readline()
        assert line == 'ready\n', 'kill_at: %r' % line

    def end(self):
        """The lines it said, and how many calls there were; None: killed."""
        try:
            self.popen.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            pass
        lines = self.popen.stdout.read().splitlines()
        self.popen.wait()
        what, _, n = lines[-1].partition(' ')
        assert what in ('killed', 'calls'), lines[-1]
        return lines[:-1], int(n) if what == 'calls' else None


class Site:
    """A confd on a copy of a state folder, and both its owners."""

    def __init__(self, state):
        self.d = Confd()
        shutil.copytree(state, self.d.dir + '/state')
        self.owners = own.both(self.d.dir)

    def start(self):
        self.d.start(**ASAN)
        c = self.d.client()
        self.synced(running(c))
        return c

    def killed(self, at, do):
        """do() with a kill at that call; then confd is gone.  Whether it was killed,
        and whether do() was answered."""
        k = KillAt(self.d.popen.pid, at)
        answered = True
        try:
            do()
        except ConnectionError:
            answered = False
        killed = k.end()[1] is None
        assert killed or answered
        self.d.kill()
        return killed, answered

    def synced(self, config):
        wait_for('the owners have the configuration',
                 lambda: own.agree(self.owners, config))

    def remove(self):
        for o in self.owners:
            o.close()
        self.d.remove()


def template(commits=0):
    """A state folder with an old configuration, of this boot."""
    d = Confd().start()
    c = d.client()
    c.edit(*tunnel(1), *tunnel(2), (MERGE, LOCATION, 'old'))
    c.commit('old')
    for i in range(commits):
        c.set(LOCATION, 'old %d' % i)
        c.commit()
    c.copy(RUNNING, STARTUP)
    d.stop()
    return d


def edit(c):
    """Two tunnels changed, one removed, one new, and a leaf elsewhere."""
    c.edit((MERGE, LOCATION, 'new'), (DELETE, IPSEC % 1), *tunnel(3),
           (MERGE, IPSEC % 2 + '/description', 'new'),
           (MERGE, IPSEC % 2 + '/secret', 'another-horse'))
    return json.loads(c.get(CANDIDATE))


def check_alive(c, now):
    """It can be changed as ever, and the history has no gap."""
    c.set(LOCATION, 'after')
    n = c.commit().get('commit')
    numbers = [x['commit'] for x in c.history()]
    assert numbers == list(range(n, n - len(numbers), -1)), numbers
    c.rollback(1)
    assert json.loads(c.get(CANDIDATE)) == now
    c.discard()


def whole(at, now, old, new, answered):
    """It is one or the other, and the new one if that was promised."""
    assert now in (old, new), 'killed at call %d: %s' % (at, now)
    assert not answered or now == new, 'call %d: answered, but lost' % at


def at_every_call(name, one, calls=None):
    """one(at) does it, with a kill at that call, and returns what came of it,
    or None if it was over before."""
    outcomes, calls = [], calls or itertools.count(1)
    with ThreadPoolExecutor(LANES) as pool:
        while None not in outcomes:
            outcomes += pool.map(one, itertools.islice(calls, 4 * LANES))
    outcomes = outcomes[:outcomes.index(None)]
    turn = sum(o == 'old' for o in outcomes)
    assert len(outcomes) > 5, outcomes
    print('  %s: killed at %d calls, %d times old' % (
        name, len(outcomes), turn))
    return turn, len(outcomes)


# --- killed ---

def test_commit():
    t = template()

    def one(at):
        s = Site(t.path(''))
        c = s.start()
        old = running(c)
        new = edit(c)
        killed, answered = s.killed(at, lambda: c.commit('new'))
        c = s.start()
        assert not c.hello.all('warning'), c.hello
        now = running(c)
        whole(at, now, old, new, answered)
        check_alive(c, now)
        s.remove()
        return ('old' if now == old else 'new') if killed else None

    turn, n = at_every_call('a commit', one)
    assert 0 < turn < n
    t.remove()


def test_saving():
    t = template()

    def one(at):
        s = Site(t.path(''))
        c = s.start()
        old = running(c)
        new = edit(c)
        c.commit()
        killed, answered = s.killed(at, lambda: c.copy(RUNNING, STARTUP))
        s.d.new_boot()
        c = s.start()
        assert not c.hello.all('warning'), c.hello
        now = running(c)
        whole(at, now, old, new, answered)
        check_alive(c, now)
        s.remove()
        return ('old' if now == old else 'new') if killed else None

    turn, n = at_every_call('copy running startup', one)
    assert 0 < turn < n
    t.remove()


def test_tidying():
    """After many commits what a restart reads is shortened, in the background:
    nobody may see that."""
    t = template(205)

    def one(at):
        s = Site(t.path(''))
        c = s.start()
        new = edit(c)
        c.commit('new')
        k = KillAt(s.d.popen.pid, at, '/running.tmp')
        # The oldest commits go last.
        wait_for('tidy', lambda: k.popen.poll() is not None or
                 not os.path.exists(s.d.path('commits/1')))
        killed = k.end()[1] is None
        s.d.kill()
        c = s.start()
        assert running(c) == new
        check_alive(c, new)
        s.remove()
        return 'new' if killed else None

    # Most of the calls remove one old commit each.
    at_every_call('forgetting old commits', one,
                  itertools.chain(range(1, 25), itertools.count(25, 20)))
    t.remove()


def start_killed(name, t, check):
    """The start after a boot, with the state folder of t."""
    def one(at):
        s = Site(t.path(''))
        s.d.new_boot()
        s.d.begin(stopped=True, **ASAN)
        os.waitid(os.P_PID, s.d.popen.pid, os.WSTOPPED | os.WNOWAIT)
        k = KillAt(s.d.popen.pid, at, '/state')
        s.d.popen.send_signal(signal.SIGCONT)
        wait_for('start', lambda: k.popen.poll() is not None or
                 'ready' in s.d.said())
        killed = k.end()[1] is None
        s.d.kill()
        c = s.start()
        check(c)
        check_alive(c, running(c))
        s.remove()
        return 'new' if killed else None

    at_every_call(name, one)


def test_starting():
    """Startup differs from what was running, and the difference becomes a
    commit."""
    t = template()
    t.start()
    c = t.client()
    edit(c)
    c.commit()
    last = running(c)
    t.stop()

    def check(c):
        assert not c.hello.all('warning'), c.hello
        assert json.loads(c.get(STARTUP)) == running(c) != last
    start_killed('a start', t, check)
    t.remove()


def test_starting_broken():
    """Startup is broken: the last commit, and everybody is told."""
    t = template()
    t.start()
    c = t.client()
    edit(c)
    c.commit()
    last = running(c)
    t.stop()
    with open(t.path('startup.json'), 'w') as f:
        f.write('{')

    def check(c):
        assert 'startup.json' in c.hello.get('warning'), c.hello
        assert running(c) == last
    start_killed('a start with a broken startup', t, check)
    t.remove()


# --- power cuts ---

class Disk:
    """What a state folder may be after a power cut.  A file's data is on disk
    for sure once it was synced, a name once its folder was; before that, names
    may be there up to any of them, in order, and data not at all, half or
    whole."""

    def __init__(self, folder):
        self.top = folder.rstrip('/') + '/'
        self.names = {}                 # on disk: name to the file's number
        self.data = {}                  # number: what was synced
        self.wrote = {}                 # number: what was written
        self.now = {}                   # names as the process sees them
        self.waiting = []               # [(name, number or None)] not synced
        for root, _, files in os.walk(folder):
            for f in files:
                name = os.path.relpath(os.path.join(root, f), folder)
                with open(os.path.join(root, f), 'rb') as file:
                    self._new(name, file.read())
        self.names = dict(self.now)
        self.waiting = []
        self.data = dict(self.wrote)

    def _new(self, name, data=b''):
        n = len(self.wrote)
        self.wrote[n], self.data[n] = data, b''
        self._name(name, n)

    def _name(self, name, n):
        if n is None:
            self.now.pop(name, None)
        else:
            self.now[name] = n
        self.waiting.append((name, n))

    def step(self, line):
        """False: nothing that the disk knows of."""
        what, *paths = line.split(' ')
        names = [p[len(self.top):] for p in paths if p.startswith(self.top)]
        if what == 'fsync' and paths[0] + '/' == self.top:
            names = ['']
        assert what != 'unknown', 'a call that this test does not know: ' + line
        if not names:
            return False
        name = names[0]
        if what == 'create' and name not in self.now:
            self._new(name)
        elif what == 'trunc':
            n = self.now[name]
            self.wrote[n] = self.data[n] = b''
        elif what == 'write':
            self.wrote[self.now[name]] += bytes.fromhex(paths[-1])
        elif what == 'fsync' and name in self.now:
            self.data[self.now[name]] = self.wrote[self.now[name]]
        elif what == 'fsync':
            self._sync_folder(name)
        elif what == 'rename':
            n = self.now[names[0]]
            self._name(names[0], None)
            self._name(names[1], n)
        elif what == 'link':
            self._name(names[1], self.now[names[0]])
        elif what == 'unlink':
            self._name(name, None)
        return True

    def _sync_folder(self, folder):
        later = []
        for name, n in self.waiting:
            if os.path.dirname(name) != folder:
                later.append((name, n))
            elif n is None:
                self.names.pop(name, None)
            else:
                self.names[name] = n
        self.waiting = later

    def may_be(self):
        """All the folders there may be: {name: data}, as sorted tuples."""
        out = set()
        for k in range(len(self.waiting) + 1):
            names = dict(self.names)
            for name, n in self.waiting[:k]:
                if n is None:
                    names.pop(name, None)
                else:
                    names[name] = n
            for part in (0, 0.5, 1):
                files = {}
                for name, n in names.items():
                    data, wrote = self.data[n], self.wrote[n]
                    if wrote.startswith(data):
                        data = wrote[:len(data) + int(
                            (len(wrote) - len(data)) * part)]
                    files[name] = data
                out.add(tuple(sorted(files.items())))
        return out


def write_folder(folder, files):
    os.makedirs(folder + '/commits')
    for name, data in files:
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(data)


def check_cut(files, old, new, boot):
    """Starts on it: the old or the new, whole, and nothing to complain of."""
    d = Confd()
    write_folder(d.path(''), files)
    if boot:
        d.new_boot()
    d.start(**ASAN)
    c = d.client()
    now = running(c)
    assert now in (old, new), now
    assert not c.hello.all('warning'), c.hello
    assert running(c) == json.loads(c.get(STARTUP)) or not boot
    check_alive(c, now)
    d.remove()
    return 'old' if now == old else 'new'


def cut_everywhere(name, what):
    """what(c): makes new of old, and both are startup or running."""
    t = template()
    t.start(**ASAN)
    c = t.client()
    before = Disk(t.path(''))
    old, new, boot = what(c, None)
    k = KillAt(t.popen.pid)
    what(c, new)
    lines, _ = k.end()
    t.stop()
    states = {}
    # Whatever is answered must be there for good.
    last = max(i for i, line in enumerate(lines) if line == 'send')
    for i, line in enumerate(lines):
        if before.step(line) or i == last:
            for files in before.may_be():
                states[files] = states.get(files, False) or i >= last
    with ThreadPoolExecutor(LANES) as pool:
        got = list(pool.map(lambda f: check_cut(f, old, new, boot), states))
    for outcome, answered in zip(got, states.values()):
        assert outcome == 'new' or not answered, 'answered, but lost'
    assert 'old' in got and 'new' in got, got
    print('  %s: %d states of the disk, %d old' % (
        name, len(got), got.count('old')))
    t.remove()


def test_cut_commit():
    """The machine does not go down, but the disk is as if: a commit is then
    still old or new."""
    def what(c, new):
        if new is None:
            return running(c), edit(c), False
        return c.commit('new')
    cut_everywhere('a commit', what)


def test_cut_saving():
    def what(c, new):
        if new is None:
            old = running(c)
            new = edit(c)
            c.commit()
            return old, new, True
        return c.copy(RUNNING, STARTUP)
    cut_everywhere('copy running startup', what)


def main():
    for name, f in sorted(globals().items()):
        if not name.startswith('test_') or \
                (len(sys.argv) > 1 and name[5:] not in sys.argv[1:]):
            continue
        begin = time.monotonic()
        f()
        print('ok %s (%.1f s)' % (name[5:], time.monotonic() - begin), flush=True)


if __name__ == '__main__':
    main()
