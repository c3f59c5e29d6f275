"""The two calls of Security Hub that a responder lives by.

moto's `GetFindings` ignores its filters, and `BatchUpdateFindings` is missing. Both are answered here, on the findings
that moto keeps, so that its `BatchImportFindings` still fills them.
"""

import json
from typing import Any

from moto.securityhub.models import SecurityHubBackend, securityhub_backends
from werkzeug.wrappers import Response

from local_aws import findings
from local_aws.errors import error
from local_aws.findings import Finding, InvalidInput
from local_aws.request import Call


class SecurityHub:
    """Answers the calls, and plays the lag with which Security Hub takes findings in."""

    def __init__(self) -> None:
        self._hidden: dict[str, int] = {}
        self._operations = {
            "BatchUpdateFindings": self._batch_update_findings,
            "GetFindings": self._get_findings,
        }

    def hide(self, finding_id: str, look_ups: int) -> None:
        """Makes a finding invisible to the next look-ups that would find it."""
        self._hidden[finding_id] = look_ups

    def reset(self) -> None:
        self._hidden.clear()

    def answer(self, call: Call, account: str) -> Response | None:
        """The answer to a call, or nothing if it is one for moto."""
        operation = self._operations.get(call.action) if call.service == "securityhub" else None
        if operation is None:
            return None
        hub = securityhub_backends[account][call.region]
        if not hub.enabled:
            message = f"Account {account} is not subscribed to AWS Security Hub"
            return error(call, "InvalidAccessException", message, 401)
        try:
            result = operation(call.parameters, hub)
        except InvalidInput as refused:
            return error(call, "InvalidInputException", str(refused), 400)
        return Response(json.dumps(result), content_type="application/json")

    def _get_findings(self, parameters: dict[str, Any], hub: SecurityHubBackend) -> dict[str, Any]:
        if unsupported := parameters.keys() - {"Filters", "MaxResults", "NextToken"}:
            raise InvalidInput(f"local_aws does not know the parameters {sorted(unsupported)} of GetFindings")
        size = parameters.get("MaxResults", 100)
        if not 1 <= size <= 100:
            raise InvalidInput("Invalid parameter: MaxResults must be between 1 and 100.")
        filters = parameters.get("Filters", {})
        selected = [finding for finding in _all(hub) if findings.selects(filters, finding) and self._sees(finding)]
        start = int(parameters.get("NextToken") or 0)
        result: dict[str, Any] = {"Findings": selected[start : start + size]}
        if start + size < len(selected):
            result["NextToken"] = str(start + size)
        return result

    def _batch_update_findings(self, parameters: dict[str, Any], hub: SecurityHubBackend) -> dict[str, Any]:
        findings.check_update(parameters)
        known = {(finding["Id"], finding["ProductArn"]): finding for finding in _all(hub)}
        processed, unprocessed = [], []
        for identifier in parameters["FindingIdentifiers"]:
            finding = known.get((identifier["Id"], identifier["ProductArn"]))
            if finding and self._sees(finding):
                findings.apply_update(parameters, finding)
                processed.append(identifier)
            else:
                why = {"ErrorCode": "FindingNotFound", "ErrorMessage": "Finding Not Found"}
                unprocessed.append({"FindingIdentifier": identifier, **why})
        return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}

    def _sees(self, finding: Finding) -> bool:
        """Whether the finding has arrived. Each time that it has not brings it nearer."""
        left = self._hidden.get(finding["Id"], 0)
        if left > 0:
            self._hidden[finding["Id"]] = left - 1
        return left <= 0


def _all(hub: SecurityHubBackend) -> list[Finding]:
    for finding in hub.findings:
        findings.complete(finding.data)
    return [finding.data for finding in hub.findings]
