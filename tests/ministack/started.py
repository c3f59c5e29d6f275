"""Shared by the tests: enforced_aws, started with its patches and without them, and a server behind it for the calls that it
passes on.
"""

import atexit
import functools
import itertools
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

# It is above the folder of these tests.
from emulators import Emulator

ACCOUNT = "123456789012"
REGION = "us-east-1"
ADMINISTRATOR = {"AccessKeyId": "administrator", "SecretAccessKey": "administrator", "SessionToken": "administrator"}

# The first error is the one that a test is about.
_CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={})
_SESSION = botocore.session.Session()
_NUMBERS = itertools.count(1)


class Behind:
    """The server behind enforced_aws: answers every request with the same value, and records the requests."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        behind = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                behind.asked.append(f"{self.command} {self.path}")
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PATCH = do_GET = do_POST

            def log_message(self, *_about: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Started(Emulator):
    """A running `python -m enforced_aws`."""

    def __init__(self, *options: str, quiet: bool = False) -> None:
        self.hub = Behind({"Findings": []})
        required = ["--account", ACCOUNT, "--security-hub", self.hub.endpoint]
        errors = subprocess.DEVNULL if quiet else None
        super().__init__("enforced_aws", *required, *options, python=sys.executable, errors=errors)

    def end(self) -> tuple[int, str]:
        ended = super().end()
        self.hub.close()
        return ended

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_redress/{path}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def client(self, service: str, session: Mapping[str, str] = ADMINISTRATOR) -> Any:
        """A client of a service: the administrator's, or that of a session."""
        return _SESSION.create_client(
            service,
            REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
            config=_CONFIG,
        )

    def session(self, *statements: Mapping[str, Any], name: str | None = None) -> dict[str, str]:
        """A session of a role that may do this and nothing else."""
        name, iam = name or unique("role"), self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        session = self.client("sts").assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="test")
        return session["Credentials"]


@functools.cache
def mended() -> Started:
    """One that all tests share. Each makes what it needs, under names of its own."""
    return _shared(Started())


@functools.cache
def plain() -> Started:
    """ministack as it is, which says where it fails."""
    return _shared(Started("--plain", quiet=True))


def _shared(started: Started) -> Started:
    atexit.register(started.end)
    return started


def unique(kind: str) -> str:
    return f"{kind}-{next(_NUMBERS)}"


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def allowed(call: Callable[..., Any], **parameters: Any) -> bool:
    """Whether IAM allows a call, whatever the service answers."""
    try:
        call(**parameters)
    except ClientError as error:
        return "not authorized to perform" not in error.response["Error"]["Message"]
    return True
