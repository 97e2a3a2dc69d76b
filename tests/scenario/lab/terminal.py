"""The shell of a Culvert on a terminal."""
import os

import pexpect

from .core import Failure

PATIENCE = 30


class Terminal:
    def __init__(self, culvert, size=(60, 200)):
        argv = culvert.node.inside(culvert.shell())
        env = {**os.environ, **culvert.env, "TERM": "xterm", "LC_ALL": "C.UTF-8",
               "INPUTRC": "/dev/null", "CULVERT_HISTORY": ""}
        self.seen = ""
        self.prompt = r"/#> $"
        self.c = pexpect.spawn(argv[0], argv[1:], env=env, encoding="utf-8",
                               codec_errors="replace", dimensions=size, timeout=PATIENCE)
        self.c.delaybeforesend = None
        self.c.logfile_read = self
        self.wait(self.prompt)

    # pexpect's log
    def write(self, text):
        self.seen = (self.seen + text)[-100000:]

    def flush(self):
        pass

    def wait(self, regex):
        """Until it is there; what came before it."""
        try:
            self.c.expect(regex)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Failure("'%s' did not appear on the terminal:\n%s"
                          % (regex, self.seen[-3000:]))
        return self.c.before

    def send(self, line):
        self.c.send(line + "\r")

    def run(self, line):
        """What a line printed, up to the next prompt."""
        self.send(line)
        out = self.wait(self.prompt)
        return out.partition("\n")[2]

    def interrupt(self):
        """Ctrl-C; what came until the next prompt."""
        self.c.send("\x03")
        return self.wait(self.prompt)

    def close(self):
        self.c.close(force=True)
