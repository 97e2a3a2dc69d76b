"""Owners of the test's own: what confd hands to ipsecd and ipsecd-keys."""
import json
import os
import random
import socket
import struct
import threading
import time

from client import (ABORT, ACTION, APPLY, ERROR, GET_DATA, HELLO, PREPARE, REPLY,
                    frame, parse)

TUNNEL = 'culvert-tunnel:tunnel'


class No(Exception):
    """What _do() raises to refuse: a sentence, and where."""

    def __init__(self, text, path=None):
        super().__init__(text)
        self.path = path


class Owner:
    """Answers at RUNDIR/NAME.sock as an owner does, and keeps in `state` what
    was applied: {'ipsec': {id: entry}, 'rest': {...}}.  slow: seconds that an
    answer may take at most."""

    def __init__(self, rundir, name, slow=0.0):
        self.path = os.path.join(rundir, name + '.sock')
        self.state = {'ipsec': {}, 'rest': {}}
        self.prepared = {}              # transaction: the state it leads to
        self.applied = 0
        self.whole = 0                  # how often all was handed over
        self.slow = slow
        self.random = random.Random(name)
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(5)
        self.conn = None
        self.over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.over = True
        for s in (self.socket, self.conn):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except (OSError, AttributeError):
                pass
        self.thread.join(10)
        self.socket.close()
        os.unlink(self.path)

    def tunnels(self):
        with self.lock:
            return dict(self.state['ipsec'])

    def _serve(self):
        while not self.over:
            try:
                self.conn, _ = self.socket.accept()
            except OSError:
                return
            try:
                self._talk(self.conn)
            except (ConnectionError, OSError):
                pass
            self.prepared.clear()       # a transaction is of one connection
            self.conn.close()

    @staticmethod
    def _exactly(conn, n):
        out = bytearray()
        while len(out) < n:
            piece = conn.recv(n - len(out))
            if not piece:
                raise ConnectionError
            out += piece
        return bytes(out)

    def _talk(self, conn):
        while True:
            n, op, _, ident = struct.unpack('!IHHI', self._exactly(conn, 12))
            attrs = parse(self._exactly(conn, n - 12))
            if self.slow:
                time.sleep(self.random.random() * self.slow)
            try:
                reply = self._do(op, attrs) or []
            except No as e:
                conn.sendall(frame(op, REPLY | ERROR, ident, [
                    ('err_kind', 3), ('err_text', str(e))] +
                    ([('err_path', e.path)] if e.path else [])))
                continue
            conn.sendall(frame(op, REPLY, ident,
                               [('version', 1)] if op == HELLO else reply))

    def _do(self, op, attrs):
        txn = next((v for k, v in attrs if k == 'txn'), None)
        if op == PREPARE:
            self.prepared[txn] = self._change(attrs)
        elif op == ABORT:
            self.prepared.pop(txn, None)
        elif op == APPLY:
            assert txn in self.prepared, 'applied without being prepared'
            with self.lock:
                self.state = self.prepared.pop(txn)
                self.applied += 1
        elif op == ACTION:
            given = next((v for k, v in attrs if k == 'data'), '{}')
            return self.action(dict(attrs)['path'], json.loads(given))
        elif op == GET_DATA:
            return self.get(dict(attrs)['path'])

    def action(self, path, given):
        """The attributes of the answer, or No."""
        raise No('there is no action ' + path)

    def get(self, path):
        raise No('there is no state at ' + path)

    def _change(self, attrs):
        """The state after what a prepare says."""
        if any(k == 'replace' for k, _ in attrs):
            self.whole += 1
            new = {'ipsec': {}, 'rest': {}}
        else:
            new = {'ipsec': dict(self.state['ipsec']),
                   'rest': self.state['rest']}
        for k, v in attrs:
            if k == 'path' and '/ipsec[' in v:
                new['ipsec'].pop(int(v.split("'")[1]), None)
            elif k == 'data':
                data = json.loads(v).get(TUNNEL, {})
                new['ipsec'].update((t['id'], t) for t in data.get('ipsec', []))
                rest = {k: v for k, v in data.items() if k != 'ipsec'}
                if rest:
                    new['rest'] = rest
        return new


def both(rundir, **kw):
    return Owner(rundir, 'ipsecd', **kw), Owner(rundir, 'ipsecd-keys', **kw)


def agree(owners, config):
    """True, or how what they hold differs from the configuration."""
    tunnels = {t['id']: t for t in config.get(TUNNEL, {}).get('ipsec', [])}
    secrets = ('secret', 'ppk')
    shared = ('certificate', 'ca', 'enable', 'version', 'local-address', 'peer', 'method')
    ike = {i: {k: v for k, v in t.items() if k not in secrets}
           for i, t in tunnels.items()}
    keys = {i: {k: v for k, v in t.items() if k in secrets + shared}
            for i, t in tunnels.items()}
    got = owners[0].tunnels()
    if {i: {k: v for k, v in t.items() if k not in secrets}
            for i, t in got.items()} != ike:
        return 'ipsecd has %s, not %s' % (got, ike)
    got = {i: {k: v for k, v in t.items() if k != 'id'}
           for i, t in owners[1].tunnels().items()}
    if got != keys:
        return 'ipsecd-keys has %s, not %s' % (got, keys)
    return True
