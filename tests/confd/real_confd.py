#!/usr/bin/python3
"""The real confd over its socket: killed at every step of a commit, started on
broken files, talked to by two at once and by those who talk nonsense."""
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

TOP = os.environ.get('top_srcdir', '.')
BUILD = os.environ.get('top_builddir', 'build')
sys.path.insert(0, os.path.join(TOP, 'tests', 'confd'))
from client import (AUDIT, CANDIDATE, DELETE, EDIT_DATA, FACTORY, GET_DATA, LOCK, MERGE,  # noqa
                    REPLACE, RUNNING, STARTUP, OPERATIONAL, UNLOCK, Refused, frame)
from daemon import HOSTNAME, IPSEC, LOCATION, Confd, refused, running, tunnel  # noqa: E402

HERE = os.uname().nodename


# --- the tests ---

def test_everyday():
    d = Confd().start()
    c = d.client()
    assert c.hello.get('role') == 'administrator'
    c.edit(*tunnel(1), *tunnel(2, peer='192.0.2.2'))
    c.set(LOCATION, 'in the cellar')
    n = c.commit('the first').get('commit')
    assert n == 1
    c.delete(IPSEC % 2)
    assert c.commit().get('commit') == 2
    h = c.history()
    assert [x['commit'] for x in h] == [2, 1]
    assert h[1]['comment'] == 'the first' and h[1]['from'] == 'test'
    edits = c.compare(('commit', 1), ('datastore', RUNNING))
    assert edits == [(DELETE, IPSEC % 2, None, None)], edits
    c.rollback(1)
    edits = c.compare(('datastore', RUNNING), ('datastore', CANDIDATE))
    assert edits[0] == (MERGE, IPSEC % 2, None, None), edits
    # What compare says, done, is the same again.
    was = c.get(CANDIDATE)
    c.discard()
    c.edit(*[(op, p, v) if v is not None else (op, p) for op, p, v, _ in edits])
    assert c.get(CANDIDATE) == was
    c.commit()
    c.copy(RUNNING, STARTUP)
    assert c.get(STARTUP) == c.get(RUNNING)
    c.copy(FACTORY, CANDIDATE)
    c.commit()
    assert c.get(RUNNING) is None
    refused(c.copy, STARTUP, RUNNING, text='commit')
    d.stop()
    d.start()
    assert d.client().get(RUNNING) is None        # the same boot: running stays
    d.stop()
    d.new_boot()
    d.start()
    assert d.client().get(RUNNING) == was
    d.remove()


def test_refusals():
    d = Confd().start()
    c = d.client()
    e = refused(c.edit, *[[*tunnel(1), (MERGE, IPSEC % 1 + '/dpd-delay', '0')]][0],
                text='dpd-delay is 1 to 86400 seconds', kind='invalid')
    assert e.index == 2 and e.path == IPSEC % 1 + '/dpd-delay'
    assert c.get(CANDIDATE) is None
    refused(c.set, IPSEC % 70000, text="number is 1 to 65535")
    refused(c.set, IPSEC % 1 + '/ike/cipher', 'aes128gcm',
            text='Did you mean aes128gcm12?')
    refused(c.edit, (REPLACE, IPSEC % 1 + '/ike', {
        'cipher': ['aes128gcm16'], 'auth': ['sha256'], 'dh': ['x25519']}),
        text='leave out auth', path=IPSEC % 1 + '/ike')
    e = refused(c.set, IPSEC % 1 + '/secret', 'hunter2', text='8 to 63')
    assert 'hunter2' not in str(e)
    refused(c.set, IPSEC % 1 + '/secret', '********', text='instead of a secret')
    w = c.call(EDIT_DATA, ('edit', MERGE), ('path', IPSEC % 1 + '/local-subnet'),
               ('value', '10.0.1.5/24')).get('warning')
    assert '10.0.1.0/24' in w, w
    c.discard()
    refused(c.get, RUNNING, *['/culvert-tunnel:tunnel'] * 50, text='too many')
    c.set(IPSEC % 3)
    c.set(IPSEC % 4)
    e = refused(c.commit, text='needs a secret', path=IPSEC % 3)
    assert e.paths == [IPSEC % 3] * 2 + [IPSEC % 4] * 2, e.paths
    assert len(c.history()) == 0 and c.get(RUNNING) is None
    c.discard()
    name = HERE + 'x'
    c.set(HOSTNAME, name)
    refused(c.commit, text='without the privilege', path=HOSTNAME, kind='denied')
    c.discard()
    refused(c.get, OPERATIONAL, '/culvert-tunnel:tunnel', text='ipsecd is not running')
    refused(c.action, IPSEC % 1 + '/initiate', kind='notfound')
    refused(c.call, 99, text='no operation 99')
    assert 'hunter2' not in d.said()
    d.remove()


def test_broken_startup():
    d = Confd().start()
    c = d.client()
    c.edit(*tunnel(1), *tunnel(2))
    c.commit()
    c.copy(RUNNING, STARTUP)
    good = c.get(RUNNING)
    d.stop()
    with open(d.path('startup.json')) as f:
        whole = f.read()
    half = whole[:len(whole) // 2]
    with open(d.path('startup.json'), 'w') as f:
        f.write(half)
    d.new_boot()
    d.start()
    c = d.client()
    w = ' '.join(c.hello.all('warning'))
    line = half.count('\n') + 1
    assert 'startup.json' in w and 'line %d' % line in w, w
    assert 'last commit' in w and 'horse' not in w
    said, status = shell(d, 'show version')
    assert 'line %d' % line in said and status == 0, said
    assert c.get(RUNNING) == good
    with open(d.path('startup.json')) as f:
        assert f.read() == half                      # kept as it was
    refused(c.get, STARTUP, text='startup.json')
    # Said at every log-in until it is repaired, also if confd starts again.
    d.stop()
    d.start()
    c = d.client()
    assert c.hello.all('warning') == [w], c.hello
    assert w in d.said()[d.begun:].replace('\n', ' ')
    with open(d.path('startup.json'), 'w') as f:
        f.write('{')
    assert d.client().hello.all('warning') != [w]    # another thing is wrong
    with open(d.path('startup.json'), 'w') as f:
        f.write(whole)
    assert not d.client().hello.all('warning')
    with open(d.path('startup.json'), 'w') as f:
        f.write(half)
    d.stop()
    d.new_boot()
    d.start()
    c = d.client()
    c.copy(RUNNING, STARTUP)
    assert not d.client().hello.all('warning')
    with open(d.path('startup.json.broken-1')) as f:
        assert f.read() == half
    assert c.get(STARTUP) == good
    d.stop()
    # Nothing at all is left: the factory configuration, and it is said.
    os.unlink(d.path('running'))
    shutil.rmtree(d.path('commits'))
    with open(d.path('startup.json'), 'w') as f:
        f.write('{"culvert-tunnel:tunnel": {"ipsec": [{"id": 1}]}}')
    d.start()
    c = d.client()
    w = ' '.join(c.hello.all('warning'))
    assert 'needs a secret' in w and "[id='1']" in w and 'factory' in w, w
    assert c.get(RUNNING) is None
    d.remove()


def test_always_busy():
    """Old commits go, and a restart reads few, also if there is no second
    without a commit."""
    d = Confd().start()
    c = d.client()
    end = time.monotonic() + 60
    n = most = 0
    while time.monotonic() < end:
        n += 1
        c.set(LOCATION, str(n))
        c.commit()
        now = len(os.listdir(d.path('commits')))
        if now < most:
            break
        most = now
    assert now < most, '%d commits, all of them are kept' % n
    assert len(c.history()) == 50
    d.remove()


def test_full_at_boot():
    """What the start makes of running cannot be written; nothing is committed
    on top of it until it can, and then no crash brings back startup."""
    for name in ('commits/3.tmp', 'running.tmp'):
        d = Confd().start()
        c = d.client()
        for where in ('saved', 'later'):
            c.set(LOCATION, where)
            c.commit()
            if where == 'saved':
                c.copy(RUNNING, STARTUP)
        d.kill()
        d.new_boot()
        os.mkdir(d.path(name))          # no file can be made there
        d.start()
        c = d.client()
        assert any(name[-5:] in w for w in c.hello.all('warning')), c.hello
        c.set(LOCATION, 'new')
        refused(c.commit, text='cannot write', kind='reality')
        os.rmdir(d.path(name))
        c.commit()
        numbers = [x['commit'] for x in c.history()]
        assert numbers == [4, 3, 2, 1], numbers
        for back, where in enumerate(('new', 'saved', 'later', 'saved')):
            c.rollback(back)
            assert where in c.get(CANDIDATE, LOCATION), (back, where)
        d.kill()
        d.start()
        assert 'new' in d.client().get(RUNNING, LOCATION)
        d.remove()


def test_service():
    """What systemd hears, and when it does not hear."""
    d = Confd()
    path = d.dir + '/notify'
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(60)
    d.begin(NOTIFY_SOCKET=path, WATCHDOG_USEC='200000')
    text = s.recv(1000).decode()
    assert text == 'READY=1\nSTATUS=commit 0', text
    d.client()                  # it was no lie
    for _ in range(3):
        assert s.recv(1000) == b'WATCHDOG=1'
    d.popen.send_signal(signal.SIGSTOP)         # as if it hung
    os.waitid(os.P_PID, d.popen.pid, os.WSTOPPED | os.WNOWAIT)
    s.setblocking(False)
    try:
        while True:
            s.recv(1000)
    except BlockingIOError:
        pass
    time.sleep(0.5)
    try:
        raise AssertionError('a stopped confd says %r' % s.recv(1000))
    except BlockingIOError:
        pass
    s.settimeout(60)
    d.popen.send_signal(signal.SIGCONT)
    assert s.recv(1000) == b'WATCHDOG=1'
    d.popen.send_signal(signal.SIGTERM)
    while (text := s.recv(1000)) == b'WATCHDOG=1':
        pass
    assert text == b'STOPPING=1', text
    assert d.popen.wait(20) == 0
    # Somebody else's watchdog.
    d.begin(NOTIFY_SOCKET=path, WATCHDOG_USEC='1000', WATCHDOG_PID='1')
    assert s.recv(1000).startswith(b'READY=1')
    d.client()
    s.setblocking(False)
    try:
        raise AssertionError('%r' % s.recv(1000))
    except BlockingIOError:
        pass
    s.close()
    d.remove()


def test_two_sessions():
    d = Confd().start()
    a, b = d.client(), d.client()
    a.edit(*tunnel(1, description='a'), *tunnel(2))
    a.commit()
    a.set(IPSEC % 1 + '/description', 'from a')
    b.edit((MERGE, IPSEC % 1 + '/description', 'from b'),
           (MERGE, IPSEC % 2 + '/description', 'from b'))
    a.commit()
    e = refused(b.commit, kind='conflict', path=IPSEC % 1 + '/description')
    assert e.paths == [IPSEC % 1 + '/description']
    assert 'from b' in b.get(CANDIDATE)              # nothing is lost
    b.discard()
    b.set(IPSEC % 2 + '/description', 'from b')
    a.set(IPSEC % 2 + '/peer', '192.0.2.9')
    a.commit()
    b.commit()
    two = running(a)['culvert-tunnel:tunnel']['ipsec'][1]
    assert two['description'] == 'from b' and two['peer'] == '192.0.2.9'
    d.remove()


def shell(d, text, errors=True):
    """What the shell says on standard error (or output), and its exit status."""
    p = subprocess.run([os.path.join(BUILD, 'cli', 'culvert'), '-s',
                        d.dir + '/confd.sock', '-y',
                        os.path.join(TOP, 'yang'), '-c', text],
                       capture_output=True, timeout=20)
    return (p.stderr if errors else p.stdout).decode(), p.returncode


def test_nonsense():
    """What no client of ours would send, while another one works."""
    d = Confd().start()
    good = d.client()
    good.edit(*tunnel(1))
    good.commit()
    path = d.dir + '/confd.sock'
    rnd = random.Random(1)
    for i in range(300):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        s.connect(path)
        if i % 3 == 0:
            data = rnd.randbytes(rnd.randrange(1, 200))
        else:
            data = bytearray(frame(rnd.randrange(0, 18), 0, 1, [
                rnd.choice([('datastore', rnd.randrange(7)), ('edit', rnd.randrange(7)),
                            ('path', IPSEC % rnd.randrange(3)), ('value', 'x'),
                            ('data', '{"a":[1'), ('count', rnd.randrange(1 << 32)),
                            ('commit', rnd.randrange(3)), ('version', 1)])
                for _ in range(rnd.randrange(6))]))
            if i % 3 == 2:
                for _ in range(rnd.randrange(4)):
                    data[rnd.randrange(len(data))] = rnd.randrange(256)
        try:
            s.sendall(bytes(data))
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except (ConnectionError, socket.timeout):
            pass
        s.close()
    assert good.get(RUNNING) is not None
    # One that promises much and sends nothing, one that never reads.
    lazy = socket.socket(socket.AF_UNIX)
    lazy.connect(path)
    lazy.sendall(struct.pack('!IHHI', 60 << 20, 3, 0, 1) + b'x' * 100)
    deaf = socket.socket(socket.AF_UNIX)
    deaf.connect(path)
    deaf.setblocking(False)
    request = frame(GET_DATA, 0, 1, [('datastore', RUNNING)])
    sent = 0
    try:
        while sent < 50 << 20:
            sent += deaf.send(request * 100)
    except BlockingIOError:
        pass
    time.sleep(0.3)
    begin = time.monotonic()
    assert good.get(RUNNING) is not None
    assert time.monotonic() - begin < 2
    with open('/proc/%d/status' % d.popen.pid) as f:
        rss = next(int(x.split()[1]) for x in f if x.startswith('VmRSS'))
    assert rss < 400 << 10, '%d kB resident' % rss
    lazy.close()
    deaf.close()
    d.remove()


def test_crowd():
    """Nobody keeps the others out, whoever opens how many sessions."""
    d = Confd().start()
    good = d.client()
    crowd = []
    e = None
    for _ in range(200):
        try:
            crowd.append(d.client())
        except Refused as why:
            e = why
            break
    assert e is not None and 'sessions' in e.text, e
    said, status = shell(d, 'show version')
    assert 'sessions already' in said and status == 5, said
    assert good.get(RUNNING, HOSTNAME, defaults=True) is not None
    for c in crowd:
        c.close()
    time.sleep(0.2)
    d.client().close()
    d.remove()


def test_audit():
    d = Confd().start()
    c = d.client()
    c.edit(*tunnel(1, description='one'), (MERGE, LOCATION, 'old'))
    c.commit('the first')
    c.edit((MERGE, LOCATION, 'new\twith a tab'), (DELETE, IPSEC % 1 + '/description'),
           (MERGE, IPSEC % 1 + '/secret', 'another-horse'))
    c.commit()
    c.edit(*[e for n in range(2, 32) for e in tunnel(n)])
    c.commit()
    c.copy(RUNNING, STARTUP)
    refused(c.action, IPSEC % 1 + '/initiate')
    c.discard()
    log = c.call(AUDIT)
    text = log.all('audit')
    assert text[0] == 'commit 1, 2 parts of the configuration: the first', text
    assert set(log.all('from')) == {'test'} and set(log.all('role')) == {'administrator'}
    assert len(set(log.all('user'))) == 1 and abs(log.all('time')[-1] - time.time()) < 60
    i = text.index('commit 2, 2 parts of the configuration')
    assert 'commit 2: set %s/secret ******** (was ********)' % (IPSEC % 1) in text, text
    assert 'commit 2: removed %s/description one' % (IPSEC % 1) in text, text
    assert 'commit 2: set %s new with a tab (was old)' % LOCATION in text, text
    i = text.index('commit 3, 30 parts of the configuration')
    assert text[i + 21].startswith('commit 3: and more'), text[i:]
    assert text[i + 22] == 'save', text[i + 22]
    assert text[i + 23].startswith(IPSEC % 1 + '/initiate refused: '), text[i + 23]
    assert len(text) == i + 24
    assert c.call(AUDIT, ('count', 2)).all('audit') == text[-2:]
    said, status = shell(d, 'show audit 3')
    assert status == 0, said
    # The log has the same, and neither has a secret.
    with open(d.path('audit')) as f:
        kept = f.read()
    assert kept.count('\n') == len(text)
    for where in kept, d.said():
        assert 'horse' not in where and 'set %s/secret ****' % (IPSEC % 1) in where
    assert os.stat(d.path('audit')).st_mode & 0o777 == 0o600
    # A full one is put aside, and what was before can still be read.
    d.stop()
    with open(d.path('audit'), 'a') as f:
        f.write('x' * (4 << 20) + '\n')
    d.start()
    c = d.client()
    c.set(LOCATION, 'newer')
    c.commit()
    assert os.path.getsize(d.path('audit')) < 1000
    assert os.path.exists(d.path('audit.1'))
    assert 'set %s newer (was new' % LOCATION in c.call(AUDIT).all('audit')[-1]
    d.remove()


def test_audit_lock():
    d = Confd().start()
    c, other = d.client(), d.client()
    for who, *what in (c, LOCK), (c, UNLOCK), (other, LOCK), (c, UNLOCK, ('force',)):
        who.call(*what)
    assert c.call(AUDIT).all('audit') == ['lock', 'unlock', 'lock', 'unlock force']
    d.remove()


def test_audit_forged():
    """Nobody's text hides a line of the audit log, or makes one."""
    d = Confd().start()
    c = d.client(origin='10.0.0.1\u009b2J\t\nroot')
    refused(c.set, LOCATION, 'a\u009b2J', text='control character in it (code 155)')
    # It is cut in the middle of a character, and is there all the same.
    c.set(LOCATION, 'x' * 79 + '\u00e9' * 9)
    c.commit('one\u009b1mtwo\x1b[2J\nthree')
    refused(c.action, '/' + 'commit 7: set ' * 99)
    log = c.call(AUDIT)
    text = log.all('audit')
    assert len(text) == 3 and set(log.all('from')) == {'10.0.0.1  2J  root'}, log
    assert text[0].endswith(': one  1mtwo [2J three'), text
    assert text[1].endswith('x?'), text
    assert ' refused: ' in text[2] and len(text[2]) < 500, text
    assert c.history()[0]['comment'] == 'one  1mtwo [2J three'
    said, status = shell(d, 'show audit | count', False)
    assert (said, status) == ('3\n', 0), said
    said, status = shell(d, 'show log 2000', False)
    assert status == 0 and 'ready' in said and 'audit' not in said, said
    assert d.said().count(' audit: ') == 4, d.said()   # and the show log
    d.remove()


def test_other_user():
    if os.getuid() != 0:
        print('  (not root: left out)')
        return
    d = Confd().start()
    os.chmod(d.dir, 0o711)
    c = d.client()
    c.edit(*tunnel(1))
    c.commit()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            g = d.client()
            assert g.hello.get('role') == 'guest'
            assert 'horse' not in g.get(RUNNING)
            refused(g.set, LOCATION, 'x', kind='denied')
            refused(g.commit, kind='denied')
            refused(g.get, STARTUP, kind='denied')
            refused(g.action, IPSEC % 1 + '/initiate', kind='denied')
            more = []
            try:
                for _ in range(40):
                    more.append(d.client())
            except (Refused, ConnectionError):  # it may close before we greet
                status = 0
            try:
                g.send(3, ('edit', 1), ('data', 'x' * 100000))
                g.receive()
                status = 1
            except (ConnectionError, OSError):
                pass
            try:
                os.listdir(d.dir + '/state')
                status = 1
            except PermissionError:
                pass
        except BaseException as why:
            print(repr(why), flush=True)
            status = 1
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    d.remove()


def main():
    tests = [(n, f) for n, f in sorted(globals().items()) if n.startswith('test_')]
    for name, f in tests:
        if len(sys.argv) > 1 and name[5:] not in sys.argv[1:]:
            continue
        begin = time.monotonic()
        f()
        print('ok %s (%.1f s)' % (name[5:], time.monotonic() - begin), flush=True)


if __name__ == '__main__':
    main()
