#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An unmodified boto3 program in one container and the collector in another, by the manifests of
scripts/containers/kubernetes as podman plays them: preload, eBPF and wire must each leave the
policies that sdk/expected says. Once more the same without podman, in containers that the test makes
of namespaces (containers_spaces.py).

The images are made of the packages that the Containerfile names, without a registry of images. Each
pod has a network namespace of its own, in which ports 80 and 443 lead to the emulator."""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import containers_spaces as spaces
from collector_lib import BUILD, CLIENT, LONG, WORK, Skip, eventually, finish, server, test

HERE = pathlib.Path(__file__).parent.resolve()
TOP = HERE.parents[1]
VENV = BUILD / "venv"
# In the environment that has a reader of YAML, and beside the emulator.
if "LP_EMU_TLS" not in os.environ:
    os.execv(VENV / "bin/python", [VENV / "bin/python", HERE / "emulator", "--state", BUILD / "tls", "--", __file__])
if not os.environ.get("LP_IN_VENV"):
    os.execve(VENV / "bin/python", [VENV / "bin/python", __file__], dict(os.environ, LP_IN_VENV="1"))
MANIFESTS = TOP / "scripts/containers/kubernetes"
STORE = BUILD / "containers/podman"
IMAGE, APP = "registry.example.com/leastpriv:0.1.0", "localhost/lp-app"
USER = 1000  # what the manifests say that the app runs as
PARTS = ("s3", "dynamodb", "sqs", "sts")
CLONE_NEWNET = 0x40000000
MUSL = pathlib.Path("/usr/lib/x86_64-linux-musl/libc.so")
CSM = {"AWS_CSM_ENABLED": "true"}
AWS = {"AWS_ACCESS_KEY_ID": "AKIARZPUZDIKAMBVUEID", "AWS_SECRET_ACCESS_KEY": "lpSecretLpSecretLpSecretLpSecretLpSecret0",
       "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
       "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1"}
APP_ENV = dict(AWS, AWS_CA_BUNDLE="/e2e/tls/ca.pem", PYTHONPATH="/e2e/venv", PYTHONDONTWRITEBYTECODE="1")
# What podman may not do here is not asked for: raise limits, and create pods in a hierarchy of control
# groups of both versions (crun refuses), of which one is taken out of its sight.
CONF = """[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
"""
ENTER = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"'


def podman(*args, check=True, start=False, **more):
    env = dict(os.environ, CONTAINERS_CONF=str(WORK / "containers.conf"))
    where = ["--root", STORE / "root", "--runroot", STORE / "run", "--tmpdir", STORE / "tmp"]
    command = [str(a) for a in ("unshare", "-m", "sh", "-c", ENTER, "podman", *where, *args)]
    if start:
        return subprocess.Popen(command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p = subprocess.run(command, env=env, text=True, capture_output=True, timeout=6 * LONG, **more)
    assert not check or p.returncode == 0, ("podman", args, p.returncode, p.stdout[-500:], p.stderr[-1500:])
    return p


def clear():
    podman("pod", "rm", "-fa", "-t", "0")
    podman("rm", "-fa", "-t", "0")
    podman("volume", "rm", "-fa")


def base_image(name):
    """An image of one of the roots that bootstrap.sh unpacked; made once."""
    root = BUILD / "containers" / name
    if not root.exists():
        raise Skip("no Debian 12, or its packages could not be had")
    key = str(abs(int.from_bytes((root.parent / f"{name}.key").read_bytes()[-512:], "big")) % 10 ** 12)
    tag = f"localhost/lp-root-{name}:{key}"
    if podman("image", "exists", tag, check=False).returncode:
        tar = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
        podman("import", "--change", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin", "-", tag, stdin=tar.stdout)
        assert tar.wait() == 0
    return tag


def installed():
    """A folder with out/, what `make install` puts into the image."""
    context = WORK / "image"
    if context.exists():
        return context
    subprocess.run(["make", "-s", "-C", TOP, f"BUILD={BUILD}", "install", "PREFIX=/usr", f"DESTDIR={context}/out"],
                   check=True, capture_output=True, env={k: v for k, v in os.environ.items() if "MAKE" not in k})
    for folder in ("leastpriv", "policies"):
        (context / "out" / folder).mkdir()
        (context / "out" / folder).chmod(0o1777)
    return context


def prepare():
    """podman, and the images; the reason why not is every test's."""
    if os.geteuid():
        raise Skip("needs root")
    for program in ("podman", "crun", "unshare"):
        if not shutil.which(program):
            raise Skip(f"no {program} here")
    (WORK / "containers.conf").write_text(CONF)
    for folder in ("root", "run", "tmp"):
        (STORE / folder).mkdir(parents=True, exist_ok=True)
    try:
        clear()
        podman("tag", base_image("app"), APP)
        podman("run", "--rm", "--network", "none", APP, "true")
    except AssertionError as e:
        raise Skip("podman starts no container: " + " ".join(str(e.args[0][-1]).split()[-30:])) from e
    # The image as the Containerfile's last stage makes it, with the programs of this build.
    context = installed()
    (context / "Containerfile").write_text(f'FROM {base_image("leastpriv")}\nCOPY out/ /\n'
                                           'ENTRYPOINT ["leastpriv-collector"]\n')
    podman("build", "-q", "--isolation=chroot", "-t", IMAGE, "-f", context / "Containerfile", context)
    podman("image", "prune", "-f")
    version = podman("version", "--format", "{{.Client.Version}}").stdout.strip()
    crun = subprocess.run(["crun", "--version"], text=True, capture_output=True).stdout.split("\n")[0]
    print(f"# runtime: podman {version}, {crun}", flush=True)


def compile_musl():
    """A program of another libc, or None where there is no compiler for it."""
    if not shutil.which("musl-gcc") or not MUSL.exists():
        return None
    program = pathlib.Path("musl/call").absolute()
    program.parent.mkdir()
    subprocess.run(["musl-gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-o", program, TOP / "tests/apps/call.c"], check=True)
    return program


class Relay:
    """A port of the pod's loopback that leads to one of ours: a socket belongs to the network namespace
    in which it was made, wherever it is used."""

    def __init__(self, pid, port, target):
        self.target = target
        made = []
        t = threading.Thread(target=self.listen, args=(pid, port, made))
        t.start()
        t.join()
        (self.socket,) = made
        threading.Thread(target=self.serve, daemon=True).start()

    @staticmethod
    def listen(pid, port, made):
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{pid}/ns/net") as theirs:
            assert libc.setns(theirs.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            made.append(socket.create_server(("127.0.0.1", port)))

    def serve(self):
        while True:
            try:
                theirs, _ = self.socket.accept()
            except OSError:
                return
            ours = socket.create_connection(("127.0.0.1", self.target))
            for a, b in ((theirs, ours), (ours, theirs)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Pod:
    """A manifest as it stands, played by podman: the app's image and what the app itself is told are
    ours. podman 4.3 knows no sidecar containers, and waits 20 s for one that runs before the others."""

    def __init__(self, manifest, mounts=()):
        import yaml
        spec = yaml.safe_load((MANIFESTS / f"{manifest}.yaml").read_text())["spec"]["template"]["spec"]
        before = spec.pop("initContainers")
        sidecars = [c for c in before if c.pop("restartPolicy", None)]
        (self.sidecar,) = sidecars
        self.probe = self.sidecar.pop("startupProbe")["exec"]["command"]
        app = spec["containers"][-1]
        app.update(image=APP, command=["sleep", "1000"])
        app["env"] = app.get("env", []) + [{"name": k, "value": v} for k, v in APP_ENV.items()]
        mounts = {"/e2e/venv": VENV / "lib/python3.11/site-packages", "/e2e/sdk": HERE / "sdk", "/e2e/tls": BUILD / "tls",
                  **dict(mounts)}
        for i, (inside, outside) in enumerate(mounts.items()):
            app.setdefault("volumeMounts", []).append({"name": f"e2e-{i}", "mountPath": inside, "readOnly": True})
            spec["volumes"].append({"name": f"e2e-{i}", "hostPath": {"path": str(outside)}})
        spec["containers"] = sidecars + spec["containers"]
        self.relays = []
        pid = self.begin(spec, [c for c in before if c not in sidecars])
        for port, url in ((80, os.environ["LP_EMU_HTTP"]), (443, os.environ["LP_EMU_TLS"])):
            self.relays.append(Relay(pid, port, urllib.parse.urlsplit(url).port))
        self.relays.append(Relay(pid, 81, server.server_port))
        self.ready()

    def begin(self, spec, before):
        """Starts it; the process whose network is the pod's."""
        clear()
        if before:
            self.play("lp-before", dict(spec, containers=before))
            for c in before:
                assert podman("wait", f"lp-before-{c['name']}").stdout.strip() == "0", podman("logs", f"lp-before-{c['name']}")
        self.play("lp", spec)
        infra = podman("pod", "inspect", "lp", "--format", "{{.InfraContainerID}}").stdout.strip()
        return podman("inspect", infra, "--format", "{{.State.Pid}}").stdout.strip()

    @staticmethod
    def volume(name):
        return pathlib.Path(podman("volume", "inspect", name, "--format", "{{.Mountpoint}}").stdout.strip())

    def collector(self, *command):
        """A command beside the collector."""
        return podman("exec", "lp-leastpriv", *command, check=False)

    def kill(self, name):
        podman("kill", "--signal", name, "lp-leastpriv")

    def restart(self):
        podman("wait", "lp-leastpriv")
        podman("start", "lp-leastpriv")
        self.ready()

    def stop(self):
        """The collector's status, and what it said."""
        podman("stop", "-t", LONG, "lp-leastpriv")
        state = json.loads(podman("inspect", "lp-leastpriv").stdout)[0]["State"]
        return state["ExitCode"], podman("logs", "lp-leastpriv").stderr

    def musl(self, program, *args, **env):
        "What a program says that musl runs, in the app's container."
        out = self.run("/e2e/musl/" + program, *args, **env)
        assert not out.stderr, out
        return out.stdout

    def remove(self):
        podman("pod", "rm", "-f", "-t", "0", "lp")

    def play(self, name, spec):
        import yaml
        for c in spec["containers"]:
            c["imagePullPolicy"] = "Never"
        file = pathlib.Path(f"{name}.yaml")
        file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                                        "spec": dict(spec, restartPolicy="Never")}))
        podman("kube", "play", "--network", "none", file)

    def ready(self):
        def answered():
            "the collector's startup probe"
            return self.collector(*self.probe).returncode == 0
        eventually(answered)

    def run(self, *command, user=USER, start=False, **env):
        """As the app's program: in its container, with its environment."""
        options = [w for k, v in env.items() for w in ("--env", f"{k}={v}")]
        return podman("exec", "-i", "--user", user, *options, "lp-app", *command, start=start)

    def boto3(self, *parts, scheme="https", **env):
        return self.run("python3", "/e2e/sdk/sdk.py", *parts, AWS_ENDPOINT_URL=f"{scheme}://127.0.0.1",
                        LP_QUEUE_URL=f"{scheme}://127.0.0.1/123456789012/lp-queue", **env)

    def end(self):
        """The collector ends as the engine asks it to; what each policy allows, as sdk/expected says it."""
        status, self.log = self.stop()
        assert status == 0, (status, self.log)
        found = sorted(self.volume("policies").rglob("*.json"))
        assert found, self.log
        self.policies = [json.loads(f.read_text()) for f in found]
        pairs = [sorted((a, r) for s in p["Statement"] for a in s["Action"] for r in s["Resource"])
                 for p in self.policies]
        for r in self.relays:
            r.close()
        self.remove()
        return sorted(p for p in pairs if p)


class BarePod(Pod):
    """The same without podman."""
    made = 0

    def begin(self, spec, before):
        BarePod.made += 1
        self.space = spaces.Space(WORK / f"space-{BarePod.made}", spec.get("shareProcessNamespace", False))
        self.hosts = {v["name"]: v["hostPath"]["path"] for v in spec["volumes"] if "hostPath" in v}
        for c in before:
            assert self.start(c).wait() == 0, c
        for c in spec["containers"]:
            made = self.start(c)
            if c["image"] == APP:
                self.app, self.env = made, {e["name"]: e["value"] for e in c["env"]}
            else:
                self.spec, self.made_of = c, made
        return self.space.holder.pid

    def start(self, c):
        lower = [BUILD / "containers/app"] if c["image"] == APP else [installed() / "out", BUILD / "containers/leastpriv"]
        mounts = {m["mountPath"]: (self.hosts.get(m["name"]) or str(self.space.volume(m["name"])), m.get("readOnly", False))
                  for m in c.get("volumeMounts", [])}
        command = c.get("command") or ["leastpriv-collector", *c["args"]]
        return self.space.container(c["name"], lower, mounts, command, c.get("securityContext", {}),
                                    {e["name"]: e["value"] for e in c.get("env", [])})

    def volume(self, name):
        return self.space.volume(name)

    def collector(self, *command):
        return self.made_of.enter(0, {}, *command)

    def kill(self, name):
        self.made_of.kill(signal.Signals[f"SIG{name}"])

    def restart(self):
        self.made_of.wait()
        self.made_of = self.start(self.spec)
        self.ready()

    def stop(self):
        self.kill("TERM")
        return self.made_of.wait(LONG), self.made_of.log.read_text()

    def musl(self, program, *args, **env):
        "In a root that has nothing but musl and the program."
        mounts = {"/lib/ld-musl-x86_64.so.1": (str(MUSL), True), "/bin/call": (str(pathlib.Path("musl", program).absolute()), True),
                  "/leastpriv": (str(self.space.volume("leastpriv")), True)}
        c = self.space.container("musl", [], mounts, ["/bin/call", *args], {"runAsUser": USER},
                                 {"LD_PRELOAD": self.env["LD_PRELOAD"], **env})
        assert c.wait() == 0, c.log.read_text()
        return c.log.read_text()

    def remove(self):
        self.space.end()

    def run(self, *command, user=USER, start=False, **env):
        p = self.app.enter(user, dict(self.env, **env), *command, start=start)
        assert start or p.returncode == 0, p
        return p


def expected(*parts):
    """As sdk.t's: who, action, resource."""
    who = {}
    for line in (HERE / "sdk/expected").read_text().splitlines():
        identity, action, resource = line.split()
        if identity == "role" and "sts" in parts or identity == "user" and action.split(":")[0] in parts:
            who.setdefault(identity, []).append((action, resource))
    return sorted(sorted(p) for p in who.values())


def reset():
    """The emulator as the program wants to find it."""
    urllib.request.urlopen(urllib.request.Request(os.environ["LP_EMU_HTTP"] + "/moto-api/reset", method="POST")).read()
    subprocess.run([VENV / "bin/python", "-c", """
import boto3
boto3.client("sqs").create_queue(QueueName="lp-queue")
boto3.client("dynamodb").create_table(TableName="lp-table", BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
"""], check=True, capture_output=True, env=dict(os.environ, **AWS, AWS_ENDPOINT_URL=os.environ["LP_EMU_HTTP"]))


def same(got, want, pod):
    assert got == want, ("got", got, "wanted", want, pod.log[-1500:])


def bare():
    """The same for containers without podman."""
    if os.geteuid():
        raise Skip("needs root")
    for name in ("app", "leastpriv"):
        if not (BUILD / "containers" / name).exists():
            raise Skip("no Debian 12, or its packages could not be had")
    if why := spaces.usable():
        raise Skip(why)


def usable(f):
    """Why the tests cannot run there, or None."""
    try:
        f()
    except Skip as e:
        return str(e)
    return None


ENGINES = {"podman": (Pod, usable(prepare)), "namespaces": (BarePod, usable(bare))}


def way(f):
    """As two tests: by podman, and without."""
    for engine, (pod, reason) in ENGINES.items():
        def one(engine=engine, pod=pod, reason=reason):
            if reason:
                raise Skip(reason)
            reset()
            f(pod)
        one.__doc__ = f"{engine}: {f.__doc__}"
        test(one)


@way
def preload(Pod):
    "preload: one variable, nobody's privileges, other users; the policies of a boto3 program over TLS"
    pod = Pod("preload")
    out = pod.boto3(*PARTS)
    assert (out.stdout, out.stderr) == ("", ""), out
    # As the container's first process the collector inherits what others leave behind.
    pod.collector("sh", "-c", "sleep 0.1 & sleep 0.1 &")
    states = pod.collector("sh", "-c", "sleep 0.5; cat /proc/[0-9]*/status").stdout
    assert "State:\tS" in states and "State:\tZ" not in states, states
    # Whom the collector does not let in runs as well, and adds nothing.
    pod.boto3("s3", user=USER + 1, AWS_ACCESS_KEY_ID="AKIARZPUZDIKEXAMPLE2")
    same(pod.end(), expected(*PARTS), pod)


@way
def replaced(Pod):
    "preload: programs of musl and glibc; a collector that is killed, and the next, which has no other number"
    musl = compile_musl()
    pod = Pod("preload", {"/e2e/musl": musl.parent, "/lib/ld-musl-x86_64.so.1": MUSL} if musl else {})
    if musl:
        out = pod.musl(musl.name, "/lp-in/musl", V_HTTP="81")
        assert out.endswith("/lp-in/musl\n"), out
    program = pod.run("python3", "-c", CLIENT.replace(str(server.server_port), "81"), start=True)

    def call(key):
        program.stdin.write(key + "\n")
        program.stdin.flush()
        assert program.stdout.readline() == "done\n"
    call("first")
    if musl:
        pod.kill("HUP")
        eventually(lambda: any("lp-in/musl" in f.read_text() for f in pod.volume("policies").rglob("*.json")))
    pod.kill("KILL")
    call("between")
    pod.restart()
    for key in range(20):
        call(f"then/{key}")
        time.sleep(0.1)
    program.communicate(timeout=LONG)
    assert program.returncode == 0
    found = {r for p in pod.end() for _, r in p}
    missing = {f"arn:aws:s3:::lp-in/{k}" for k in ("between", *(f"then/{i}" for i in range(20)))} - found
    assert not missing, (missing, pod.log[-1500:])


@way
def ebpf(Pod):
    "eBPF: a privileged collector in the pod, which sees that pod only; the same policies"
    pod = Pod("ebpf-pod")
    pod.boto3(*PARTS)
    same(pod.end(), expected(*PARTS), pod)


@way
def wire(Pod):
    "wire: one network namespace, CAP_NET_RAW alone; the same policies of plain HTTP"
    pod = Pod("wire")
    pod.boto3(*PARTS, scheme="http")
    same(pod.end(), expected(*PARTS), pod)


@way
def wire_monitoring(Pod):
    "wire: of TLS, the operations that the SDK's monitoring tells"
    pod = Pod("wire")
    pod.boto3(*PARTS, **CSM)
    got = {a for p in pod.end() for a, _ in p}
    same(got, {a for p in expected(*PARTS) for a, _ in p}, pod)


if not ENGINES["podman"][1]:
    clear()
finish()
