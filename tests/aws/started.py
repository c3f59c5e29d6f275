"""Shared by the tests: starts local_aws, and calls it over HTTP, with boto3 for AWS and with JSON for the control endpoints."""

import atexit
import functools
import http.client
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent))

# It is above the folder of these tests.
from emulators import Emulator

ADMINISTRATOR = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret", "SessionToken": None}

# The first error is the one that a test is about, and botocore's own checks would hide those of the server.
_CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={})
_SESSION = botocore.session.Session()


class Started(Emulator):
    """A running `python -m local_aws`."""

    def __init__(self, *options: str) -> None:
        super().__init__("local_aws", *options, python=sys.executable)
        self.client = functools.cache(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def connect(self) -> http.client.HTTPConnection:
        address = urlsplit(self.endpoint)
        return http.client.HTTPConnection(address.hostname, address.port, timeout=20)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Calls a control endpoint and returns its answer, which must be a success."""
        status, answer = self.try_control(method, path, body)
        if status != 200:
            raise AssertionError(f"{method} {path} answered {status}: {answer}")
        return answer

    def try_control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        with closing(self.connect()) as connection:
            connection.request(method, f"/_redress/{path}", None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.load(answer)

    def as_session(self, service: str, credentials: Mapping[str, str | None], region: str = "us-east-1") -> Any:
        """A client that signs with the credentials of a session."""
        return self.client(service, region, *(credentials[name] for name in ADMINISTRATOR))

    def as_administrator(self, service: str, region: str = "us-east-1") -> Any:
        return self.as_session(service, ADMINISTRATOR, region)

    def _client(self, service: str, region: str, key: str, secret: str, token: str | None) -> Any:
        return _SESSION.create_client(
            service,
            region,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=_CONFIG,
        )


@functools.cache
def shared() -> Started:
    """One that all tests share, because starting it takes longer than most of them. They reset it first."""
    started = Started()
    atexit.register(started.end)
    return started


def fresh() -> Started:
    """The shared one, emptied."""
    shared().control("POST", "reset")
    return shared()


def event(name: str = "outside", workflow: str = "credential-exfiltration") -> dict[str, Any]:
    """A sample event of a workflow."""
    folder = ROOT / "statemachines" / workflow / "events"
    return json.loads((folder / f"{name}.json").read_text())


def manifest() -> list[dict[str, Any]]:
    """The tasks with their permissions."""
    return json.loads((ROOT / "tasks" / "manifest.json").read_text())


def failure(call: Any, *positional: Any, **parameters: Any) -> tuple[str, str, int]:
    """The code, the message and the HTTP status with which a call of boto3 fails."""
    try:
        call(*positional, **parameters)
    except ClientError as error:
        answer = error.response
        return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("the call did not fail")
