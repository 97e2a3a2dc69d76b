"""The shell on a terminal, for tests: a pseudo-terminal, keys in, text out.

    from terminal import EXEC, RealConfd, Session, check, run

    def test_something(tmp):
        with RealConfd(tmp) as confd, Session(confd) as s:
            check('protocol' in s.line('show version', EXEC))

    sys.exit(run([test_something]))

RealConfd is confd itself without ipsecd, FakeConfd a stand-in that has the state
of tunnels to show.  Several sessions may talk to one confd.  A test that fails
prints the end of what its sessions saw.  RECORD=FOLDER keeps every session as
FOLDER/SCRIPT-TEST-N.cast (asciicast v2: `asciinema play FILE`, or read it: one
line of JSON for each piece of output, with its time)."""
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

try:
    import pexpect
except ImportError:
    print('python3-pexpect is not installed')
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.environ.get('top_srcdir') or os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get('top_builddir') or os.environ.get(
    'CULVERT_BUILD') or os.path.join(SRC, 'build')
YANG = os.path.join(SRC, 'yang')
STATE = os.path.join(SRC, 'tests/cli/golden/example.json')
PATIENCE = 30       # seconds for any answer, on a machine with much else to do

EXEC, CONFIG = 'example:/#> ', 'example:/config/#> '
TUNNEL, ONE = 'example:/config/tunnel/#> ', 'example:/config/tunnel/ipsec-1/#> '
STATE_PROMPT = 'example:/tunnel/#> '


def check(condition, what=''):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what, patience=PATIENCE):
    """Until condition() is true, which is returned."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError('waited %d s in vain for: %s' % (patience, what))


def own_hostname():
    """confd sets the hostname: not that of the machine we run on."""
    if os.geteuid() == 0 and ctypes.CDLL(None).unshare(0x04000000) != 0:
        raise OSError('unshare')    # CLONE_NEWUTS


class Daemon:
    """Something that listens on self.sock for shells."""

    def __init__(self, tmp, yang=YANG):
        self.tmp, self.yang = tmp, yang
        self.sock = os.path.join(tmp, 'confd.sock')
        self.process = None
        self.start()

    def args(self):
        raise NotImplementedError

    def listens(self):
        # A socket that is bound does not listen yet.
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.sock) == 0

    def start(self):
        if os.path.exists(self.sock):
            os.unlink(self.sock)
        with open(os.path.join(self.tmp, 'confd.log'), 'a') as log:
            self.process = subprocess.Popen(self.args(), stderr=log,
                                            preexec_fn=own_hostname)
        wait_for(self.listens, 'confd to listen')

    def stop(self, sig=signal.SIGTERM):
        if self.process:
            # A test may have stopped it.  Not the other way round: SIGCONT takes away
            # the SIGSTOP by which LeakSanitizer stops it at its end, which then
            # waits for ever.
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(sig)
            self.process.wait()
        self.process = None

    def send_signal(self, sig):
        self.process.send_signal(sig)

    def log(self):
        with open(os.path.join(self.tmp, 'confd.log')) as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGTERM)


class FakeConfd(Daemon):
    """Serves one session after the other, not at once."""

    def __init__(self, tmp, yang=YANG, state=STATE):
        self.state = state
        super().__init__(tmp, yang)

    def args(self):
        return [os.path.join(BUILD, 'tests/cli/fake_confd'), self.sock,
                self.yang, self.state]


class RealConfd(Daemon):
    """Its state is in TMP/state, and stays over stop() and start()."""

    def args(self):
        state = os.path.join(self.tmp, 'state')
        os.makedirs(state, exist_ok=True)
        return [os.path.join(BUILD, 'confd/confd'), '-n', '-r', self.tmp,
                '-s', state, '-y', self.yang]


class Recorder:
    """What a terminal shows, kept: pexpect writes it here as it reads."""
    where = os.environ.get('RECORD')
    name = ''       # of the test that runs
    n = 0           # sessions of it so far

    def __init__(self, size):
        self.text = ''
        self.file = None
        self.since = time.monotonic()
        Recorder.n += 1
        if self.where:
            os.makedirs(self.where, exist_ok=True)
            self.file = open(os.path.join(self.where, '%s-%d.cast' % (
                self.name, self.n)), 'w')
            self.put({'version': 2, 'width': size[1], 'height': size[0],
                      'title': self.name})

    def put(self, line):
        if self.file:
            self.file.write(json.dumps(line) + '\n')

    def write(self, text):
        self.text = (self.text + text)[-20000:]
        self.put([round(time.monotonic() - self.since, 3), 'o', text])

    def flush(self):
        if self.file:
            self.file.flush()


class Session:
    """A shell at its first prompt."""
    all = []        # of the test that runs

    def __init__(self, daemon, size=(200, 100), args=(), env=None,
                 first=EXEC, prefix=(), history='history',
                 program='cli/culvert'):
        """size: rows and columns; so many rows that nothing is paged.
        first: the prompt to wait for, or None; prefix: a program, and its
        arguments, that starts the shell."""
        self.daemon, self.tmp = daemon, daemon.tmp
        all_env = dict(os.environ, TERM='xterm', LC_ALL='C.UTF-8', TZ='UTC',
                       INPUTRC='/dev/null',
                       CULVERT_HISTORY=os.path.join(self.tmp, history))
        all_env['NO_COLOR'] = '1'       # env={'NO_COLOR': None}: in colour
        all_env.update(env or {})
        all_env = {k: v for k, v in all_env.items() if v is not None}
        self.recorder = Recorder(size)
        command = [*prefix, os.path.join(BUILD, program), '-s',
                   daemon.sock, '-y', daemon.yang, *args]
        self.c = pexpect.spawn(command[0], command[1:], env=all_env,
                               encoding='utf-8',
                               codec_errors='replace', dimensions=size,
                               timeout=PATIENCE)
        self.c.logfile_read = self.recorder
        self.c.delaybeforesend = None
        Session.all.append(self)
        self.banner = ''
        if first:
            self.c.expect_exact(first)
            self.banner = self.c.before

    def send(self, keys):
        self.c.send(keys)

    def expect(self, pattern):
        """Until a regular expression is there; the match."""
        self.c.expect(pattern)
        return self.c.match

    def exact(self, text):
        """Until this text is there; what came before it."""
        self.c.expect_exact(text)
        return self.c.before

    def line(self, text, prompt):
        """A line, and what it printed."""
        self.c.send(text + '\r')
        out = self.exact(prompt)
        return out[out.index('\n') + 1:] if '\n' in out else ''

    def keys(self, keys, wanted):
        self.c.send(keys)
        return self.expect(wanted)

    def drain(self):
        """What is redrawn behind our back must not be taken for an answer."""
        try:
            while True:
                self.c.read_nonblocking(100000, timeout=0.25)
        except pexpect.TIMEOUT:
            pass
        self.c.buffer = ''

    def drop(self, prompt):
        """Ctrl-C: the line is gone, the session is not."""
        self.drain()
        self.c.send('\x03')
        self.c.expect('\r\n' + re.escape(prompt) + '$')

    def resize(self, rows, columns):
        self.c.setwinsize(rows, columns)

    def ended(self):
        """Waits for the end of the shell: its exit status, or -signal."""
        self.c.expect(pexpect.EOF)
        self.c.close()
        return (self.c.exitstatus if self.c.signalstatus is None
                else -self.c.signalstatus)

    def hang_up(self):
        """The terminal goes away, as when a line drops."""
        os.close(self.c.child_fd)
        self.c.child_fd = -1
        self.c.closed = True

    def gone(self):
        """Whether the shell has ended (of one that was hung up)."""
        try:
            return os.waitpid(self.c.pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    def close(self):
        if not self.c.closed:
            self.c.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def on_fake(test):
    """The test gets one session with a stand-in for confd."""
    def with_session(tmp):
        with FakeConfd(tmp) as daemon, Session(daemon) as s:
            test(s)
    with_session.__name__ = test.__name__
    return with_session


def on_confd(test):
    """The test gets one session with confd itself."""
    def with_session(tmp):
        with RealConfd(tmp) as daemon, Session(daemon) as s:
            test(s)
    with_session.__name__ = test.__name__
    return with_session


def complain(test, tmp):
    print('FAIL %s' % test.__name__)
    print(re.sub('^', '     ', traceback.format_exc(limit=-4), flags=re.M))
    for i, s in enumerate(Session.all):
        print('     session %d saw last: %r' % (i + 1, s.recorder.text[-1500:]))
    log = os.path.join(tmp, 'confd.log')
    if os.path.exists(log):
        with open(log) as f:
            print('     confd said: %s' % f.read()[-1500:])


def run(tests):
    """Each test(tmp) with a folder of its own; the exit status.  Arguments of
    the script name the tests to run: all without."""
    only = sys.argv[1:]
    failed = 0
    for test in tests:
        if only and test.__name__ not in only:
            continue
        Session.all = []
        Recorder.name = '%s-%s' % (os.path.basename(sys.argv[0]),
                                   test.__name__)
        Recorder.n = 0
        with tempfile.TemporaryDirectory(prefix='culvert-cli.') as tmp:
            since = time.monotonic()
            try:
                test(tmp)
                print('ok   %s (%.1f s)' % (test.__name__,
                                            time.monotonic() - since))
            except Exception:   # AssertionError, and all that pexpect raises
                failed += 1
                complain(test, tmp)
            for s in Session.all:
                s.close()
    return 1 if failed else 0
