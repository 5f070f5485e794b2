# SPDX-License-Identifier: MIT
"""One signed HTTP request for every operation of botocore, made by botocore itself.

    for r in requests("s3"): r.service, r.operation, r.variant, r.line()
    path, failed = corpus(build)      all of them as lines of JSON, made once

Nothing is sent: a handler takes the request away just before it would be. Values obey the model
(enums, patterns, lengths), and names say which member they stand for, so that a test can look for
them in an ARN. The id of a line is "service.version.protocol.operation.variant", service being
botocore's folder. Also a program: `aws_requests.py [-j N] > requests.jsonl`.
"""

import argparse
import base64
import copy
import dataclasses
import datetime
import functools
import hashlib
import io
import json
import multiprocessing
import os
import re
import sys

import botocore
import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.hooks
import botocore.loaders
import botocore.session
import botocore.tokens

try:
    from re import _parser as sre_parse
except ImportError:  # before Python 3.11
    import sre_parse

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
ACCOUNT = "123456789012"
REGION = "us-east-1"
DEPTH_MAX = 6

# Members that stay away, with the reason. {(service, operation): {member}}
LEFT_OUT = {
    ("events", "PutEvents"): {"EndpointId"},  # SigV4A: botocore wants awscrt for it
    ("sesv2", "SendEmail"): {"EndpointId"},
    ("sesv2", "SendBulkEmail"): {"EndpointId"},
}

# Values that endpoint rules or clients check and models do not state. {(service, member): value}
VALUES = {
    ("s3", "Bucket"): "example-bucket",
    ("s3", "CopySource"): "source-bucket/source-key",
    ("s3control", "AccountId"): ACCOUNT,
    ("s3control", "Bucket"): "example-bucket",
    ("cloudfront-keyvaluestore", "KvsARN"):
        "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
    ("kinesis", "StreamId"): "abcdefghijklmnopqrstuvwx",
    ("kinesis", "StreamARN"): "arn:aws:kinesis:us-east-1:123456789012:stream/myStream",
    ("kinesis", "ResourceARN"): "arn:aws:kinesis:us-east-1:123456789012:stream/myStream",
    ("kinesis", "ConsumerARN"):
        "arn:aws:kinesis:us-east-1:123456789012:stream/myStream/consumer/myConsumer:1600000000",
    ("machinelearning", "PredictEndpoint"): "https://realtime.machinelearning.us-east-1.amazonaws.com",
    ("sqs", "QueueUrl"): "https://sqs.us-east-1.amazonaws.com/123456789012/myQueue1",
    ("route53", "HostedZoneId"): "Z0123456789ABCDEF",
}

# SigV4A needs awscrt; the rest of such a request does not depend on it.
SIGNATURE = {"cloudfront-keyvaluestore": "v4"}

VARIANTS = ("minimal", "all", "lists")


@dataclasses.dataclass
class Request:
    service: str        # botocore's folder
    service_id: str
    operation: str
    protocol: str
    version: str        # API version
    variant: str
    host: str
    method: str
    target: str
    headers: dict
    body: bytes
    params: dict = None
    unsigned: bool = False
    newest: bool = True     # of the API's versions

    def ident(self):
        return ".".join((self.service, self.version, self.protocol, self.operation, self.variant))

    def line(self):
        out = {"id": self.ident(), "host": self.host, "method": self.method, "target": self.target,
               "headers": self.headers}
        if self.body:
            out["body"] = base64.b64encode(self.body).decode()
        return json.dumps(out)


# --- values -----------------------------------------------------------------------------------


def from_pattern(pattern):
    """Some string that a regular expression matches, or None when it is beyond this."""
    try:
        return "".join(_expand(sre_parse.parse(pattern)))
    except (re.error, ValueError, OverflowError, RecursionError):
        return None


def _pick(items):
    for want in "aA0-._/ ":
        for op, arg in items:
            if op == sre_parse.LITERAL and chr(arg) == want:
                return want
            if op == sre_parse.RANGE and arg[0] <= ord(want) <= arg[1]:
                return want
    op, arg = items[0]
    if op == sre_parse.NEGATE:
        banned = set()
        for op, arg in items[1:]:
            banned |= {arg} if op == sre_parse.LITERAL else set(range(arg[0], arg[1] + 1)) \
                if op == sre_parse.RANGE else _category(arg)
        return next(c for c in "aA0-_x" if ord(c) not in banned)
    if op == sre_parse.LITERAL:
        return chr(arg)
    if op == sre_parse.RANGE:
        return chr(arg[0])
    return _of_category(arg)


def _category(arg):
    name = str(arg)
    if "DIGIT" in name:
        return set(map(ord, "0123456789"))
    if "SPACE" in name:
        return set(map(ord, " \t\n"))
    return set(map(ord, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))


def _of_category(arg):
    name = str(arg)
    if "NOT" in name:
        return "-" if "WORD" in name else "a"
    return "0" if "DIGIT" in name else " " if "SPACE" in name else "a"


def _expand(tree):
    for op, arg in tree:
        if op == sre_parse.LITERAL:
            yield chr(arg)
        elif op == sre_parse.NOT_LITERAL:
            yield "a" if arg != ord("a") else "b"
        elif op == sre_parse.ANY:
            yield "a"
        elif op == sre_parse.IN:
            yield _pick(arg)
        elif op == sre_parse.CATEGORY:
            yield _of_category(arg)
        elif op in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT):
            low, high, inner = arg
            # One of what may repeat without end: "[a-z]*" is more of a name with a letter.
            times = low or (1 if high > 1000 else 0)
            if times > 5000:
                raise ValueError("too long")
            for _ in range(times):
                yield from _expand(inner)
        elif op == sre_parse.SUBPATTERN:
            yield from _expand(arg[-1])
        elif op == sre_parse.BRANCH:
            yield from _expand(arg[1][0])
        elif op in (sre_parse.AT, sre_parse.ASSERT, sre_parse.ASSERT_NOT):
            pass
        else:
            raise ValueError(op)


def fits(shape, value):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 30)
    if not low <= len(value) <= high:
        return False
    pattern = shape.metadata.get("pattern")
    if not pattern:
        return True
    try:
        return re.search(pattern if pattern.startswith("^") else "^(?:%s)$" % pattern, value,
                         re.DOTALL) is not None
    except re.error:
        return True


class Values:
    """Parameters for one operation. `lists` is how many items a list gets."""

    def __init__(self, service, model, minimal, lists):
        self.service, self.minimal, self.lists = service, minimal, lists
        self.prefix = model.metadata.get("signingName") or model.metadata["endpointPrefix"]

    def string(self, shape, name, number):
        fixed = VALUES.get((self.service, name))
        if fixed:
            return fixed
        if getattr(shape, "enum", None):
            return shape.enum[min(number, len(shape.enum) - 1)]
        tail = str(number + 1)
        candidates = []
        if re.search(r"arns?$", name, re.I) or re.search(r"arn$", shape.name, re.I):
            kind = re.sub(r"_?arns?$", "", name, flags=re.I).lower() or "resource"
            if re.search(r"role$", kind):
                candidates.append("arn:aws:iam::%s:role/%s%s" % (ACCOUNT, kind, tail))
            candidates.append("arn:aws:%s:%s:%s:%s/name%s" % (self.prefix, REGION, ACCOUNT, kind, tail))
            candidates.append("arn:aws:%s:%s:%s:%s:name%s" % (self.prefix, REGION, ACCOUNT, kind, tail))
        plain = "my%s%s" % (re.sub(r"[^A-Za-z0-9]", "", name) or "Value", tail)
        low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 30)
        candidates += [plain, plain.lower(), plain[:max(high - 1, 0)] + tail, ACCOUNT,
                       "0123456789abcdef0"[:max(low, 1)],
                       "a1b2c3d4-5678-90ab-cdef-000000000%03d" % number,
                       plain + "x" * max(0, low - len(plain)), "i-0123456789abcde%d" % number]
        for value in candidates:
            if value and fits(shape, value):
                return value
        value = from_pattern(shape.metadata.get("pattern", "")) or plain
        value = value.rstrip("\n") or plain
        if len(value) < low:
            value += value[-1] * (low - len(value))
        return value[:high] or "a"

    def number(self, shape):
        low = shape.metadata.get("min", 1)
        return min(max(low, 1), shape.metadata.get("max", 1 << 31))

    def make(self, shape, name="", depth=0, number=0, seen=()):
        kind = shape.type_name
        if depth > 4 * DEPTH_MAX and kind in ("structure", "list", "map"):
            return [] if kind == "list" else {}
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return {"key": "value"}
            return self.structure(shape, depth, seen, number)
        if kind == "list":
            count = max(self.lists, shape.metadata.get("min", 0))
            count = min(count, max(shape.metadata.get("max", count), 1), 50)
            return [self.make(shape.member, name or shape.name, depth + 1, number + i, seen)
                    for i in range(count)]
        if kind == "map":
            return {self.make(shape.key, name + "Key", depth + 1, i, seen):
                    self.make(shape.value, name, depth + 1, i, seen)
                    for i in range(self.lists)}
        if kind == "string":
            return self.string(shape, name, number)
        if kind in ("integer", "long"):
            return int(self.number(shape))
        if kind in ("float", "double"):
            return float(self.number(shape))
        if kind == "boolean":
            return True
        if kind == "timestamp":
            return datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        if kind == "blob":
            if shape.serialization.get("streaming"):
                return io.BytesIO(b"body of " + name.encode())
            return b"bytes of " + name.encode()
        raise ValueError(kind)

    def structure(self, shape, depth, seen, number=0, leave=()):
        out = {}
        if getattr(shape, "is_tagged_union", False):
            for name, member in shape.members.items():
                if member.name not in seen:
                    return {name: self.make(member, name, depth + 1, number, seen + (shape.name,))}
        for name, member in shape.members.items():
            required = name in shape.required_members
            if name in leave or getattr(member, "event_stream", False):
                continue
            if getattr(member, "is_eventstream", False) or member.serialization.get("eventstream"):
                continue
            if not required and (self.minimal or depth >= DEPTH_MAX or member.name in seen):
                continue
            out[name] = self.make(member, name, depth + 1, number, seen + (shape.name,))
        return out


# --- clients ----------------------------------------------------------------------------------


class Taken(Exception):
    def __init__(self, request):
        super().__init__("taken")
        self.request = request


class OneProtocol(botocore.loaders.Loader):
    """A loader whose models claim to speak just one protocol."""

    protocol = None

    def load_service_model(self, service_name, type_name, api_version=None):
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name == "service-2" and self.protocol:
            model = copy.copy(model)
            meta = model["metadata"] = dict(model["metadata"])
            meta["protocol"], meta["protocols"] = self.protocol, [self.protocol]
            meta.setdefault("jsonVersion", "1.0")
            meta.pop("awsQueryCompatible", None)
        return model

    def forget(self, service):
        """All models together would fill the memory."""
        for key in [key for key in self._cache if service in key]:
            del self._cache[key]


# Asked nine times a request, for the same few names.
botocore.hooks.EventAliaser._alias_event_name = \
    functools.lru_cache(10000)(botocore.hooks.EventAliaser._alias_event_name)


@functools.lru_cache(None)
def session_for(protocol):
    """One for all clients: most of what a session costs is reading what is the same for all services."""
    session = botocore.session.Session()
    session.set_credentials(ACCESS_KEY, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    session.set_config_variable("region", REGION)
    loader = OneProtocol(include_default_search_paths=True)
    loader.protocol = protocol
    session.register_component("data_loader", loader)
    session.register_component("token_provider", Token())
    return session


class Answer:
    """What urllib3 would hand over."""

    def __init__(self, body):
        self.body = body

    def stream(self):
        yield self.body


def take(request, event_name, **_):
    # Some clients must ask for their endpoint first.
    if event_name.endswith(".DescribeEndpoints") and not wanted.endswith(".DescribeEndpoints"):
        host = re.match(r"https?://([^/]*)", request.url).group(1)
        body = {"Endpoints": [{"Address": host, "CachePeriodInMinutes": 60}]}
        return botocore.awsrequest.AWSResponse(request.url, 200, {},
                                               Answer(json.dumps(body).encode()))
    raise Taken(request)


wanted = ""


class Token:
    def load_token(self, **_):
        return botocore.tokens.FrozenAuthToken("bearer-token")


def client_for(service, protocol=None, version=None, endpoint=None, s3=None, region=REGION):
    session = session_for(protocol)
    config = botocore.config.Config(
        retries={"total_max_attempts": 1}, parameter_validation=False, s3=s3,
        signature_version=SIGNATURE.get(service),
        inject_host_prefix=True, user_agent="leastpriv-test")
    client = session.create_client(service, api_version=version, endpoint_url=endpoint,
                                   config=config, region_name=region)
    client.meta.events.register_first("before-send.*", take)
    return client


def capture(client, operation, params):
    """The prepared request of one call, or an exception of botocore's."""
    global wanted
    wanted = "." + operation
    try:
        client._make_api_call(operation, params)
    except Taken as taken:
        return taken.request
    raise RuntimeError("nothing was sent")


def to_request(prepared, service, client, operation, variant, protocol, params):
    match = re.match(r"https?://([^/?]*)(.*)$", prepared.url)
    body = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    headers = {k: (v.decode() if isinstance(v, bytes) else v) for k, v in prepared.headers.items()}
    model = client.meta.service_model
    target = match.group(2) or "/"
    return Request(service, str(model.service_id), operation, protocol, model.api_version, variant,
                   match.group(1), prepared.method, target if target[0] == "/" else "/" + target,
                   headers, body, params,
                   unsigned="Authorization" not in headers or
                   not headers["Authorization"].startswith("AWS"))


def protocols_of(metadata):
    out = list(metadata.get("protocols") or [metadata["protocol"]])
    if "awsQueryCompatible" in metadata and "query" not in out:
        out.append("query")
    return out


def requests(service, variants=VARIANTS, versions="all", endpoint=None):
    """Yields a Request, or (service, operation, variant, error) where botocore itself fails."""
    loader = session_for(None).get_component("data_loader")
    names = loader.list_api_versions(service, "service-2")
    for version in names if versions == "all" else names[-1:]:
        newest = version == names[-1]
        meta = loader.load_service_model(service, "service-2", version)["metadata"]
        protocols = protocols_of(meta)
        for protocol in protocols:
            s3 = {"addressing_style": "path" if endpoint else "virtual"} if service == "s3" else None
            one = protocol if len(protocols) > 1 else None
            client = client_for(service, one, version, endpoint, s3)
            session_for(one).get_component("data_loader").forget(service)
            model = client.meta.service_model
            for operation in model.operation_names:
                shape = model.operation_model(operation).input_shape
                last = None
                for variant in variants if newest and protocol == protocols[0] else ("minimal",):
                    values = Values(service, model, variant == "minimal",
                                    2 if variant == "lists" else 1)
                    try:
                        params = {}
                        if shape:
                            params = values.structure(shape, 0, (),
                                                      leave=LEFT_OUT.get((service, operation), ()))
                        # A variant that has nothing of its own is the same request.
                        if last and last.params == params:
                            last = dataclasses.replace(last, variant=variant)
                        else:
                            last = to_request(capture(client, operation, params), service, client,
                                              operation, variant, protocol, params)
                            last.newest = newest
                        yield last
                    except (botocore.exceptions.BotoCoreError, RuntimeError, ValueError, TypeError,
                            AttributeError, KeyError) as error:
                        last = None
                        yield (service, operation, variant, "%s: %s" % (type(error).__name__, error))


def services():
    return session_for(None).get_component("data_loader").list_available_services("service-2")


def _work(args):
    service, options = args
    return service, list(requests(service, **options))


def all_requests(jobs=2, **options):
    """The same over all services, in several processes; services in no fixed order."""
    with multiprocessing.Pool(jobs) as pool:
        for _, found in pool.imap_unordered(_work, [(s, options) for s in services()]):
            yield from found


def corpus(build, jobs=2, name="all", **options):
    """Path of a file with all requests, and what botocore could not make, each as one string. The
    files stay in `build` and are made again for another botocore or another version of this file."""
    with open(__file__, "rb") as source:
        key = hashlib.sha256(source.read() + botocore.__version__.encode()).hexdigest()[:12]
    path = os.path.join(build, "requests-%s-%s.jsonl" % (name, key))
    if not os.path.exists(path):
        with open(path + ".new", "w") as out, open(path + ".failed", "w") as failed:
            for r in all_requests(jobs, **options):
                print(" ".join(r) if isinstance(r, tuple) else r.line(),
                      file=failed if isinstance(r, tuple) else out)
        os.rename(path + ".new", path)
    with open(path + ".failed") as failed:
        return path, failed.read().splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-j", type=int, default=2, help="processes")
    parser.add_argument("--endpoint", help="as if this were the --endpoint-url")
    parser.add_argument("--minimal", action="store_true", help="required members only")
    parser.add_argument("service", nargs="*")
    args = parser.parse_args()
    options = {"endpoint": args.endpoint}
    if args.minimal:
        options["variants"] = ("minimal",)
    found = all_requests(args.j, **options) if not args.service else \
        (r for s in args.service for r in requests(s, **options))
    for r in found:
        if isinstance(r, tuple):
            print("failed:", *r, file=sys.stderr)
        else:
            print(r.line())


if __name__ == "__main__":
    main()
