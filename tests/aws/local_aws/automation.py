"""SSM Automation, which moto lacks: what was started, and with what. Nothing is done.

A runbook must be there: one of moto's documents, or one of AWS's own, whose names begin with `AWS`. Parameters are lists of
texts, as the real call takes them.
"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.ssm.models import ssm_backends
from werkzeug.wrappers import Response

from local_aws.errors import error
from local_aws.request import Call


class Automations:
    """Answers `StartAutomationExecution`, `GetAutomationExecution` and `DescribeAutomationExecutions`."""

    def __init__(self) -> None:
        self._started: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._operations = {
            "StartAutomationExecution": self._start,
            "GetAutomationExecution": self._get,
            "DescribeAutomationExecutions": self._describe,
        }

    def reset(self) -> None:
        self._started.clear()

    def answer(self, call: Call, account: str) -> Response | None:
        """The answer to a call, or nothing if it is one for moto."""
        operation = self._operations.get(call.action) if call.service == "ssm" else None
        return operation(call, account) if operation else None

    def _start(self, call: Call, account: str) -> Response:
        name, parameters = call.parameters.get("DocumentName"), call.parameters.get("Parameters", {})
        if not name:
            return error(call, "ValidationException", "DocumentName must not be null.", 400)
        # moto keeps documents to itself, and its look-up raises what only its own dispatch can write.
        if not name.startswith("AWS") and name not in ssm_backends[account][call.region]._documents:
            message = f"No Automation document with the name {name} was found."
            return error(call, "AutomationDefinitionNotFoundException", message, 400)
        if not all(
            isinstance(values, list) and all(isinstance(it, str) for it in values) for values in parameters.values()
        ):
            message = "The parameters of an automation are lists of strings."
            return error(call, "InvalidAutomationExecutionParametersException", message, 400)
        started = self._started.setdefault((account, call.region), {})
        execution = {
            "AutomationExecutionId": str(uuid4()),
            "DocumentName": name,
            "DocumentVersion": call.parameters.get("DocumentVersion", "$DEFAULT"),
            "ExecutionStartTime": datetime.now(UTC).timestamp(),
            "AutomationExecutionStatus": "Success",
            "Parameters": parameters,
        }
        started[execution["AutomationExecutionId"]] = execution
        return _json({"AutomationExecutionId": execution["AutomationExecutionId"]})

    def _get(self, call: Call, account: str) -> Response:
        execution = self._started.get((account, call.region), {}).get(call.parameters.get("AutomationExecutionId", ""))
        if execution is None:
            return error(call, "AutomationExecutionNotFoundException", "There is no such automation execution.", 400)
        return _json({"AutomationExecution": execution})

    def _describe(self, call: Call, account: str) -> Response:
        all_started = self._started.get((account, call.region), {}).values()
        shown = [{name: it for name, it in one.items() if name != "Parameters"} for one in all_started]
        return _json({"AutomationExecutionMetadataList": shown})


def _json(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/x-amz-json-1.1")
