#!/usr/bin/python3
"""A web server as a CRL's distribution point must not be.

    hostile.py [--tls CERT KEY] [--log FILE] ADDRESS PORT FOLDER

serves the files of FOLDER, under their names as they should be, and behind one of
these words as they should not:

    /FILE                   whole, at once
    /slow/SECONDS/FILE      whole, later
    /hang                   the request is read, and nothing answered
    /hang-head/FILE         half of a header line, then nothing
    /hang-body/FILE         half of the file, then nothing
    /drip/FILE              an octet every fifth of a second
    /cut/FILE               half of the length that the head tells
    /cut-chunks/FILE        chunks without their end
    /chunks/FILE            in chunks, whole
    /no-length/FILE         ends with the connection, whole
    /short/FILE             the head tells half of its length
    /long                   the head tells 1 TB, and zeros begin to come
    /endless, /endless-chunks, /endless-head, /endless-interim
    /gzip/FILE              packed
    /bomb                   1 GB packed to 1 MB, as a Transfer-Encoding
    /html                   200 and a page for people
    /empty                  200 and nothing
    /nothing                the connection is closed
    /garbage                no HTTP
    /status/CODE            that status, with control characters in its phrase
    /redirect/CODE/URL      leads there (the rest of the path, as it is)
    /hops/N/FILE            N redirects to it
    /loop                   leads to itself
    /far                    leads to a URL that is too long
    /echo                   POST: what was sent, and as what type

Also a class, Server, in the process of a test; every request is in its list
requests, and a line of the log: METHOD PATH.
"""
import argparse
import gzip
import os
import socket
import socketserver
import ssl
import sys
import threading
import time
import zlib

BEAT = 0.2


def head(code, *lines):
    return ("HTTP/1.1 %s\r\n" % code + "".join(x + "\r\n" for x in lines) + "\r\n").encode()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        server = self.server
        try:
            if server.tls:
                self.request = server.tls.wrap_socket(self.request, server_side=True)
            self.f = self.request.makefile("rb")
            words = self.f.readline(8192).decode("latin-1").split()
            length, kind = 0, ""
            while (line := self.f.readline(8192).decode("latin-1").strip()):
                name, _, value = line.partition(":")
                if name.lower() == "content-length":
                    length = int(value)
                elif name.lower() == "content-type":
                    kind = value.strip()
            if len(words) != 3:
                return
            server.note(words[0], words[1])
            self.body, self.kind = self.f.read(length), kind
            self.answer(words[1])
        except (OSError, ValueError):
            pass                # the other end has had enough

    def answer(self, path):
        word, _, rest = path.lstrip("/").partition("/")
        deed = getattr(self, "do_" + word.replace("-", "_"), None)
        if deed:
            deed(rest)
        else:
            self.whole(path)

    def send(self, *what):
        for x in what:
            self.request.sendall(x)

    def octets(self, name):
        path = os.path.join(self.server.folder, name.split("?")[0].lstrip("/"))
        if ".." in path or not os.path.isfile(path):
            self.send(head("404 Not Found", "Content-Length: 0"))
            raise ValueError
        with open(path, "rb") as f:
            return f.read()

    def whole(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Content-Type: application/pkix-crl",
                       "Content-Length: %d" % len(data)), data)

    def hang(self):
        """Until the other end goes, or the server."""
        self.request.settimeout(None)
        while not self.server.closing and self.request.recv(4096):
            pass

    def do_slow(self, rest):
        seconds, _, name = rest.partition("/")
        time.sleep(float(seconds))
        self.whole(name)

    def do_hang(self, _):
        self.hang()

    def do_hang_head(self, _):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        self.hang()

    def do_hang_body(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Content-Length: %d" % len(data)), data[:len(data) // 2])
        self.hang()

    def do_drip(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Content-Length: %d" % len(data)))
        for i in range(len(data)):
            self.send(data[i:i + 1])
            time.sleep(BEAT)

    def do_cut(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Content-Length: %d" % len(data)), data[:len(data) // 2])

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def do_cut_chunks(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Transfer-Encoding: chunked"))
        self.chunk(data[:len(data) // 2])

    def do_chunks(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Transfer-Encoding: chunked"))
        for i in range(0, len(data), 1000):
            self.chunk(data[i:i + 1000])
        self.send(b"0\r\nTrailer: yes\r\n\r\n")

    def do_no_length(self, name):
        self.send(head("200 OK"), self.octets(name))

    def do_short(self, name):
        data = self.octets(name)
        self.send(head("200 OK", "Content-Length: %d" % (len(data) // 2)), data)

    def do_long(self, _):
        self.send(head("200 OK", "Content-Length: %d" % (1 << 40)))
        self.zeros()

    def zeros(self):
        zeros = bytes(65536)
        while not self.server.closing:
            self.send(zeros)

    def do_endless(self, _):
        self.send(head("200 OK"))
        self.zeros()

    def do_endless_chunks(self, _):
        self.send(head("200 OK", "Transfer-Encoding: chunked"))
        zeros = bytes(65536)
        while not self.server.closing:
            self.chunk(zeros)

    def do_endless_head(self, _):
        self.send(b"HTTP/1.1 200 OK\r\n")
        while not self.server.closing:
            self.send(b"X-Again: " + b"x" * 1000 + b"\r\n")

    def do_endless_interim(self, _):
        while not self.server.closing:
            self.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

    def do_gzip(self, name):
        data = gzip.compress(self.octets(name))
        self.send(head("200 OK", "Content-Encoding: gzip", "Content-Length: %d" % len(data)),
                  data)

    def do_bomb(self, _):
        self.send(head("200 OK", "Transfer-Encoding: gzip, chunked"))
        z = zlib.compressobj(wbits=31)
        zeros = bytes(1 << 20)
        for _ in range(1024):
            if (data := z.compress(zeros)):
                self.chunk(data)
        self.chunk(z.flush())
        self.send(b"0\r\n\r\n")

    def do_html(self, _):
        page = b"<html>Please log in.</html>"
        self.send(head("200 OK", "Content-Type: text/html", "Content-Length: %d" % len(page)),
                  page)

    def do_empty(self, _):
        self.send(head("200 OK", "Content-Length: 0"))

    def do_nothing(self, _):
        pass

    def do_garbage(self, _):
        self.send(b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(range(256)))

    def do_status(self, code):
        self.send(head(code + " Some\tphrase\x1b[31m", "Content-Length: 4"), b"body")

    def redirect(self, code, to):
        self.send(head(code + " Elsewhere", "Location: " + to, "Content-Length: 4"), b"body")

    def do_redirect(self, rest):
        code, _, to = rest.partition("/")
        self.redirect(code, to)

    def do_hops(self, rest):
        n, _, name = rest.partition("/")
        self.redirect("302", "/hops/%d/%s" % (int(n) - 1, name) if int(n) > 1 else "/" + name)

    def do_loop(self, _):
        self.redirect("302", "/loop")

    def do_far(self, _):
        self.redirect("302", "/" + "x" * 3000)

    def do_echo(self, _):
        data = self.kind.encode() + b"\n" + self.body
        self.send(head("200 OK", "Content-Length: %d" % len(data)), data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder, address="127.0.0.1", port=0, tls=None, log=None):
        """tls: paths of certificate and key."""
        self.folder, self.log, self.closing, self.requests = folder, log, False, []
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls)
        super().__init__((address, port), Handler)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        self.shutdown()
        self.server_close()

    def url(self, path, host=None):
        address, port = self.server_address[:2]
        host = host or ("[%s]" % address if ":" in address else address)
        return "%s://%s:%d/%s" % ("https" if self.tls else "http", host, port,
                                  path.lstrip("/"))

    def note(self, method, path):
        self.requests.append((method, path))
        if self.log:
            with open(self.log, "a") as f:
                f.write("%s %s\n" % (method, path))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    p.add_argument("--log")
    p.add_argument("address")
    p.add_argument("port", type=int)
    p.add_argument("folder")
    a = p.parse_args()
    with Server(a.folder, a.address, a.port, a.tls, a.log) as s:
        print("serving", s.url(""), flush=True)
        s.thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
