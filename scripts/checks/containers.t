#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manifests of scripts/containers are what Kubernetes, compose and ECS take (by their own schemas),
and the image's package list is enough for the programs that it ships."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

TOP = pathlib.Path(__file__).parents[2].resolve()
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build")).resolve()
HERE = TOP / "scripts/containers"
SCHEMAS = BUILD / "schemas"
PYTHON = BUILD / "venv/bin/python"
if PYTHON.exists() and pathlib.Path(sys.prefix) != BUILD / "venv" and not os.environ.get("LP_IN_VENV"):
    os.execve(PYTHON, [str(PYTHON), __file__], dict(os.environ, LP_IN_VENV="1"))
warnings.simplefilter("ignore")
count = failed = 0


def result(name, faults, skip=None):
    global count, failed
    count += 1
    failed += bool(faults)
    print(f"{'not ' if faults else ''}ok {count} - {name}{f' # SKIP {skip}' if skip else ''}")
    for line in faults:
        print(f"# {line}")


def load(path):
    import yaml
    return list(yaml.safe_load_all(path.read_text()))


def against(document, schema, *more):
    """What is wrong with it by a schema, which may refer to some more."""
    import jsonschema
    v = jsonschema.validators.validator_for(schema)
    resolver = jsonschema.RefResolver.from_schema(schema, store={m["$id"]: m for m in more})
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
            for e in v(schema, resolver=resolver).iter_errors(document)]


def kubernetes(document):
    group, _, version = document["apiVersion"].rpartition("/")
    name = "-".join(filter(None, (document["kind"].lower(), group.split(".")[0], version)))
    return against(document, *(json.loads((SCHEMAS / "kubernetes" / f).read_text())
                               for f in (f"{name}.json", "_definitions.json")))


def compose(document):
    return against(document, json.loads((SCHEMAS / "compose-spec.json").read_text()))


def ecs(document):
    import botocore.session
    import botocore.validate
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    report = botocore.validate.ParamValidator().validate(document, shape)
    return report.generate_report().splitlines() if report.has_errors() else []


def containers(document):
    """The containers of whatever kind of document."""
    if "services" in document:
        return list(document["services"].values())
    if "containerDefinitions" in document:
        return document["containerDefinitions"]
    spec = document.get("spec", {}).get("template", {}).get("spec", {})
    return spec.get("initContainers", []) + spec.get("containers", [])


def options(container):
    words = [w for key in ("args", "command", "entryPoint", "entrypoint") for w in container.get(key, [])]
    return {w.split("=")[0] for w in words if w.startswith("--")}


def known_options():
    out = subprocess.run([BUILD / "leastpriv-collector", "--help"], text=True, capture_output=True, check=True).stdout
    return set(re.findall(r"--[a-z-]+", out))


def judge(judges):
    known = known_options()
    for folder, (needs, valid) in judges.items():
        for path in sorted((HERE / folder).iterdir()):
            name = str(path.relative_to(TOP))
            if not needs.exists():
                result(name, [], f"no {needs.relative_to(BUILD)}")
                continue
            faults = []
            for document in load(path):
                faults += valid(document)
                for c in containers(document):
                    faults += [f"no option {o} of the collector" for o in sorted(options(c) - known)]
                # What the app gets: one variable where it is preloaded, else nothing.
                env = [c["environment" if "environment" in c else "env"] for c in containers(document)
                       if c.get("env") or c.get("environment")]
                if "preload" in path.stem:
                    faults += [] if [len(e) for e in env] == [1] else ["the app gets not exactly one variable"]
                elif env:
                    faults += ["a variable is set"]
            result(name, faults)


def copied():
    """What the Containerfile copies into the build is enough for `make install`."""
    lines = (HERE / "Containerfile").read_text().split("\nFROM ")[1].splitlines()
    with tempfile.TemporaryDirectory() as folder:
        for line in lines:
            if not line.startswith("COPY "):
                continue
            *names, _ = line.split()[1:]
            for name in names:
                if "/" not in name:
                    os.symlink(TOP / name, f"{folder}/{name}")
        env = {k: v for k, v in os.environ.items() if "MAKE" not in k}
        out = subprocess.run(["make", "-s", "-C", folder, f"BUILD={BUILD}", "install", "PREFIX=/usr",
                              f"DESTDIR={folder}/out"], text=True, capture_output=True, env=env)
        # The root of the image has links where older ones have folders; a copy must not replace them.
        tops = os.listdir(f"{folder}/out") if os.path.isdir(f"{folder}/out") else []
        return ((out.stdout + out.stderr).splitlines() if out.returncode else []) + \
            [f"/{t} is copied over" for t in tops if t != "usr"]


def libraries():
    """In a root of nothing but the image's packages, the loader finds all that the programs ask for."""
    root = BUILD / "containers/leastpriv"
    if not root.exists() or os.geteuid():
        return [], "needs root, Debian 12 and its packages"
    faults = []
    for name in ("leastpriv", "leastpriv-run", "leastpriv-collector", "libleastpriv.so"):
        out = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$1" "$2/mnt" && exec chroot "$2" '
                              '/lib64/ld-linux-x86-64.so.2 --list "/mnt/$3"', "sh", BUILD, root, name],
                             text=True, capture_output=True)
        if out.returncode or "not found" in out.stdout:
            faults += [f"{name}: {line}" for line in (out.stdout + out.stderr).splitlines() if "not found" in line
                       or out.returncode]
    return faults, None


judge({"kubernetes": (SCHEMAS / "kubernetes", kubernetes), "compose": (SCHEMAS / "compose-spec.json", compose),
       "ecs": (PYTHON, ecs)})
result("what the image is built of is enough to install", copied())
result("the image's packages are enough for its programs", *libraries())
print(f"1..{count}")
sys.exit(failed > 0)
