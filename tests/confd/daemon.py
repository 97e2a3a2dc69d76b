"""A confd of a test's own, in a folder of its own, without privileges."""
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get('top_srcdir', '.')
BUILD = os.environ.get('top_builddir', 'build')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import MERGE, RUNNING, Client, Refused  # noqa: E402

HOSTNAME = '/culvert-system:system/hostname'
LOCATION = '/culvert-system:system/location'
IPSEC = "/culvert-tunnel:tunnel/ipsec[id='%d']"


class Confd:
    def __init__(self, folder=None, yang=None):
        self.dir = folder or tempfile.mkdtemp(prefix='culvert-test-')
        self.yang = yang or os.path.join(TOP, 'yang')
        self.popen = None
        self.log = os.path.join(self.dir, 'log')

    def begin(self, stopped=False, **env):
        """Starts it; `stopped`: before its first instruction, for somebody who
        wants to stand beside it."""
        command = [os.path.join(BUILD, 'confd', 'confd'), '-n', '-r', self.dir,
                   '-s', self.dir + '/state', '-y', self.yang,
                   '-f', self.dir + '/factory.json']
        if stopped:
            command = ['/bin/sh', '-c', 'kill -STOP $$; exec "$0" "$@"', *command]
        self.begun = len(self.said())
        with open(self.log, 'a') as log:
            self.popen = subprocess.Popen(command, env={**os.environ, **env},
                                          stderr=log)
        atexit.register(self.popen.kill)     # also when the test fails
        return self

    def wait_ready(self):
        for _ in range(1500):
            if 'ready' in self.said()[self.begun:]:
                return self
            if self.popen.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError('confd does not start:\n' + self.said())

    def start(self, **env):
        return self.begin(**env).wait_ready()

    def client(self, **kw):
        return Client(self.dir + '/confd.sock', **kw)

    def said(self):
        try:
            with open(self.log, errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def stop(self):
        self.popen.send_signal(signal.SIGTERM)
        status = self.popen.wait(20)
        assert status == 0, 'confd ended with %d:\n%s' % (status, self.said())

    def path(self, name):
        return os.path.join(self.dir, 'state', name)

    def new_boot(self):
        """As if the machine had been started again."""
        with open('/proc/sys/kernel/random/boot_id') as f:
            now = f.read().strip().encode()
        with open(self.path('running'), 'rb') as f:
            data = f.read()
        assert now in data
        with open(self.path('running'), 'wb') as f:
            f.write(data.replace(now, b'0' * len(now)))

    def remove(self):
        if self.popen.poll() is None:
            self.stop()
        assert 'ERROR: AddressSanitizer' not in self.said(), self.said()
        assert 'runtime error' not in self.said(), self.said()
        shutil.rmtree(self.dir)


def refused(f, *args, text='', path=None, kind=None):
    try:
        f(*args)
    except Refused as e:
        assert text in e.text, '"%s" is not in "%s"' % (text, e.text)
        assert path is None or e.path == path, e.path
        assert kind is None or e.kind == kind, e.kind
        return e
    raise AssertionError('not refused: %s %s' % (f.__name__, args))


def tunnel(n, **more):
    leaves = {'secret': 'correct-horse-%d' % n, 'local-address': '192.0.2.1',
              **{k.replace('_', '-'): v for k, v in more.items()}}
    return [(MERGE, (IPSEC % n) + '/' + k, v) for k, v in leaves.items()]


def wait_for(what, condition, seconds=60):
    """Until condition() is true; it says itself why not, if it returns text."""
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got and not isinstance(got, str):
            return got
        if time.monotonic() > end:
            raise AssertionError('%s: not within %d seconds%s' % (
                what, seconds, ': ' + got if got else ''))
        time.sleep(0.01)


def running(c):
    return json.loads(c.get(RUNNING) or '{}')
