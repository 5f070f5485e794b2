#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One shim for every libc: programs of musl and of glibc in one run, an image without our libc."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from collector_lib import BUILD, LONG, Skip, finish, server, test

APPS = pathlib.Path(__file__).parents[1].resolve() / "apps"
SHIM = BUILD / "libleastpriv.so"
STATIC = BUILD / "leastpriv-run-static"
MUSL = pathlib.Path("/usr/lib/x86_64-linux-musl/libc.so")
ENV = dict(os.environ, V_HTTP=str(server.server_port))


def compile(cc, out, source, *flags):
    if not shutil.which(cc):
        raise Skip(f"no {cc} here")
    subprocess.run([cc, "-std=c11", "-D_GNU_SOURCE", "-O1", "-o", out, APPS / source, *flags], check=True)
    return pathlib.Path(out).absolute()


def clients(cc):
    """A program that speaks plain HTTP, and one that speaks through a libssl beside it."""
    lib = compile(cc, f"libssl-{cc}.so", "mutessl.c", "-shared", "-fPIC")
    return (compile(cc, f"plain-{cc}", "call.c"),
            compile(cc, f"tls-{cc}", "call.c", "-DV_MUTE", lib.name, "-Wl,-rpath,$ORIGIN"))


def resources(policy):
    """A policy's resources, each with the only action it may have."""
    found = set()
    for s in json.loads(pathlib.Path(policy).read_text())["Statement"]:
        assert s["Action"] == ["s3:PutObject"], s
        found |= set(s["Resource"])
    return found


def run(*command, **more):
    p = subprocess.run([str(c) for c in command], env=ENV, text=True, capture_output=True, timeout=LONG, **more)
    assert p.returncode == 0, (p.returncode, p.stdout, p.stderr)
    return p


@test
def symbols():
    "the shim asks no libc for what glibc 2.17 or musl lacks"
    out = subprocess.run(["nm", "-D", "--undefined-only", SHIM], check=True, text=True, capture_output=True).stdout
    wanted = [line.split() for line in out.splitlines()]
    versions = [tuple(map(int, v.split("."))) for v in re.findall(r"@GLIBC_([\d.]+)", out)]
    assert versions and max(versions) <= (2, 17), out
    if not MUSL.exists():
        raise Skip("no musl here")
    has = subprocess.run(["nm", "-D", "--defined-only", MUSL], check=True, text=True, capture_output=True).stdout
    has = {line.split()[-1] for line in has.splitlines()}
    missing = [name for kind, name in wanted if kind == "U" and name.split("@")[0] not in has]
    assert not missing, missing


@test
def needed():
    "and needs no library but the libc"
    out = subprocess.run(["readelf", "-d", SHIM], check=True, text=True, capture_output=True).stdout
    assert set(re.findall(r"\(NEEDED\).*\[(.*)\]", out)) <= {"libc.so.6", "libdl.so.2"}, out


@test
def both():
    "a musl program and a glibc program in one run are captured and unharmed"
    programs = [*clients("musl-gcc"), *clients("gcc")]
    alone = [run(p, f"/bucket/{p.name}").stdout for p in programs]
    script = "; ".join(f"{p} /bucket/{p.name}" for p in programs)
    got = run(BUILD / "leastpriv-run", "--strict", "-o", "p.json", "--", "sh", "-c", script)
    assert got.stdout == "".join(alone), got
    assert resources("p.json") == {f"arn:aws:s3:::bucket/{p.name}" for p in programs}, got
    assert "5 processes followed, 0 not" in got.stderr, got.stderr


@test
def static_launcher():
    "the static launcher needs no library, and gives the same policy"
    out = subprocess.run(["readelf", "-dl", STATIC], check=True, text=True, capture_output=True).stdout
    assert "(NEEDED)" not in out and "INTERP" not in out, out
    plain, _ = clients("gcc")
    for launcher in (STATIC, BUILD / "leastpriv-run"):
        run(launcher, "-o", f"{launcher.name}.json", "--strict", "--", plain, "/bucket/k")
    assert pathlib.Path("leastpriv-run.json").read_text() == pathlib.Path("leastpriv-run-static.json").read_text()


@test
def foreign_image():
    "in an image with nothing but musl the static launcher and the shim do their work"
    if os.geteuid():
        raise Skip("needs root for chroot")
    programs = clients("musl-gcc")
    for folder in ("lib", "app", "tmp", "proc", "dev"):
        pathlib.Path("root", folder).mkdir(parents=True)
    shutil.copy(MUSL, "root/lib/ld-musl-x86_64.so.1")
    for f in (STATIC, SHIM, *programs, "libssl-musl-gcc.so"):
        shutil.copy(f, "root/app")
    for p in programs:
        got = run("unshare", "-m", "sh", "-c", "mount -t proc none root/proc && exec chroot root \"$@\"", "sh",
                  "/app/leastpriv-run-static", "--strict", "-o", f"/tmp/{p.name}.json", "--", f"/app/{p.name}",
                  "/bucket/k")
        assert got.stdout.endswith("/bucket/k\n"), got
        assert resources(f"root/tmp/{p.name}.json") == {"arn:aws:s3:::bucket/k"}, got


@test
def killed_launcher():
    "what a killed launcher leaves behind is removed by the next, and only that"
    os.mkdir("run")
    os.chmod("run", 0o700)
    env = dict(ENV, XDG_RUNTIME_DIR="", TMPDIR=os.path.abspath("run"))
    # Root's folder is in /dev/shm whatever the environment says.
    parent = pathlib.Path("/dev/shm")

    def folders():
        return {p for p in parent.glob("leastpriv.??????") if p.owner() == pathlib.Path(".").owner()}

    def launch(*command):
        return subprocess.Popen([BUILD / "leastpriv-run", "-q", "--", *command], env=env, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    before = folders()
    killed, living = launch("sh", "-c", "echo $$; exec cat"), launch("sh", "-c", "echo $$; exec cat")
    child, _ = (int(p.stdout.readline()) for p in (killed, living))
    ours = folders() - before
    assert len(ours) == 2, ours
    os.kill(killed.pid, 9)
    killed.wait()
    os.kill(child, 9)
    for folder in ours:
        os.utime(folder, (0, 0))
    run(BUILD / "leastpriv-run", "-q", "-o", "p.json", "--", "true")
    assert len(folders() & ours) == 1, folders()
    living.communicate(timeout=LONG)
    assert not folders() & ours, folders()


finish()
