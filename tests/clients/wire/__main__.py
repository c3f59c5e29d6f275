"""Holds what the engine sends to AWS, and what it reads, against botocore and moto.

For operations of many services parameters are made up, a Task state calls `aws-sdk:SERVICE:ACTION` with them through
TestState, and a recording endpoint compares the request with the one that botocore makes. It answers with what moto
serializes of a made-up output, and the output of the state is compared with what botocore reads in that answer.

Prints the recorder's URL, and then reads the engine's from standard input. `WIRE=each` takes some operations of every
service, `WIRE=all` all of them, `WIRE=iam,s3` all of those.
"""

import collections
import concurrent.futures
import hashlib
import http.client
import http.server
import importlib.util
import json
import os
import pathlib
import re
import sys
import threading
import urllib.parse
from typing import ClassVar
from xml.sax.saxutils import escape

import botocore.loaders
import botocore.parsers
import botocore.serialize
from moto.core.model import ServiceModel
from moto.core.serialize import get_serializer_class

import requests_made
from values import Maker, sdk_case, skipped, told

MODELS = pathlib.Path(__file__).parents[3] / "engine/models/generate.py"
# The engine answers these itself.
OWN = {"stepfunctions", "events", "lambda"}
# Those that are peculiar, and of the others one in ten.
ALWAYS = [
    "s3",
    "ec2",
    "iam",
    "sqs",
    "sns",
    "dynamodb",
    "route53",
    "cloudfront",
    "securityhub",
    "ssm",
    "kms",
    "sts",
    "rds",
]
ONE_IN = 10
PER_SERVICE = 8
PER_PECULIAR = 24
# Of so many calls one fails as well, with an error of the operation's.
ERROR_IN = 4
FAILS = 10**9


def generator():
    spec = importlib.util.spec_from_file_location("generate", MODELS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


def error_of(protocol, shape):
    """An error as a service of this protocol writes it: status, headers and body."""
    status = (shape.metadata.get("error") or {}).get("httpStatusCode", 400)
    code = escape(shape.error_code)
    said = f"<Code>{code}</Code><Message>It failed.</Message>"
    if protocol == "json":
        body = json.dumps({"__type": f"com.amazonaws.any#{shape.name}", "message": "It failed."})
    elif protocol == "rest-json":
        return status, {"x-amzn-ErrorType": f"{shape.name}:http://internal/"}, b'{"message": "It failed."}'
    elif protocol == "rest-xml":
        body = f"<Error>{said}<RequestId>r</RequestId></Error>"
    elif protocol == "ec2":
        body = f"<Response><Errors><Error>{said}</Error></Errors><RequestID>r</RequestID></Response>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{said}</Error><RequestId>r</RequestId></ErrorResponse>"
    return status, {}, body.encode()


class Case:
    """One call."""

    def __init__(self, number, service, operation, protocol):
        self.number = number
        self.operation = operation
        self.protocol = protocol
        self.name = f"aws-sdk:{service}:{operation.name[:1].lower()}{operation.name[1:]}"
        maker = Maker(f"{self.name} 1")
        taken = operation.input_shape
        self.parameters = maker.structure(taken) if taken else {}
        serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
        self.expected = requests_made.of_botocore(serializer.serialize_to_request(self.parameters, operation))
        self.error = self.failure = None
        errors = operation.error_shapes
        if errors and number % ERROR_IN == 0:
            shape = maker.random.choice(errors)
            self.error = error_of(protocol, shape)
            self.failure = f"{GENERATE.sdk_name(operation.service_model.metadata['serviceId'])}.{GENERATE.exception_name(shape.name)}"
        self.answer = self.output = self.unanswered = self.arrived = None
        try:
            self.answer, self.output = self.answered(maker)
        except Exception as error:  # noqa: BLE001, moto cannot serialize it, which is no fault of the engine's
            self.unanswered = f"{type(error).__name__}: {error}"

    def answered(self, maker):
        """An answer on the wire, and what botocore reads in it."""
        operation = self.operation
        value = maker.structure(operation.output_shape) if operation.output_shape else {}
        made = get_serializer_class(operation.service_model.service_name, self.protocol)(operation).serialize(value)
        body = made["body"] or b""
        body = body.encode() if isinstance(body, str) else body
        headers = {name: str(text) for name, text in made["headers"].items()}
        raw = {"body": body, "headers": http.client.HTTPMessage(), "status_code": made["status_code"]}
        for name, text in headers.items():
            raw["headers"][name] = text
        read = botocore.parsers.create_parser(self.protocol).parse(raw, operation.output_shape)
        read.pop("ResponseMetadata", None)
        output = told(operation.output_shape, read) if operation.output_shape else {}
        # Whoever sends an answer says how long it is.
        for name, member in operation.output_shape.members.items() if operation.output_shape else ():
            if member.serialization.get("name", "").lower() == "content-length":
                output[sdk_case(name)] = len(body)
        return (made["status_code"], headers, body), output

    def definition(self):
        arguments = told(self.operation.input_shape, self.parameters) if self.operation.input_shape else {}
        resource = f"arn:aws:states:::{self.name}"
        state = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": resource, "Arguments": arguments, "End": True}
        return json.dumps(state)


def cases():
    """The calls to make."""
    loader = botocore.loaders.Loader()
    wanted = os.environ.get("WIRE", "")
    names = [name for name in loader.list_available_services("service-2") if name not in OWN]
    taken, number, seen = [], 0, set()
    for name in sorted(names):
        is_picked = int(hashlib.sha256(name.encode()).hexdigest(), 16) % ONE_IN == 0
        if wanted not in ("all", "each") and (
            name not in wanted.split(",") if wanted else not (name in ALWAYS or is_picked)
        ):
            continue
        model = ServiceModel(loader.load_service_model(name, "service-2"), name)
        spoken = model.metadata.get("protocols") or [model.metadata["protocol"]]
        protocol = next((it for it in GENERATE.PROTOCOLS if it in spoken), None)
        service = GENERATE.sdk_name(model.metadata["serviceId"]).lower()
        if protocol is None or service in seen:
            continue
        seen.add(service)
        operations = sorted(model.operation_names, key=lambda it: hashlib.sha256(it.encode()).hexdigest())
        if wanted in ("", "each"):
            operations = operations[: PER_PECULIAR if name in ALWAYS else PER_SERVICE]
        for operation in operations:
            of = model.operation_model(operation)
            members = of.input_shape.members if of.input_shape else {}
            needs_more = any(skipped(members[name]) for name in of.input_shape.required_members) if members else False
            if of.has_event_stream_input or of.has_event_stream_output or needs_more:
                continue
            number += 1
            taken.append(Case(number, service, of, protocol))
    return taken


class Recorder(http.server.BaseHTTPRequestHandler):
    """Takes whatever comes. The access key is the number of the case."""

    protocol_version = "HTTP/1.1"
    cases: ClassVar[dict] = {}
    unsigned = None

    def handle_any(self):
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        signed = re.search("Credential=([0-9]{12})/[0-9]+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
        case = Recorder.cases.get(int(signed[1]) % FAILS) if signed else Recorder.unsigned
        if case is None:
            self.send_error(500)
            return
        case.arrived = (self.command, self.path, dict(self.headers.items()), data, signed[3] if signed else None)
        fails = signed and int(signed[1]) >= FAILS
        status, headers, body = case.error if fails else case.answer or (200, {}, b"")
        body = b"" if status in (204, 304) else body
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def log_message(self, *_):
        pass


LOCAL = threading.local()


def try_state(engine, case):
    """TestState: the state's output, or its error and cause. Of a call that is to fail too, the error besides."""
    said = called(engine, case, case.number)
    if case.error and case.arrived and case.arrived[4]:
        said["failed"] = called(engine, case, case.number + FAILS)
    return said


def called(engine, case, number):
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = http.client.HTTPConnection(engine.hostname, engine.port)
    headers = {
        "x-amz-target": "AWSStepFunctions.TestState",
        "content-type": "application/x-amz-json-1.0",
        "authorization": f"AWS4-HMAC-SHA256 Credential={number:012}/20260101/us-east-1/states/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    body = {"definition": case.definition(), "roleArn": "arn:aws:iam::123456789012:role/any", "input": "{}"}
    LOCAL.connection.request("POST", "/", json.dumps(body), headers)
    return json.loads(LOCAL.connection.getresponse().read())


def normal(value):
    """Numbers that are equal are the same, and what is null is not there."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def problems(case, said):
    """Everything in which a call went otherwise than botocore's."""
    if case.arrived is None:
        return [f"nothing was sent: {requests_made.short(said)}"]
    *arrived, service = case.arrived
    found = requests_made.differences(case.expected, requests_made.of_engine(*arrived))
    if service not in (None, case.operation.service_model.signing_name):
        found.append(f"it was signed for {service}, and not for {case.operation.service_model.signing_name}")
    failed = said.get("failed")
    if failed and failed.get("error") != case.failure:
        found.append(f"error: {case.failure} became {requests_made.short(failed)} of {case.error}")
    if case.answer is None:
        return found
    if said.get("status") != "SUCCEEDED":
        return [*found, f"the answer was not taken: {requests_made.short(said)}"]
    output = normal(json.loads(said["output"]))
    if output != normal(case.output):
        expected = requests_made.short(normal(case.output))
        found.append(
            f"output: botocore {expected}\n        the engine {requests_made.short(output)}\n        of {case.answer}"
        )
    return found


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    all_cases = cases()
    Recorder.cases = {case.number: case for case in all_cases}
    engine = urllib.parse.urlsplit(sys.stdin.readline().strip())
    is_signed = lambda case: case.operation.auth_type != "none" and case.operation.auth != ["smithy.api#noAuth"]  # noqa: E731
    told_problems = collections.OrderedDict()
    for case in all_cases:
        if not is_signed(case):
            Recorder.unsigned = case
            told_problems[case.number] = problems(case, try_state(engine, case))
    signed = [case for case in all_cases if is_signed(case)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for case, said in zip(signed, pool.map(lambda case: try_state(engine, case), signed)):
            told_problems[case.number] = problems(case, said)
    wrong = [case for case in all_cases if told_problems[case.number]]
    for case in wrong:
        print(f"{case.name} ({case.protocol})", *told_problems[case.number], sep="\n    ")
    protocols = collections.Counter(case.protocol for case in all_cases)
    unanswered = collections.Counter(case.unanswered for case in all_cases if case.unanswered)
    errors = sum(1 for case in all_cases if case.error and is_signed(case))
    print(
        f"{len(all_cases)} operations ({dict(protocols)}), {errors} errors, {len(wrong)} differ; no answer for {sum(unanswered.values())}"
    )
    if os.environ.get("WIRE"):
        print(*unanswered.most_common(20), sep="\n")
    sys.exit(bool(wrong) or (len(all_cases) < 300 and not os.environ.get("WIRE")))


if __name__ == "__main__":
    main()
