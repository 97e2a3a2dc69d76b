#!/usr/bin/python3
"""The certificate store killed at every system call of what it does to its files:
afterwards it holds the old or the new, whole, and it can be changed as ever."""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

BUILD = os.environ.get('top_builddir', 'build')
KEEPER = os.path.join(BUILD, 'tests', 'keys', 'keeper')
KILL_AT = os.path.join(BUILD, 'tests', 'confd', 'kill_at')
LANES = 3                           # so many at a time
# The traced process has no leak checker, which would want to trace it.
ENV = dict(os.environ, ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')


class Keeper:
    def __init__(self, folder):
        self.p = subprocess.Popen([KEEPER, folder], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True, env=ENV)

    def do(self, line):
        """What it says, up to "ok"; None: it is dead."""
        try:
            self.p.stdin.write(line + '\n')
            self.p.stdin.flush()
        except BrokenPipeError:
            return None
        said = []
        while True:
            got = self.p.stdout.readline()
            if not got:
                return None
            if got == 'ok\n':
                return sorted(said)
            assert not got.startswith('no: '), '%s: %s' % (line, got)
            said.append(got.strip())

    def end(self):
        try:
            self.p.stdin.close()
        except BrokenPipeError:
            pass
        self.p.stdout.read()
        return self.p.wait()


def listing(folder):
    k = Keeper(folder)
    got = k.do('list')
    assert k.end() == 0 and got is not None
    return got


def killed(template, at, line):
    """(killed, answered, what is there then)"""
    with tempfile.TemporaryDirectory(prefix='culvert-store-') as d:
        folder = os.path.join(d, 'keys')
        shutil.copytree(template, folder)
        k = Keeper(folder)
        assert k.do('list') is not None
        ka = subprocess.Popen([KILL_AT, str(k.p.pid), str(at)], stdout=subprocess.PIPE,
                              text=True)
        assert ka.stdout.readline() == 'ready\n'
        answered = k.do(line) is not None
        if answered:
            ka.terminate()
        last = ka.stdout.read().splitlines()[-1]
        ka.wait()
        k.end()
        now = listing(folder)
        assert not [n for n in os.listdir(folder) if n.endswith('.tmp')], os.listdir(folder)
        k = Keeper(folder)                      # as ever
        assert k.do('request after') is not None and k.do('delete after') is not None
        assert k.do('list') == now and k.end() == 0
        return last.startswith('killed'), answered, now


def every_call(template, line):
    old = listing(template)
    with tempfile.TemporaryDirectory(prefix='culvert-store-') as d:
        shutil.copytree(template, d + '/keys')
        k = Keeper(d + '/keys')
        assert k.do(line) is not None and k.end() == 0
        new = listing(d + '/keys')
    assert old != new, 'nothing happens'
    seen, at, over = set(), 0, False
    with ThreadPoolExecutor(LANES) as pool:
        while not over:
            calls = range(at + 1, at + 4 * LANES + 1)
            for n, (was_killed, answered, now) in zip(
                    calls, pool.map(lambda n: killed(template, n, line), calls)):
                assert now in (old, new), '%s, killed at call %d: %s\nold: %s\nnew: %s' % (
                    line, n, now, old, new)
                assert not answered or now == new, 'call %d: answered, but lost' % n
                seen.add(str(now))
                over = over or not was_killed
                at += was_killed
    assert at > 4 and len(seen) == 2, (at, seen)
    print('ok: %s: killed at %d calls' % (' '.join(line.split()[:3]), at), flush=True)


def main():
    with tempfile.TemporaryDirectory(prefix='culvert-store-') as d:
        pki, template = d + '/pki', d + '/keys'
        os.mkdir(template)
        subprocess.run([os.path.join(BUILD, 'tests/pki/mkpki'), '-g', pki], check=True)
        for name in ('alice', 'bob'):
            with open(pki + '/%s-all.pem' % name, 'w') as out:
                for part in ('-chain.pem', '.key'):
                    with open(pki + '/' + name + part) as f:
                        out.write(f.read())
        with open(pki + '/bob-all.pem') as f:
            assert 'PRIVATE KEY' in f.read()
        k = Keeper(template)
        for line in ('import ca corp %s/root.pem' % pki, 'import local gw %s/alice-all.pem' % pki,
                     'request next'):
            assert k.do(line) is not None
        assert k.end() == 0
        every_call(template, 'import local gw %s/bob-all.pem' % pki)
        every_call(template, 'request fresh')
        every_call(template, 'delete corp')


sys.exit(main())
