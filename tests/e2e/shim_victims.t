#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Victims of tests/apps behave the same with and without the shim; and are captured. Prints TAP.

    shim_victims.t [--build DIR] [--only NAME[,NAME]]

Each victim runs without the shim first; what it prints and how it ends is the reference. Then with
the shim while the collector is there, absent, slow, stopped (SIGSTOP) and killed midway. With a
working collector what was captured is compared too: ringdump shows what left the process.
"""
import argparse
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
APPS = os.path.join(TESTS, "apps")
SECRET = "5ec2e7"  # in every victim's signature and token
TIMEOUT = 60


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def check(self, good, name, detail=""):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good:
            for line in str(detail).splitlines()[:40]:
                print(f"# {line}")

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)


def run(argv, env, **more):
    """(stdout, exit status) of a victim; what it writes to stderr counts as output."""
    try:
        p = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=TIMEOUT, **more)
        return p.stdout.decode(errors="replace"), p.returncode
    except subprocess.TimeoutExpired as e:
        return (e.stdout or b"").decode(errors="replace") + "[timeout]", None


class Collector:
    """ringdump behind a socket, its output in a file."""

    def __init__(self, work, ringdump, delay=None):
        self.path = os.path.join(work, "collector.sock")
        self.out = os.path.join(work, "dump.out")
        args = [ringdump] + (["-d", str(delay)] if delay else []) + [self.path]
        with open(self.out, "wb") as f:
            self.p = subprocess.Popen(args, stdout=f)
        while b"ready\n" not in open(self.out, "rb").read():
            time.sleep(0.01)

    def stop(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGCONT)
            self.p.terminate()
        self.p.wait()
        with open(self.out, errors="replace") as f:
            return f.read()


class Suite:
    def __init__(self, build, tap):
        self.tap = tap
        self.work = tempfile.mkdtemp(prefix="lp-shim-")
        self.bin = os.path.join(self.work, "bin")
        os.mkdir(self.bin)
        self.lib = os.path.join(self.work, "libleastpriv.so")
        shutil.copy(os.path.join(build, "libleastpriv.so"), self.lib)
        self.cc = os.environ.get("CC", "cc").split()
        self.ringdump = self.compile("ringdump", flags=["-I" + os.path.join(ROOT, "include")])
        self.env = {k: v for k, v in os.environ.items()
                    if k not in ("LD_PRELOAD", "LEASTPRIV_SOCKET", "AWS_CSM_PORT")}
        self.start_server()

    def compile(self, name, out=None, flags=(), libs=None):
        src = os.path.join(APPS, name + ".c")
        out = os.path.join(self.bin, out or name)
        named = re.search(r"LDLIBS: ([^*\n]*)", open(src).read())
        if libs is None:
            libs = named.group(1).split() if named else []
        subprocess.run(self.cc + ["-std=c11", "-D_GNU_SOURCE", "-O1", "-o", out, src, *flags,
                                  *libs], check=True)
        return out

    def start_server(self):
        cert, key = os.path.join(self.work, "cert.pem"), os.path.join(self.work, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", cert], check=True,
                       stderr=subprocess.DEVNULL)
        self.server = subprocess.Popen([sys.executable,
                                        os.path.join(TESTS, "e2e", "shim_server.py"), cert, key],
                                       stdout=subprocess.PIPE)
        plain, tls = self.server.stdout.readline().split()
        self.env.update(V_HTTP=plain.decode(), V_TLS=tls.decode(), V_CERT=cert, V_KEY=key)

    def close(self):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.work)

    def victim(self, name, argv, env=None, expect=None, status=0, **more):
        """Runs one victim in all conditions; `expect` are (pattern, count) of ringdump's lines."""
        base = dict(self.env, **(env or {}))
        want = run(argv, base, **more)
        self.tap.check(want[1] == status, f"{name}: runs without the shim", want)
        shim = dict(base, LD_PRELOAD=self.lib)

        collector = Collector(self.work, self.ringdump)
        got = run(argv, shim, **more)
        dump = collector.stop()
        self.tap.check(got == want, f"{name}: the same with the shim", f"{want}\n{got}")
        for pattern, count in expect or []:
            seen = len(re.findall(pattern, dump, re.M))
            self.tap.check(seen == count, f"{name}: captured {pattern}",
                           f"{seen} instead of {count}\n{dump}")
        if expect:
            self.tap.check(SECRET not in dump, f"{name}: no secret left the process", dump)

        got = run(argv, shim, **more)
        self.tap.check(got == want, f"{name}: the same without a collector", f"{want}\n{got}")

        collector = Collector(self.work, self.ringdump, delay=300)
        got = run(argv, shim, **more)
        collector.stop()
        self.tap.check(got == want, f"{name}: the same with a slow collector", f"{want}\n{got}")

        collector = Collector(self.work, self.ringdump)
        collector.p.send_signal(signal.SIGSTOP)
        got = run(argv, shim, **more)
        collector.stop()
        self.tap.check(got == want, f"{name}: the same with a stopped collector",
                       f"{want}\n{got}")

        collector = Collector(self.work, self.ringdump)
        killer = subprocess.Popen(["sh", "-c", f"sleep 0.05; kill -9 {collector.p.pid}"])
        got = run(argv, shim, **more)
        killer.wait()
        collector.p.wait()
        self.tap.check(got == want, f"{name}: the same when the collector is killed",
                       f"{want}\n{got}")


def request(path, method="GET", kind="(tls|plain)"):
    return rf"^\d+ \d+ \d+ REQUEST(_BARE)? {kind} {method} {path} HTTP"


def responses(kind="(tls|plain)"):
    return rf"^\d+ \d+ \d+ RESPONSE {kind} HTTP/1.[01] 200"


def threads(s, name="threads", command=()):
    s.victim(name, [*command, s.compile("threads")],
             expect=[(request(r"/threads/\d+-\d+"), 200), (responses(), 200),
                     (r" (LOST|drops|gap) ", 0)])


def sanitized(s):
    for how in ("address", "thread"):
        s.victim(f"sanitized: {how}", [s.compile("threads", out=f"sanitized-{how}", flags=[f"-fsanitize={how}"])],
                 expect=[(request(r"/threads/\d+-\d+"), 200)])


def confined(s):
    for how in ([], ["seccomp"], ["prctl"]):
        s.victim(" ".join(["confined"] + how), [s.compile("confined")] + how,
                 expect=[(request("/confined/before"), 2), (r" NOT_FOLLOWED ", 3)])
    # What was refused is said, and taken back.
    s.victim("not confined", [s.compile("confined"), "seccomp", "only"],
             expect=[(request("/confined/before"), 2), (r" NOT_FOLLOWED ", 2)])
    s.victim("confined threads", [s.compile("confined"), "threads"], expect=[(r" NOT_FOLLOWED ", 1)])


def filtered(s):
    s.victim("filtered", [s.compile("filtered")],
             expect=[(request("/filtered"), 1), (responses(), 1)])


def rooted(s):
    """Where the shim cannot be found, the loader has nothing to complain about."""
    if os.geteuid():
        s.tap.skip("rooted", "only root may change its root directory")
        return
    root = os.path.join(s.work, "root")
    for program in ("/bin/echo", "/bin/sh"):
        listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, check=True).stdout.decode()
        for path in [program] + re.findall(r"(/\S+) \(0x", listed):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            shutil.copy(path, root + path)
    s.victim("rooted", ["chroot", root, "/bin/echo", "here"])
    s.victim("rooted shell", [s.compile("rooted"), root],
             expect=[(request("/rooted"), 1),
                     (r" NOT_FOLLOWED plain the shim is not below its root directory%00/bin/sh", 4)])


def setuid(s):
    """To a program with rights of its own its starter does not say where the collector is."""
    victim = os.path.join(s.bin, "id")
    shutil.copy("/usr/bin/id", victim)
    # In a view of the files of its own, /etc/ld.so.preload brings the shim to every program.
    inside = (f"mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work && mount -t overlay none /etc"
              f" -o lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work"
              f" && echo {s.lib} > /etc/ld.so.preload && setpriv --reuid=65534 --clear-groups {victim} -u")
    if os.geteuid() or run(["unshare", "-m", "sh", "-c", inside], s.env)[1] != 0:
        s.tap.skip("setuid", "no mount namespace with an overlay here")
        return
    os.chmod(s.work, 0o755)
    for mode, hellos in ((0o755, 1), (0o4755, 0)):
        os.chmod(victim, mode)
        place = tempfile.mkdtemp(prefix="lp-shim-evil-")
        os.chmod(place, 0o777)
        collector = Collector(place, s.ringdump)
        os.chmod(collector.path, 0o777)
        got = run(["unshare", "-m", "sh", "-c", inside], dict(s.env, LEASTPRIV_SOCKET=collector.path))
        dump = collector.stop()
        shutil.rmtree(place)
        if mode == 0o4755 and got[0].strip() != "0":
            s.tap.skip("setuid", "the file system ignores it")
            return
        s.tap.check(got[1] == 0 and len(re.findall(rf"hello START .*{victim}", dump)) == hellos,
                    f"setuid: mode {mode:o} says {hellos} hellos where its starter wants", (got, dump))


def notes(s):
    """A library whose header of notes leads to where nothing is."""
    lib = s.compile("early_lib", "libnotes.so", ["-shared", "-fPIC"])
    with open(lib, "r+b") as f:
        image = bytearray(f.read())
        at, = struct.unpack_from("<Q", image, 32)
        for i in range(struct.unpack_from("<H", image, 56)[0]):
            if struct.unpack_from("<I", image, at + 56 * i)[0] == 4:  # PT_NOTE
                struct.pack_into("<QQ", image, at + 56 * i + 16, 1 << 40, 1 << 40)
        f.seek(0)
        f.write(image)
    s.victim("notes", [s.compile("notes"), lib])


def frugal(s):
    for how in ([], ["addresses"]):
        s.victim(" ".join(["frugal"] + how), [s.compile("frugal")] + how,
                 expect=[(request("/frugal/once"), 1), (responses(), 1)])


def locked(s):
    for how in ([], ["late"]):
        s.victim(" ".join(["locked"] + how), [s.compile("locked")] + how,
                 expect=[(request("/locked/once"), 1), (responses(), 1)])


def starved(s):
    """A program that has hardly enough memory to start is left alone, but that is said."""
    app = s.compile("locked", out="starved")
    env = dict(s.env, LD_PRELOAD=s.lib)
    for kib in range(2000, 20000, 100):
        command = ["sh", "-c", f"ulimit -v {kib}; exec {app}"]
        if run(command, env)[1] == 0:
            break
    collector = Collector(s.work, s.ringdump)
    got = run(command, env)
    dump = collector.stop()
    s.tap.check(got[1] == 0, "starved: runs with the shim", got)
    s.tap.check(re.search(r" hello KICK drops=1 ", dump), "starved: it is said that something is lost", dump)


def limited(s):
    """A ring is a file, of which the kernel kills who may not make one so large: it is lent one."""
    threads(s, "limited", ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"])


def shared(s):
    s.victim("shared", [s.compile("shared")],
             expect=[(request("/shared/(first|second)", "(PUT|GET)"), 2), (responses(), 2)])


def multipath(s):
    s.victim("multipath", [s.compile("multipath")], expect=[(request("/multipath"), 1), (responses(), 1)])


def small(s):
    """Little is left of a thread's stack."""
    s.victim("small", [s.compile("small")],
             expect=[(request("/small", kind="plain"), 2), (responses("plain"), 2),
                     (r" (LOST|drops|gap) ", 0)])


def duplex(s):
    s.victim("duplex", [s.compile("duplex")],
             expect=[(request(r"/duplex/\d+"), 500), (responses("plain"), 500),
                     (r" (LOST|drops|gap) ", 0)])


def overtaken(s):
    """Where a write comes back after the answer, who reads that waits; not for long, on a busy machine."""
    late = s.compile("late_lib", "liblate.so", ["-shared", "-fPIC"])
    app = s.compile("duplex", "overtaken", ["-DROUNDS=1", "-Wl,--no-as-needed", late])
    for _ in range(3):
        collector = Collector(s.work, s.ringdump)
        got = run([app], dict(s.env, LD_PRELOAD=s.lib))
        dump = collector.stop()
        if re.search(responses("plain"), dump, re.M):
            break
    s.tap.check(got == ("1 of 1\n", 0) and re.search(responses("plain"), dump, re.M),
                "overtaken: the first answer has its request", (got, dump))


def blind(s):
    """What cannot be decoded and goes to AWS is named; what goes elsewhere is nobody's business."""
    s.victim("blind", [s.compile("blind"), "sqs.us-east-1.amazonaws.com", "www.example.org",
                       "+sns.us-east-1.amazonaws.com"],
             expect=[(r" REACHED plain s[qn]s\.us-east-1\.amazonaws\.com$", 2), (r" REACHED ", 2)])


def forks(s):
    s.victim("forks", [s.compile("forks")],
             expect=[(request("/fork/child-inherited"), 1), (request("/fork/child-own"), 1),
                     (request("/fork/tls-[a-z]+(-[12])?"), 3), (request(r"/fork/storm-\d+"), 20)])


def held(s):
    s.victim("held", [s.compile("held")], expect=[(request("/held/child", kind="tls"), 1), (responses("tls"), 1)])


def vforks(s):
    s.victim("vforks", [s.compile("vforks")],
             expect=[(request("/vfork/[012]", kind="plain"), 3),
                     (request("/vfork/[012]", kind="tls"), 3), (responses(), 6)])


def closeall(s):
    s.victim("closeall", [s.compile("closeall")],
             expect=[(request("/closeall/[a-z-]+"), 5), (responses(), 5)])


def twossl(s):
    for i in "12":
        copy = s.compile("fakessl", f"libfakessl{i}.so", ["-shared", "-fPIC", f"-DLP_COPY={i}"])
        s.compile("sslplugin", f"plugin{i}.so", ["-shared", "-fPIC", "-O2", copy])
    argv = [s.compile("twossl")] + [os.path.join(s.bin, f"plugin{i}.so") for i in "12"]
    s.victim("twossl", argv)


def local(s):
    """CPython loads libssl RTLD_LOCAL and calls only the _ex functions."""
    aio = os.path.join(APPS, "aio.py")
    s.victim("asyncio", [os.path.realpath(sys.executable), aio],
             expect=[(request(r"/aio/\d-\d", kind="tls"), 30), (responses("tls"), 30)])


def login(s):
    """A database's password that IAM checks is a presigned URL, in the middle of another protocol; a broker's, too. Mail and
    Cassandra name the key."""
    path = r"/\?Action=connect&DBUser=lp&\S*"
    s.victim("login", [s.compile("login")],
             expect=[(request(path, kind="tls"), 1), (r"Host: db\.abc\.us-east-1\.rds\.amazonaws\.com:5432", 1),
                     (request(r"/\?Action=kafka-cluster%253AConnect&\S*", kind="tls"), 1), (r"Host: kafka\.us-east-1\.amazonaws\.com", 1),
                     (request(r"/\?Action=SendRawEmail&\S*", kind="tls"), 1), (r"Host: email-smtp\.\*", 1),
                     (request(r"/authenticate\?\S*", kind="tls"), 1), (r"Host: cassandra\.\*", 1)])


def early(s):
    lib = s.compile("early_lib", "libearly.so", ["-shared", "-fPIC"])
    s.victim("early", [s.compile("early", flags=["-Wl,--no-as-needed", lib])],
             expect=[(request("/early/[a-z]+"), 3), (responses(), 3)])


def waits(s):
    lib = s.compile("waits_lib", "libwaits.so", ["-shared", "-fPIC"])
    s.victim("waits", [s.compile("waits"), lib], expect=[(request("/waits"), 1), (responses(), 1)])


def reloads(s):
    plugins = []
    for i in "123":
        lib = s.compile("reloads_lib", f"libreloads{i}.so", ["-shared", "-fPIC", "-DID=" + i])
        plugins.append(s.compile("reloads_lib", f"reloads{i}.so", ["-shared", "-fPIC", "-Wl,--no-as-needed", lib]))
    s.victim("reloads", [s.compile("reloads"), *plugins])


def signals(s):
    s.victim("signals", [s.compile("signals")], expect=[(request("/signals", "PUT"), 200)])


def starts(s):
    s.victim("starts", [s.compile("starts")],
             expect=[(request("/starts/[A-Za-z_-]+"), 16), (r" RING .*starts$", 16)])


def pidfds(s):
    """By libc, where it has that, else by what stands in for it; and by a library that has it in any case."""
    expect = [(request("/pidfds/pidfd_spawnp?"), 2), (r" RING .*pidfds", 2)]
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as e:
        s.tap.skip("pidfd_spawn", f"pidfd_open: {e}")
        return
    s.victim("pidfd_spawn", [s.compile("pidfds")], expect=expect)
    library = s.compile("pidfds", "libpidfds.so", ["-DV_LIBRARY", "-shared", "-fPIC"])
    s.victim("pidfd_spawn of a library", [s.compile("pidfds", "by-library", ["-Wl,--no-as-needed", library])],
             expect=[(request("/pidfds/pidfd_spawnp?"), 2)])


def listed(s):
    """What a program would load, as bundlers ask."""
    list_it = "ldd /bin/true; env -i PATH=$PATH ldd /bin/true; /lib64/ld-linux-x86-64.so.2 --list /bin/true"
    s.victim("ldd", ["sh", "-c", "{ " + list_it + "; } | sed 's/ (.*//'"])


def crowded(s):
    s.victim("crowded", [s.compile("crowded")])


def csm(s):
    record = r"^\d+ 0 0 CSM plain .*\"Api\":\"V[46]\w+\""
    for env, name, n in (({}, "csm", 21), ({"V_CSM": "31999", "V_OVERWRITE": "1"}, "csm on another port", 21),
                         ({"V_CSM": "31998", "V_AGAIN": "1"}, "csm on another port, if none was chosen", 29)):
        s.victim(name, [s.compile("csm")], env=env, expect=[(record, n)])


def errnos(s):
    s.victim("errnos", [s.compile("errnos")], expect=[(request("/errnos"), 1)])


def killed(s):
    app = s.compile("killed")
    for args in ([], ["tls"]):
        s.victim("killed " + (args or ["plain"])[0], [app] + args, status=-9,
                 expect=[(request("/killed"), 1)])


def dups(s):
    s.victim("dups", [s.compile("dups")],
             expect=[(request("/dups/(copy|second|third|before-stream|over)"), 5), (responses(), 5),
                     ("not-sent", 0)])


def peeks(s):
    s.victim("peeks", [s.compile("peeks")], expect=[(request("/peeks/[a-z]+"), 3), (responses(), 2)])


def vectors(s):
    s.victim("vectors", [s.compile("vectors")], expect=[(request("/vectors/[a-z]+"), 3), (responses(), 3)])


def gnutls(s):
    try:
        app = s.compile("gnutls")
    except subprocess.CalledProcessError:
        s.tap.skip("gnutls", "no GnuTLS headers")
        return
    s.victim("gnutls", [app], expect=[(request("/gnutls/[a-z0-9]+", "PUT", "tls"), 5),
                                      (responses("tls"), 5), (r" LOST ", 0)])


STATIC_SSL = ["-Wl,-Bstatic", "-lssl", "-lcrypto", "-Wl,-Bdynamic", "-ldl", "-lpthread"]


def requests_of(name):
    return [(request(f"/methods/{name}-[012]-[01]", "PUT", "tls"), 6), (responses("tls"), 6),
            (r" (LOST|drops|gap) ", 0)]


def methods(s):
    """OpenSSL behind dlsym and RTLD_DEEPBIND: no call goes through a symbol."""
    app = s.compile("methods", "by-dlsym", ["-DV_DLSYM"], ["-ldl"])
    for when in ("first", "late", "kernel"):
        s.victim(f"dlsym, {when}", [app, when], expect=requests_of(when))
    host = s.compile("methods", "host", ["-DV_HOST", "-Wl,-rpath,$ORIGIN"], ["-ldl"])
    plugin = s.compile("methods", "libdeep.so", ["-DV_PLUGIN", "-shared", "-fPIC"])
    # Its connect() and its OpenSSL are its own, as chdb's; found by the program's RUNPATH.
    s.victim("all of it under RTLD_DEEPBIND", [host, "deep", os.path.basename(plugin)],
             expect=requests_of("plugin"))
    # Such a library's own connect() is not ours either; here the program has libssl, as PHP has.
    deep = s.compile("methods", "deep-host", ["-DV_HOST", "-Wl,--no-as-needed"],
                     ["-lssl", "-lcrypto", "-ldl"])
    s.victim("RTLD_DEEPBIND", [deep, "deep", plugin], expect=requests_of("plugin"))
    other = os.path.join(s.bin, "libother.so")
    shutil.copy(plugin, other)
    s.victim("loads", [s.compile("loads"), plugin, other])
    s.victim("RTLD_LOCAL, twice", [host, plugin, plugin],
             expect=[(pattern, 2 * n) for pattern, n in requests_of("plugin")])
    if [int(n) for n in os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")] < [2, 35]:
        s.tap.skip("dlmopen", "glibc before 2.35 does not tell what is in other namespaces")
        return
    # Once: two copies in two namespaces mix up what is a thread's, as each has a libc of its own.
    s.victim("dlmopen", [host, "space", plugin], expect=requests_of("plugin"))


def methods_static(s):
    """OpenSSL inside the program or a library, without a symbol."""
    hidden = ["-s", "-Wl,--exclude-libs,ALL"]
    try:
        s.compile("methods", "static-pie", hidden + ["-pie", "-fPIE"], STATIC_SSL)
    except subprocess.CalledProcessError:
        s.tap.skip("static OpenSSL", "no libssl.a that links here")
        return
    s.compile("methods", "static-fixed", hidden + ["-no-pie"], STATIC_SSL)
    for name in ("static-pie", "static-fixed"):
        s.victim(name, [os.path.join(s.bin, name)], expect=requests_of("program"))
    app = s.compile("threads", "static-threads", hidden, STATIC_SSL)
    s.victim("static-threads", [app],
             expect=[(request(r"/threads/\d+-\d+"), 200), (responses(), 200),
                     (r" (LOST|drops|gap) ", 0)])
    app = s.compile("forks", "static-forks", hidden, STATIC_SSL)
    s.victim("static-forks", [app],
             expect=[(request("/fork/child-own"), 1), (request("/fork/tls-[a-z]+(-[12])?"), 3),
                     (request(r"/fork/storm-\d+"), 20)])
    app = s.compile("blind", "static-blind", hidden, STATIC_SSL)
    s.victim("static-blind", [app, "sqs.us-east-1.amazonaws.com", "www.example.org"],
             expect=[(r" REACHED plain sqs\.us-east-1\.amazonaws\.com$", 1), (r" REACHED ", 1)])
    host = s.compile("methods", "host", ["-DV_HOST"], ["-ldl"])
    shared = s.compile("methods", "libbundled0.so",
                       hidden + ["-DV_PLUGIN", "-shared", "-fPIC"], STATIC_SSL)
    copies = [shared]
    for i in range(1, 10):
        copies.append(os.path.join(s.bin, f"libbundled{i}.so"))
        shutil.copy(shared, copies[-1])
    s.victim("ten bundled copies", [host] + copies,
             expect=[(request("/methods/plugin-[012]-[01]", "PUT", "tls"), 10 * 6)])
    # More at once than are followed: the rest work as ever.
    s.victim("ten bundled copies at once", [host, "keep"] + copies,
             expect=[(request("/methods/plugin-[012]-[01]", "PUT", "tls"), 8 * 6)])


def node(s):
    if not shutil.which("node"):
        s.tap.skip("node", "no node here")
        return
    s.victim("node", ["node", "--no-warnings", os.path.join(APPS, "methods.js")],
             env={"NODE_TLS_REJECT_UNAUTHORIZED": "0"},
             expect=[(request(r"/node/request-\d+", "PUT", "tls"), 20),
                     (request("/node/fetch-[0-4]", "POST", "tls"), 5), (responses("tls"), 25),
                     (r" (LOST|drops|gap) ", 0)])
    # Server and client in one process: only what the client sends is a request.
    s.victim("all of node's https", ["node", "--no-warnings", os.path.join(APPS, "https.js")],
             expect=[(request(r"/https/\d+", "GET", "tls"), 64), (r" REQUEST(_BARE)? ", 64),
                     (r" (LOST|drops|gap) ", 0)])


def php(s):
    """PHP loads its extensions under RTLD_DEEPBIND."""
    if not shutil.which("php") or b"curl" not in subprocess.run(
            ["php", "-m"], stdout=subprocess.PIPE).stdout:
        s.tap.skip("php", "no PHP with ext/curl here")
        return
    s.victim("php", ["php", os.path.join(APPS, "methods.php")],
             expect=[(request("/php/[0-9]", "PUT", "tls"), 10), (responses("tls"), 10),
                     (r" (LOST|drops|gap) ", 0)])


def unreachable(s):
    """Programs that cannot be entered are named, and run as ever."""
    still = s.compile("still", flags=["-static"])
    os.chmod(s.work, 0o755)
    s.victim("static", ["sh", "-c", still], status=4,
             expect=[(rf"NOT_FOLLOWED plain static%00{still}$", 1)])
    script = os.path.join(s.bin, "script")
    with open(script, "w") as f:
        f.write(f"#!{still}\n")
    os.chmod(script, 0o755)
    s.victim("script of a static program", ["sh", "-c", script], status=4,
             expect=[(rf"NOT_FOLLOWED plain static%00{script}$", 1)])
    other = os.path.join(s.bin, "setuid")
    s.compile("still", "setuid")
    if os.geteuid() == 0:
        os.chown(other, 65534, 65534)
        os.chmod(other, 0o4755)
        s.victim("setuid", ["sh", "-c", other], status=4,
                 expect=[(rf"NOT_FOLLOWED plain setuid%00{other}$", 1)])
    else:
        s.tap.skip("setuid", "needs root")
    s.victim("env -i", ["env", "-i", "V_HTTP=" + s.env["V_HTTP"], s.compile("errnos")],
             expect=[(request("/errnos"), 1)])
    for name, cc, flags in (("musl", "musl-gcc", []), ("32-bit", s.cc[0], ["-m32"])):
        src, out = os.path.join(APPS, "still.c"), os.path.join(s.bin, "still-" + name)
        if not shutil.which(cc) or subprocess.run([cc, *flags, "-o", out, src],
                                                  stderr=subprocess.DEVNULL).returncode:
            s.tap.skip(name, f"{cc} {' '.join(flags)} builds nothing here")
            continue
        s.victim(name, ["sh", "-c", out], status=4)


def jumps(s):
    s.victim("jumps", [s.compile("jumps")],
             expect=[(request("/jumps/[a-z]+", kind="tls"), 5), (responses("tls"), 5),
                     (request("/jumps/plain", kind="plain"), 1),
                     (r" (LOST|drops|gap) ", 0)])


def asks(s):
    """A program of each libc that does not forget what failed before it asks what did."""
    s.victim("asks", [s.compile("asks")])
    if not shutil.which("musl-gcc"):
        s.tap.skip("asks musl", "no musl-gcc here")
        return
    out = os.path.join(s.bin, "asks-musl")
    subprocess.run(["musl-gcc", "-o", out, os.path.join(APPS, "asks.c")], check=True)
    s.victim("asks musl", [out])


def moved(s):
    """A collector that is replaced in the middle of a run gets what its predecessor did not read."""
    app = s.compile("pacer")
    shim = dict(s.env, LD_PRELOAD=s.lib)
    first = Collector(s.work, s.ringdump)
    p = subprocess.Popen([app], env=shim, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rounds(n):
        p.stdin.write(b"x" * n)
        p.stdin.flush()
        for _ in range(n):
            p.stdout.readline()
    rounds(10)
    first.p.kill()
    first.p.wait()
    time.sleep(0.4)
    before = open(first.out).read()
    rounds(20)
    second = Collector(s.work, s.ringdump)
    time.sleep(1)
    rounds(10)
    p.stdin.close()
    s.tap.check(p.wait() == 0, "moved: the program ends well")
    after = second.stop()
    seen = set(re.findall(r"GET /pacer/(\d+) ", before + after))
    s.tap.check(seen == {str(i) for i in range(40)}, "moved: no request is lost",
                f"{sorted(seen)}\n{before}\n---\n{after}")


def exports(s):
    """The library shows exactly the hooks that the version script names."""
    listed = re.findall(r"^\t(\w+);$", open(os.path.join(ROOT, "preload/libleastpriv.map")).read(),
                        re.M)
    out = subprocess.run(["nm", "-D", "--defined-only", s.lib], stdout=subprocess.PIPE, check=True)
    shown = [line.split()[-1] for line in out.stdout.decode().splitlines()]
    s.tap.check(sorted(listed) == sorted(shown), "exports: the hooks and nothing else",
                set(listed) ^ set(shown))
    out = subprocess.run(["objdump", "-T", s.lib], stdout=subprocess.PIPE, check=True)
    versions = {tuple(int(x) for x in v.split("."))
                for v in re.findall(rb"GLIBC_([\d.]+)".decode(), out.stdout.decode())}
    s.tap.check(max(versions) <= (2, 17), "exports: loads under glibc 2.17", versions)


ALL = [exports, threads, sanitized, confined, filtered, rooted, setuid, notes, frugal, locked, starved, limited,
       shared, multipath, small, duplex, overtaken, blind, forks, held, vforks, closeall, twossl, local, login, early, waits, reloads, signals,
       starts, pidfds, listed, crowded, csm, errnos, killed, dups, peeks, vectors, gnutls, methods, methods_static, node, php,
       unreachable, jumps, asks, moved]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--build", default=os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")))
    args.add_argument("--only", default="")
    args = args.parse_args()
    only = [n for n in args.only.split(",") if n]
    tap = Tap()
    suite = Suite(args.build, tap)
    try:
        for test in ALL:
            if not only or test.__name__ in only:
                test(suite)
    finally:
        suite.close()
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
