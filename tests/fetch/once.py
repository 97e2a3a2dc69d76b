#!/usr/bin/python3
"""culvert-fetch with a URL, against a server that does everything wrong."""
import concurrent.futures
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile                                                  # noqa: E402

BUILD = os.environ.get("top_builddir") or os.path.join(os.path.dirname(__file__), "../../build")
FETCH = os.environ.get("CULVERT_FETCH") or os.path.join(BUILD, "ipsecd/culvert-fetch")
SECONDS = 10
FILE = os.urandom(100000)
SMALL = b"0123456789" * 20

# path, what is said of it (None: it comes), the octets that come.
ROWS = (
    ("file", None, FILE), ("chunks/file", None, FILE), ("no-length/file", None, FILE),
    ("hops/1/file", None, FILE), ("hops/3/file", None, FILE), ("slow/1/file", None, FILE),
    ("redirect/307//file", None, FILE), ("file?a=b%20c", None, FILE),
    ("file#part", None, FILE),
    ("html", None, b"<html>Please log in.</html>"),
    ("short/file", None, FILE[:50000]),
    ("hang", r"took the connection to port \d+, but answered nothing in 10 s", None),
    ("hang-head/file", r"took the connection to port \d+, but answered nothing in 10 s|"
     r"of its answer \S+ sent only 0 octets in 10 s", None),
    ("hang-body/file", "of its answer 127.0.0.1 sent only 50000 octets in 10 s", None),
    ("drip/small", r"of its answer 127.0.0.1 sent only \d\d octets in 10 s", None),
    ("endless-interim", "the head of the answer is longer than 64 kB", None),
    ("cut/file", "ends before it is whole", None),
    ("cut-chunks/file", "ends before it is whole", None),
    ("long", "is longer than 10 MB", None), ("endless", "is longer than 10 MB", None),
    ("endless-chunks", "is longer than 10 MB", None),
    ("endless-head", "the head of the answer is longer than 64 kB", None),
    ("gzip/file", "comes in the encoding 'gzip'", None),
    ("bomb", "comes in the encoding 'gzip, chunked'", None),
    ("empty", "is empty", None), ("empty-file", "is empty", None),
    ("nothing", "closed the connection without an answer", None),
    ("garbage", "is not HTTP", None),
    ("nope", "answers 404 Not Found$", None),
    ("status/500", r"answers 500 Some\?phrase\?\[31m$", None),
    ("status/204", "answers 204 ", None), ("status/206", "answers 206 ", None),
    ("status/304", "answers 304 ", None),
    ("loop", "leads from one place to the next more than 3 times", None),
    ("hops/4/file", "leads from one place to the next more than 3 times", None),
    ("redirect/302/file:///etc/passwd", "leads to file:///etc/passwd, which is refused: a "
     "redirect goes to http or https", None),
    ("redirect/302/ldap://127.0.0.1/x", "leads to ldap://127.0.0.1/x, which is refused: only", None),
    ("redirect/301/gopher://127.0.0.1:70/_x", "which is refused: only http", None),
    ("redirect/302/http://a:b@127.0.0.1/", "a user's name or a password", None),
    ("redirect/302/http://0x7f000001/", "neither the name of a host nor", None),
    ("redirect/302///0x7f000001/", "neither the name of a host nor", None),
    ("redirect/302/HTTP:nowhere", "leads nowhere|which is refused", None),
    ("redirect/302/http:///", "its Location is no URL|which is refused", None),
    ("redirect/302/http://127.0.0.1:1/x", r"127\.0\.0\.1 refuses connections to TCP port 1", None),
    ("redirect/302/", "leads nowhere|answers 302", None),
    ("far", "leads nowhere", None),
)

# What never leaves this system.
URLS = (
    ("", "only http://"), ("http", "only http://"), ("http:", "only http://"),
    ("127.0.0.1/x", "only http://"), ("//127.0.0.1/x", "only http://"),
    ("http:/127.0.0.1/x", "only http://"), ("http:///x", "names no host"),
    ("http://:80/x", "names no host"), ("ftp://127.0.0.1/x", "only http://"),
    ("scp://127.0.0.1/x", "only http://"), ("dict://127.0.0.1/x", "only http://"),
    ("http://user@127.0.0.1/x", "a user's name or a password"),
    ("http://user:secret@127.0.0.1/x", "a user's name or a password"),
    ("http://127.0.0.1:0/x", "number from 1 to 65535"),
    ("http://127.0.0.1:65536/x", "number from 1 to 65535"),
    ("http://127.0.0.1:4294967376/x", "number from 1 to 65535"),
    ("http://127.0.0.1:/x", "number from 1 to 65535"),
    ("http://127.0.0.1:+80/x", "number from 1 to 65535"),
    ("http://127.0.0.1:80a/x", "number from 1 to 65535"),
    ("http://127.1/x", "neither the name"), ("http://2130706433/x", "neither the name"),
    ("http://0177.0.0.1/x", "neither the name"), ("http://0x7f.1/x", "neither the name"),
    ("http://127.0.0.1.2/x", "neither the name"), ("http://[127.0.0.1]/x", "neither the name"),
    ("http://::1/x", "number from|neither the name"), ("http://[::1/x", "number from|neither the name"),
    ("http://[fe80::1%25lo]/x", "neither the name"), ("http://a..b/x", "neither the name"),
    ("http://-a/x", "neither the name"), ("http://%6c/x", "neither the name"),
    ("http://" + "a" * 64 + ".b/x", "neither the name"),
    ("http://" + "a." * 127 + "a/x", "longer than 253"),
    ("http://h/" + "x" * 1024, "longer than 1024"),
    ("http://h/a b", "no character 0x20"), ("http://h/a\r\nX: y", "no character 0x0d"),
    ("http://h/\x1b[31m", "no character 0x1b"), ("http://h/\u00e9", "no character 0xc3"),
    ("http://h\\@127.0.0.1/", "no character 0x5c"), ("http://h/%zz", "hexadecimal"),
    ("http://h/%", "hexadecimal"), ("http://h/{a,b}", "no character 0x7b"),
    ("http://h/<>", "no character 0x3c"),
    ("file://host/x", "file:///FOLDER/NAME"), ("file:x", "only http://"),
    ("file:///a%00b", "no character 0x00"), ("file:///a?b", "is written %3F"),
    ("file:///dev/zero", "no regular file"), ("file:///dev/null", "no regular file"),
    ("file:///", "no regular file"), ("file:///nonexistent/x", "No such file"),
    ("http://nowhere.invalid/x", "the host name nowhere.invalid is not found|no name server told"),
    ("http://127.0.0.1:1/x", "refuses connections to TCP port 1"),
)

failures = []


def fetch(url, *options):
    """status, octets, what was said, seconds"""
    start = time.monotonic()
    env = {"PATH": "/usr/bin:/bin", "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "x:1",
           **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}}
    p = subprocess.run([FETCH, *options, url], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=60, env=env)
    return (p.returncode, p.stdout, p.stderr.decode(errors="replace").strip(),
            time.monotonic() - start)


def check(ok, what, *more):
    print("ok:" if ok else "FAILED:", what, *(() if ok else more), flush=True)
    if not ok:
        failures.append(what)


def judge(url, got, said, octets):
    status, out, err, seconds = got
    if said is None:
        check((status, err) == (0, "") and out == octets, ascii(url[:80]), status, len(out), err)
        return
    check(status == 1 and out == b"" and re.search(said, err) and
          err.startswith("culvert-fetch: ") and len(err.splitlines()) == 1 and err.isprintable(),
          "%s: %s" % (ascii(url[:80]), said), status, len(out), err)
    # Late is a matter of the machine; endless would be a matter of ours.
    if "in 10 s" in err:
        check(seconds > SECONDS - 0.5, "%s: not before 10 s" % ascii(url[:80]), seconds)


def in_parallel(rows):
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for row, got in [(r, pool.submit(fetch, r[0], *r[3:])) for r in rows]:
            judge(row[0], got.result(), *row[1:3])


def certificate(folder):
    cert, key = folder + "/cert.pem", folder + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def silent():
    """Takes connections, at the end of a queue that nobody empties, and says nothing."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(128)
    return s


def full(at_end):
    """Takes no more connections: what is sent to it is lost."""
    s = at_end.enter_context(socket.socket())
    s.bind(("127.0.0.1", 0))
    s.listen(0)
    for _ in range(4):
        c = at_end.enter_context(socket.socket())
        c.setblocking(False)
        c.connect_ex(s.getsockname())
    return s


def files(folder):
    os.mkfifo(folder + "/pipe")
    os.symlink(folder + "/file", folder + "/link")
    with open(folder + "/a b", "wb") as f:
        f.write(SMALL)
    with open(folder + "/big", "wb") as f:
        f.truncate((10 << 20) + 1)
    at = "file://" + folder
    yield from ((at + "/file", None, FILE), (at + "/a%20b", None, SMALL),
                ("file://localhost" + folder + "/file", None, FILE),
                ("FILE://" + folder + "/file", None, FILE),
                (at + "/pipe", "no regular file", None), (at + "/link", "symbolic link", None),
                (at + "/big", "longer than 10 MB", None),
                (at + "/file", None, FILE, "--most", "100000"),
                (at + "/file", "longer than 99999 octets", None, "--most", "99999"),
                (at + "/empty-file", "is empty", None))


def sized(server):
    yield server.url("file"), None, FILE, "--most", "100000"
    for path in ("file", "chunks/file", "no-length/file"):
        yield server.url(path), "longer than 99999 octets", None, "--most", "99999"


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, octets in (("file", FILE), ("small", SMALL), ("empty-file", b"")):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(octets)
        tls = certificate(folder)
        with hostile.Server(folder) as s, hostile.Server(folder, tls=tls) as secure, \
                silent() as mute, contextlib.ExitStack() as at_end:
            full_url = "127.0.0.1:%d/x" % full(at_end).getsockname()[1]
            mute_url = "127.0.0.1:%d/x" % mute.getsockname()[1]
            rows = [(s.url(path), said, octets) for path, said, octets in ROWS]
            rows += [(secure.url("file"), "the certificate of 127.0.0.1 is not trusted", None),
                     ("http://" + mute_url, "but answered nothing in 10 s", None),
                     ("https://" + mute_url, "no TLS came about in 10 s", None),
                     (s.url("garbage").replace("http:", "https:"), "no TLS came about in 10 s", None),
                     ("http://" + full_url, "does not answer on TCP port", None)]
            rows += [*sized(s), *files(folder)]
            in_parallel(rows)
            told = set(path for _, path in s.requests)
            check("/file" in told and not any("passwd" in p for _, p in s.requests if
                                              p != "/redirect/302/file:///etc/passwd"),
                  "the server was asked what it should be asked")
        in_parallel([(url, said, None) for url, said in URLS])
    for options, said in ((["-m", "0"], "a number"), (["-m", "1x"], "a number"), ([], "one URL"),
                          (["a", "b"], "one URL"), (["--child", "fetch", "-f"], "only ipsecd starts")):
        p = subprocess.run([FETCH, *options], stdin=subprocess.DEVNULL, capture_output=True,
                           text=True)
        check(p.returncode != 0 and said in p.stderr, " ".join(options) or "no argument",
              p.stderr)
    print("%d failures" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
