"""The endpoints under `/_redress/`: `GET calls`, the decisions so far, and `POST engine`, where Step Functions is."""

import json
from typing import Any

from enforced_aws.decisions import Decisions

PREFIX = "/_redress/"


class Control:
    """Answers them, and hands everything else to ministack."""

    def __init__(self, application: Any, decisions: Decisions, elsewhere: dict[str, str]) -> None:
        self._application = application
        self._decisions = decisions
        self._elsewhere = elsewhere

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._application(scope, receive, send)
            return
        match scope["method"], scope["path"].removeprefix(PREFIX):
            case "GET", "calls":
                status, answer = 200, self._decisions.all()
            case "POST", "engine":
                self._elsewhere["states"] = json.loads(await _body(receive))["endpoint"]
                status, answer = 200, {}
            case method, _:
                status, answer = 404, {"error": f"there is no {method} {scope['path']}"}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
