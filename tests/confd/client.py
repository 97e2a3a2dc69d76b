#!/usr/bin/python3
"""A small client of Culvert's sockets (lib/msg.h, lib/proto.h), for tests.

As a program it asks one thing:
    client.py SOCKET get running [PATH...]
    client.py SOCKET set PATH [VALUE] [PATH VALUE]...
    client.py SOCKET commit
"""
import socket
import struct
import sys

(HELLO, GET_DATA, EDIT_DATA, VALIDATE, COMMIT, DISCARD, COPY, COMPARE, HISTORY,
 ROLLBACK, ACTION, PREPARE, APPLY, ABORT, NOTIFY) = range(1, 16)
IMPACT, OP_NOTICE, CONFIRM, CANCEL = range(25, 29)
LOCK, UNLOCK = 30, 31
AUDIT = 35
RUNNING, CANDIDATE, STARTUP, FACTORY, OPERATIONAL = range(1, 6)
MERGE, REPLACE, CREATE, DELETE, REMOVE = range(1, 6)
REPLY, ERROR, PART, EVENT = 1, 2, 4, 8

U32 = {'version': 1, 'datastore': 5, 'edit': 10, 'index': 12, 'count': 13,
       'confirm': 16, 'commit': 17, 'txn': 19, 'err_kind': 21,
       'impact': 50, 'untouched': 54, 'rebase': 62}
U64 = {'time': 18}
STR = {'user': 2, 'role': 3, 'from': 4, 'path': 6, 'fields': 7, 'data': 9,
       'value': 11, 'warning': 14, 'comment': 15, 'err_text': 22,
       'err_path': 23, 'old_value': 24, 'audit': 75, 'name': 51, 'last': 52, 'why': 53}
FLAG = {'defaults': 8, 'replace': 20, 'force': 61}
NAMES = {n: k for t in (U32, U64, STR, FLAG) for k, n in t.items()}
KINDS = {1: 'bug', 2: 'invalid', 3: 'reality', 4: 'resource', 5: 'denied',
         6: 'conflict', 7: 'notfound'}


def attr(name, value=None):
    if name in U32:
        body, t = struct.pack('!I', value), U32[name]
    elif name in U64:
        body, t = struct.pack('!Q', value), U64[name]
    elif name in STR:
        body, t = value.encode(), STR[name]
    else:
        body, t = b'', FLAG[name]
    return struct.pack('!HHI', t, 0, len(body)) + body


def frame(op, flags, ident, attrs):
    body = b''.join(attr(*a) for a in attrs)
    return struct.pack('!IHHI', 12 + len(body), op, flags, ident) + body


def parse(body):
    """The attributes in order, as (name, value)."""
    out, pos = [], 0
    while pos < len(body):
        t, _, n = struct.unpack_from('!HHI', body, pos)
        raw = body[pos + 8:pos + 8 + n]
        pos += 8 + n
        name = NAMES.get(t, str(t))
        if name in U32:
            out.append((name, struct.unpack('!I', raw)[0]))
        elif name in U64:
            out.append((name, struct.unpack('!Q', raw)[0]))
        elif name in STR:
            out.append((name, raw.decode()))
        else:
            out.append((name, raw))
    return out


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, attrs):
        self.attrs = attrs
        texts = [v for k, v in attrs if k == 'err_text']
        self.text = texts[0] if texts else ''
        self.texts = texts
        self.paths = [v for k, v in attrs if k == 'err_path']
        self.path = self.paths[0] if self.paths else ''
        kinds = [v for k, v in attrs if k == 'err_kind']
        self.kind = KINDS.get(kinds[0]) if kinds else None
        index = [v for k, v in attrs if k == 'index']
        self.index = index[0] if index else None
        super().__init__('%s%s' % (self.text, ' at ' + self.path
                                   if self.path else ''))


class Reply(list):
    def get(self, name, default=None):
        return next((v for k, v in self if k == name), default)

    def all(self, name):
        return [v for k, v in self if k == name]


class Client:
    def __init__(self, path, hello=True, timeout=20, origin='test'):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.ident = 0
        self.events = []        # what was said without being asked: (op, attributes)
        self.hello = self.call(HELLO, ('version', 1), ('from', origin)) \
            if hello else None

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, op, *attrs):
        self.ident += 1
        try:
            self.sock.sendall(frame(op, 0, self.ident, attrs))
        except BrokenPipeError:
            pass                # the reason may be there to read
        return self.ident

    def exactly(self, n):
        out = bytearray()
        while len(out) < n:
            piece = self.sock.recv(min(n - len(out), 1 << 20))
            if not piece:
                raise ConnectionError('confd closed the connection')
            out += piece
        return bytes(out)

    def receive(self):
        """op, flags, id, attributes"""
        n, op, flags, ident = struct.unpack('!IHHI', self.exactly(12))
        return op, flags, ident, parse(self.exactly(n - 12))

    def answer(self, ident):
        out = Reply()
        while True:
            op, flags, got, attrs = self.receive()
            if not flags & REPLY:
                self.events.append((op, Reply(attrs)))
                continue
            if got != ident and op != 0:
                continue
            out += attrs
            if flags & ERROR:
                raise Refused(out)
            if not flags & PART:
                return out

    def call(self, op, *attrs):
        return self.answer(self.send(op, *attrs))

    # --- what the shell does ---

    def get(self, ds, *paths, fields=None, defaults=False):
        attrs = [('datastore', ds)] + [('path', p) for p in paths]
        if fields:
            attrs.append(('fields', fields))
        if defaults:
            attrs.append(('defaults',))
        return self.call(GET_DATA, *attrs).get('data')

    def edit(self, *edits):
        """edits: (op, path[, value]); a dict as the value is sent as data"""
        attrs = []
        for op, path, *value in edits:
            attrs += [('edit', op), ('path', path)]
            if value and isinstance(value[0], dict):
                import json
                attrs.append(('data', json.dumps(value[0])))
            elif value:
                attrs.append(('value', value[0]))
        return self.call(EDIT_DATA, *attrs).get('count')

    def set(self, path, value=None):
        return self.edit((MERGE, path, value) if value is not None
                         else (MERGE, path))

    def delete(self, path):
        return self.edit((DELETE, path))

    def commit(self, comment=None):
        return self.call(COMMIT, *([('comment', comment)] if comment else []))

    def commit_confirmed(self, seconds):
        return self.call(COMMIT, ('confirm', seconds))

    def confirm(self):
        return self.call(CONFIRM)

    def cancel(self):
        return self.call(CANCEL)

    def validate(self):
        return self.call(VALIDATE)

    def discard(self):
        return self.call(DISCARD)

    def copy(self, src, dst):
        return self.call(COPY, ('datastore', src), ('datastore', dst))

    def compare(self, a, b):
        """(op, path, value, old) in order; a and b: ('datastore', n) or
        ('commit', n)"""
        out = []
        for name, value in self.call(COMPARE, a, b):
            if name == 'edit':
                out.append([value, None, None, None])
            else:
                out[-1][{'path': 1, 'value': 2, 'old_value': 3}[name]] = value
        return [tuple(x) for x in out]

    def history(self):
        out = []
        for name, value in self.call(HISTORY):
            if name == 'commit':
                out.append({})
            out[-1][name] = value
        return out

    def rollback(self, n):
        return self.call(ROLLBACK, ('count', n))

    def action(self, path):
        return self.call(ACTION, ('path', path))


STORES = {'running': RUNNING, 'candidate': CANDIDATE, 'startup': STARTUP,
          'factory': FACTORY, 'operational': OPERATIONAL}


def main(argv):
    if len(argv) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with Client(argv[1]) as c:
        for w in c.hello.all('warning'):
            print('warning:', w, file=sys.stderr)
        if argv[2] == 'get':
            print(c.get(STORES[argv[3]], *argv[4:]))
        elif argv[2] == 'set':
            it = iter(argv[3:])
            c.edit(*[(MERGE, p, v) for p, v in zip(it, it)])
            print(c.commit())
        elif argv[2] == 'commit':
            print(c.commit())
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv))
    except Refused as e:
        print(e, file=sys.stderr)
        sys.exit(1)
