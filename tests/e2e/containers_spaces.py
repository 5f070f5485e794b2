#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Containers without a container engine, for containers.t: a program in a root, with mounts, network, processes, user and
capabilities as a manifest says, made of the kernel's namespaces. As a module the engine, as a program the launcher."""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

NEWNS, NEWNET, NEWPID = 0x00020000, 0x40000000, 0x20000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, CAPS = 8, 24, 38, 41
CAP_NUMBERS = {"NET_RAW": 13}
libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags=0, data=None):
    must(libc.mount(str(source).encode(), str(target).encode(), kind and kind.encode(), flags, data and data.encode()),
         f"mount {target}")


def enter(pid, *kinds):
    for kind in kinds:
        with open(f"/proc/{pid}/ns/{kind}") as f:
            must(libc.setns(f.fileno(), 0), f"setns {kind}")


def fill(top, spec):
    """The root: what the lower folders have, with nothing written to them, and the mounts."""
    mount("tmpfs", top, "tmpfs")
    root = top / "root"
    for f in ("root", "upper", "work"):
        (top / f).mkdir()
    if spec["lower"]:
        mount("overlay", root, "overlay", data=f"lowerdir={':'.join(spec['lower'])},upperdir={top}/upper,workdir={top}/work")
    for inside, (outside, readonly) in spec["mounts"].items():
        target = root / inside.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if pathlib.Path(outside).is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        mount(outside, target, None, MS_BIND)
        if readonly:
            mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
    for f in ("proc", "sys", "dev"):
        (root / f).mkdir(exist_ok=True)
    mount("proc", root / "proc", "proc")
    for f in ("sys", "dev"):
        mount(f"/{f}", root / f, None, MS_BIND | MS_REC)
    return root


def launch(spec):
    """Never returns: the status is the program's."""
    enter(spec["holder"], "net", *(["pid"] if spec["share"] else []))
    must(libc.unshare(NEWNS | (0 if spec["share"] else NEWPID)), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    ready, begun = os.pipe()  # closed by exec
    child = os.fork()
    if child:
        os.close(begun)
        os.read(ready, 1)
        print(child, flush=True)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    os.chroot(fill(pathlib.Path(spec["top"]), spec))
    os.chdir("/")
    if spec["caps"] is not None:
        for n in range(CAPS):
            if n not in spec["caps"]:
                libc.prctl(PR_CAPBSET_DROP, n, 0, 0, 0)
    if spec["no_new_privs"]:
        must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    os.setgroups([])
    os.setresgid(*[spec["user"]] * 3)
    os.setresuid(*[spec["user"]] * 3)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    os.dup2(2, 1)
    os.execvpe(spec["command"][0], spec["command"], spec["env"])


PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


class Container:
    def __init__(self, space, name, lower, mounts, command, security, env=None):
        caps = security.get("capabilities")
        self.top = space.folder / f"{name}.top"
        self.top.mkdir(exist_ok=True)
        self.log = space.folder / f"{name}.log"
        spec = {"holder": space.holder.pid if not space.share else space.first, "share": space.share, "top": str(self.top),
                "lower": [str(f) for f in lower], "mounts": mounts, "command": list(command), "env": dict(PATH, **(env or {})),
                "user": security.get("runAsUser", 0), "no_new_privs": security.get("allowPrivilegeEscalation") is False,
                "caps": [CAP_NUMBERS[c] for c in caps.get("add", [])] if caps else None}
        with open(self.log, "ab") as log:
            self.launcher = subprocess.Popen([sys.executable, __file__, json.dumps(spec)], text=True, stdout=subprocess.PIPE,
                                             stderr=log)
        first = self.launcher.stdout.readline()
        assert first, (name, self.log.read_text())
        self.pid = int(first)

    def enter(self, user, env, *command, start=False):
        words = ["nsenter", "-t", self.pid, "-m", "-n", "-p", "-r", "-w", "-S", user, "-G", user, "env", "-i",
                 *(f"{k}={v}" for k, v in dict(PATH, **env).items()), *command]
        words = [str(w) for w in words]
        if start:
            return subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return subprocess.run(words, text=True, capture_output=True, timeout=120)

    def wait(self, timeout=60):
        return self.launcher.wait(timeout)

    def kill(self, number):
        if self.launcher.poll() is None:
            os.kill(self.pid, number)


class Space:
    """One network namespace, and where `share` says so one of processes; its containers and volumes."""

    def __init__(self, folder, share):
        self.folder = folder
        folder.mkdir(parents=True)
        self.share = share
        self.containers = []
        # The holder ends with its standard input, and all processes of its namespace with it.
        self.holder = subprocess.Popen(["unshare", "-n", *(["-p", "-f", "--kill-child"] if share else []), "cat"],
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        ours = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == ours:
            assert self.holder.poll() is None, "no network namespace"
            time.sleep(0.01)
        while share and not (children := pathlib.Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text()):
            time.sleep(0.01)
        self.first = int(children.split()[0]) if share else self.holder.pid
        subprocess.run(["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "ip", "link", "set", "lo", "up"], check=True)

    def volume(self, name):
        path = self.folder / "volumes" / name
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o1777)
        return path

    def container(self, *args, **more):
        self.containers.append(Container(self, *args, **more))
        return self.containers[-1]

    def end(self):
        for c in self.containers:
            c.kill(signal.SIGKILL)
            c.wait()
        self.holder.stdin.close()
        self.holder.wait()


def usable():
    """None, or why there are no such containers here."""
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"no {program} here"
    script = ("mkdir -p $0/l $0/m && mount -t tmpfs tmpfs $0/m && mkdir $0/m/u $0/m/w $0/m/r && "
              "mount -t overlay o -o lowerdir=$0/l,upperdir=$0/m/u,workdir=$0/m/w $0/m/r && mount -t proc proc /proc")
    folder = f"/tmp/lp-space.{os.getpid()}"
    p = subprocess.run(["unshare", "-m", "-n", "-p", "-f", "sh", "-c", script, folder], text=True, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
    return "no namespaces of one's own: " + " ".join(p.stderr.split()) if p.returncode else None


if __name__ == "__main__":
    launch(json.loads(sys.argv[1]))
