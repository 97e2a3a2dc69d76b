#!/usr/bin/python3
"""Every command, every setting and every action as administrator, operator and
guest: whoever is below the least role that may is told so, and nothing happens."""
import re

import lab

UIDS = {"admin": (64100, [64000]), "operator": (64101, [64001]), "guest": (64102, [])}
ORDER = ["guest", "operator", "admin"]
G, O, A = ORDER
DENIED = "needs the role|only an administrator"

# The words of cli/builtin.c: a line that uses them, and the least role for it.
COMMANDS = {
    "config": ("config", O), "do": ("config; do show version", O),
    "no": ("config system no location", O), "default": ("config system default location", O),
    "show": ("config; show", O), "show changes": ("show changes", O),
    "show candidate": ("show candidate", O), "show running-config": ("show running-config", G),
    "show startup-config": ("show startup-config", O),
    "show factory-config": ("show factory-config", O), "show commits": ("show commits", O),
    "show sessions": ("show sessions", O), "compare": ("compare", O),
    "show audit": ("show audit | count", A), "show log": ("show log | count", O),
    "show version": ("show version", G), "commit": ("config; commit", O),
    "commit check": ("config; commit check", O),
    "commit comment": ("config; commit comment x", O),
    "commit confirmed": ("config; commit confirmed", O),
    "commit confirm": ("config; commit confirm", O),
    "commit cancel": ("config; commit cancel", O), "leave": ("config; leave", O),
    "abort": ("config; abort", O), "rebase": ("config; rebase", O), "lock": ("config; lock", O),
    "unlock": ("config; lock; unlock", O), "rollback": ("config; rollback 0", O),
    "load": ("config; load merge /nonexistent", O),
    "load merge": ("config; load merge /nonexistent", O),
    "load replace": ("config; load replace /nonexistent", O),
    "load override": ("config; load override /nonexistent", O),
    "copy": ("copy /nonexistent candidate", O),
    "copy running-config": ("copy running-config /nonexistent/x", O),
    "copy running-config startup-config": ("copy running-config startup-config", O),
    "copy running-config candidate": ("copy running-config candidate", O),
    "copy startup-config": ("copy startup-config /nonexistent/x", O),
    "copy startup-config candidate": ("copy startup-config candidate; config; abort", O),
    "copy startup-config running-config": ("copy startup-config running-config", O),
    "copy factory-config": ("copy factory-config /nonexistent/x", O),
    "copy factory-config candidate": ("copy factory-config candidate; config; abort", O),
    "copy factory-config startup-config": ("copy factory-config startup-config", A),
    "copy candidate": ("copy candidate /nonexistent/x", O),
    "/": ("/", G), "..": ("..", G), "tech-support": ("tech-support /nonexistent/x", O),
    "ping": ("ping 127.0.0.1 count 1", O), "traceroute": ("traceroute 127.0.0.1", O),
    "end": ("tunnel; end", G), "exit": ("exit", G), "quit": ("quit", G), "logout": ("logout", G),
    "help": ("help", G), "terminal": ("terminal length", G),
    "terminal length": ("terminal length 0", G), "history": ("history", G),
    # The last, for as an administrator it is done.
    "copy factory-config running-config": ("copy factory-config running-config", A),
}
# The nodes of the models, by context: a setting that changes something.
SETTINGS = {
    "system": {"hostname other": A, "banner hello": A, "idle-timeout 10m": A,
               "location elsewhere": O, "contact somebody": O},
    "tunnel": {"ipsec 2": A, "no ipsec 1": A},
    "tunnel ipsec 1": {
        "no enable": O, "description other": O, "version 2": A, "initiator": A,
        "local-address 127.0.0.2": A, "peer 127.0.0.8": A, "local-id x": A, "remote-id x": A,
        "local-subnet 10.7.0.0/16": A, "remote-subnet 10.8.0.0/16": A, "method psk": A,
        "secret another-secret": A, "ppk-id someone": A, "ppk 0123456789012345": A,
        "ppk-required": A, "certificate label": A, "ca label": A, "revocation strict": A,
        "ike cipher aes256 auth sha256 dh ecp256": A, "esp cipher aes256 auth sha256": A,
        "dpd-action clear": A, "dpd-delay 33": A, "dpd-timeout 44": A, "sa-rekey-time 5h": A,
        "reauth-time 7h": A, "mobike": A},
}
ACTIONS = {"initiate": O, "terminate": O, "rekey": O, "reauth": O, "rekey-ike": O,
           "ipsec restart": O,
           "monitor": O, "ipsec monitor": O}
CERTIFICATES = {"import": ("import ca corp /nonexistent.pem", A), "generate": ("generate gw1", A),
                "request": ("request gw1", O), "export": ("export gw1", G),
                "delete": ("delete gw1", A), "refresh": ("crl refresh", O)}
# What a command asks for, which is above.
OF_COMMANDS = {"log"}
CONFIG = """config
system location here
system contact me
tunnel ipsec 1
local-address 127.0.0.1
peer 127.0.0.9
local-id a
remote-id b
local-subnet 10.0.1.0/24
remote-subnet 10.0.2.0/24
secret a-good-secret-it-is
description one
leave
copy running-config startup-config
"""


def source(name):
    with open("%s/%s" % (lab.TOP, name)) as f:
        return f.read()


def as_role(culvert, role, line):
    uid, groups = UIDS[role]
    groups = ["--groups=" + ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return culvert.node.run("setpriv", "--reuid=%d" % uid, "--regid=%d" % uid, *groups,
                            "/run/bin/culvert", "-s", "/run/culvert/confd.sock", "-y", "/run/yang",
                            "-c", line, ok=False,
                            env={**culvert.env, "HOME": "/run/home", "LC_ALL": "C.UTF-8"})


def judge(culvert, what, line, least, roles=ORDER):
    for role in roles:
        status, out = as_role(culvert, role, line)
        denied = bool(re.search(DENIED, out))
        if denied != (ORDER.index(role) < ORDER.index(least)) or (denied and status == 0):
            raise lab.Failure("'%s' (%s) as %s, least %s: status %d\n%s"
                              % (what, line, role, least, status, out))


def every_command(culvert):
    words = re.findall(r'^\{ "([^"]+)"', source("cli/builtin.c"), re.M)
    missing = sorted(set(words) - set(COMMANDS))
    lab.check(not missing, "there is a row for every command %s" % (missing or ""))
    for w in COMMANDS:
        judge(culvert, w, *COMMANDS[w])
    lab.say("ok: %d commands as each role" % len(COMMANDS))


def every_setting(culvert):
    total = 0
    for context, rows in SETTINGS.items():
        out = culvert.cli("config %s\nhelp | no-more\n" % context)
        there = set(re.findall(r"^(?:\[no\] )?([a-z][a-z0-9-]*)", out, re.M))
        have = {re.sub("^no ", "", r).split()[0] for r in rows}
        known = {w.split()[0] for w in COMMANDS}
        missing = sorted(there - have - known)
        lab.check(not missing, "there is a row for every setting of %s %s"
                  % (context, missing or ""))
        for setting, least in rows.items():
            # A guest does not get as far as that: "config" is a row of its own.
            judge(culvert, setting, "config %s; %s; abort" % (context, setting), least, (O, A))
            total += 1
    lab.say("ok: %d settings as operator and administrator" % total)


def every_action(culvert):
    names = set()
    for module in ("tunnel", "system", "certificate"):
        for name, body in re.findall(r"^\s+action (\S+) \{(.*?)^\s+\}$",
                                     source("yang/culvert-%s.yang" % module), re.M | re.S):
            words = re.search(r'cv:command "([^"]+)"', body)
            names.add((module, words[1] if words else name))
    tunnel = {n for m, n in names if m == "tunnel"} - OF_COMMANDS
    missing = sorted(tunnel - set(ACTIONS))
    lab.check(tunnel and not missing, "there is a row for every action %s" % (missing or ""))
    for name in sorted(tunnel):
        judge(culvert, name, "tunnel %s%s" % ("" if " " in name else "ipsec 1 ", name),
              ACTIONS[name])
    certificate = {n for m, n in names if m == "certificate"}
    missing = sorted(certificate - set(CERTIFICATES))
    lab.check(certificate and not missing, "there is a row for every action of certificates %s"
              % (missing or ""))
    for line, least in CERTIFICATES.values():
        judge(culvert, line, "certificate " + line, least)
    lab.say("ok: %d actions as each role" % (len(tunnel) + len(certificate)))


def scenario(world):
    gw = world.node("gw")
    gw.run("sh", "-c", "mkdir -p /run/bin; install -d -m 777 /run/home; "
           "mknod -m 666 /run/null c 1 3; mount --bind /run/null /dev/null; "
           "grep -v ^culvert- /etc/group >/run/group; "
           "echo culvert-admin:x:64000: >>/run/group; "
           "echo culvert-operator:x:64001: >>/run/group; "
           "mount --bind /run/group /etc/group")
    culvert = lab.Culvert(gw, start=False)
    gw.run("install", "-m", "755", culvert.program("culvert"), "/run/bin/culvert")
    culvert.start_confd()
    culvert.cli(CONFIG)
    before = culvert.running()
    every_setting(culvert)
    every_action(culvert)
    lab.check(culvert.running() == before, "the configuration is what it was")
    every_command(culvert)


lab.main(scenario)
