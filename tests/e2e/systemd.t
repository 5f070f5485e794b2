#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The unit under a running systemd: process 1 of namespaces made here, over a copy-on-write view of
this machine. What it is asked to do is in systemd_unit.sh, which runs as a service."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import tap

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
SYSTEMD = shutil.which("systemd") or "/lib/systemd/systemd"

# Arguments: a folder to work in, what to install from, systemd.
BOOT = r"""
set -e
mount --make-rprivate /
w=$1 r=$1/root
mkdir "$w/cg" "$w/t" "$r"
mount -t cgroup2 cgroup2 "$w/cg"
mkdir "$w/cg/lp-test-$$"
echo $$ >"$w/cg/lp-test-$$/cgroup.procs"
mount -t tmpfs tmpfs "$w/t"
mkdir "$w/t/u" "$w/t/w"
mount -t overlay -o "lowerdir=/,upperdir=$w/t/u,workdir=$w/t/w" overlay "$r"
for d in dev run tmp var/lib var/tmp; do mount -t tmpfs tmpfs "$r/$d"; done
n=3
for d in null 3 zero 5 full 7 random 8 urandom 9; do
    case $d in [0-9]) mknod -m 666 "$r/dev/$n" c 1 "$d" ;; *) n=$d ;; esac
done
mkdir -p "$r/dev/pts" "$r/dev/shm" "$r/tmp/out" "$r/old"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$r/dev/pts"
ln -s pts/ptmx "$r/dev/ptmx"
mount --bind "$w/out" "$r/tmp/out"
rm -rf "$r/etc/systemd/system"
mkdir -p "$r/etc/systemd/system"
make -s -C "$2" BUILD="$3" PREFIX=/usr DESTDIR="$r" install >"$w/out/install" 2>&1
cp "$w"/out/*.service "$r/etc/systemd/system"
exec unshare --cgroup --pid --fork --kill-child --uts --ipc sh -c '
    set -e
    mount -t proc proc "$1/proc"
    mount -t sysfs -o ro sysfs "$1/sys"
    mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
    cd "$1"
    pivot_root . old
    umount -l /old
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin "$2" --system --unit=test.service --log-target=console
' sh "$r" "$4"
"""
TEST = """[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash /tmp/out/systemd_unit.sh
ExecStopPost=/bin/systemctl exit --force
"""
# A service whose program calls: see systemd_unit.sh.
APP = """[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
User=nobody
Environment=LD_PRELOAD=/usr/lib/leastpriv/libleastpriv.so LEASTPRIV_SOCKET=/run/leastpriv/collector.sock
ExecStart=/usr/bin/python3 /tmp/out/app.py %i
"""
CALL = """import http.client, sys
from stub import HEADERS, server
c = http.client.HTTPConnection("127.0.0.1", server.server_port)
c.request("GET", "/" + sys.argv[1], headers=HEADERS)
c.getresponse().read()
"""


def keys(folder):
    files = list(folder.glob("*/*.policy.json"))
    return sorted(r.rsplit("/", 1)[1] for f in files for s in json.loads(f.read_text())["Statement"] for r in s["Resource"])


def main(work):
    out = work / "out"
    out.mkdir(parents=True)
    (out / "test.service").write_text(TEST)
    (out / "app@.service").write_text(APP)
    (out / "app.py").write_text(CALL)
    for name in ("systemd_unit.sh", "stub.py"):
        shutil.copy(HERE / name, out)
    run = subprocess.run(["timeout", "-s", "KILL", "90", "unshare", "--mount", "sh", "-c", BOOT, "sh", work, ROOT, BUILD,
                          SYSTEMD], capture_output=True, text=True)
    log = out / "log"
    if not log.exists():
        why = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"1..0 # SKIP systemd does not start in namespaces here: {why[:200]}")
        return
    said = dict(line.split("=", 1) for line in (out / "facts").read_text().splitlines())
    told = log.read_text()[-1500:]
    tap.check(said.get("started") == "0 active", "the unit starts, and is ready when it says so", told)
    tap.check(said.get("socket") == "600 root", "its socket is there, for its own user", told)
    tap.check(said.get("folder") == "700 root", "so is its folder", told)
    tap.check(keys(out / "reloaded") == ["one", "two"], "services call, a reload writes their policies",
              f"{keys(out / 'reloaded')}\n{told}")
    names = sorted(p.name for p in (out / "reloaded").iterdir() if p.is_dir())
    tap.check(names == ["app@one.service", "app@two.service"], "  each service is a workload of its own", names)
    tap.check(said.get("restarted") == "active" and said.get("pid") == "new", "killed, it is started again", told)
    tap.check(said.get("stopped") == "0 inactive success", "it stops by itself when it is told to", told)
    tap.check(keys(out / "stopped") == ["one", "three", "two"], "  with what came after the kill, and what was before",
              f"{keys(out / 'stopped')}\n{told}")
    tap.plan()


if os.geteuid() or not os.access(SYSTEMD, os.X_OK):
    print("1..0 # SKIP takes root and systemd")
    sys.exit(0)
folder = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/var/tmp/lp-systemd.XXXXXX"], text=True).strip())
try:
    main(folder)
finally:
    for cg in pathlib.Path("/sys/fs/cgroup").glob("**/lp-test-*"):
        subprocess.run(["find", cg, "-depth", "-type", "d", "-delete"], stderr=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(tap.failed != 0)
