"""What goes on to somebody else once IAM has allowed it: Security Hub, which ministack does not have, to local AWS, and
Step Functions to the engine, where one is named. Without one, Step Functions is ministack's own.
"""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core import iam_actions, router

Answer = tuple[int, dict[str, str], bytes]


def forward(elsewhere: Mapping[str, str]) -> None:
    """Passes on the calls of the services in `elsewhere`, which may change while it runs."""
    # The name of the service, the prefix of its actions, and where botocore says which path is which action. Without
    # the first it would read every model that botocore has, which takes ten seconds.
    router._KNOWN_AWS_SERVICE_NAMES = frozenset({"securityhub"})
    iam_actions.SERVICE_TO_IAM_NAMESPACE["securityhub"] = "securityhub"
    iam_actions._BOTOCORE_SERVICE_MAP["securityhub"] = ["securityhub"]
    for service in ("securityhub", "states"):
        app.SERVICE_HANDLERS[service] = _handler(service, elsewhere, app.SERVICE_HANDLERS.get(service))


def _handler(service: str, elsewhere: Mapping[str, str], own: Any) -> Any:
    async def handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Any:
        if service not in elsewhere:
            return await own(method, path, headers, body, query)
        return await asyncio.to_thread(_send, elsewhere[service] + path, method, headers, body)

    return handle


def _send(url: str, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Sends a request as it came."""
    kept = {name: value for name, value in headers.items() if name not in ("connection", "transfer-encoding")}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer = opener.open(urllib.request.Request(url, body, kept, method=method), timeout=20)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        told = {name: answer.headers[name] for name in ("content-type", "x-amzn-errortype") if name in answer.headers}
        return answer.status, told, answer.read()
