"""A GuardDuty finding as Security Hub has it: in the AWS Security Finding Format, with all that this requires."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.guardduty import Event


def finding(event: Event) -> dict[str, Any]:
    """The finding of an event, new and active."""
    detail = event.detail
    severity = detail.get("severity", 0)
    created = detail.get("createdAt", "1970-01-01T00:00:00.000Z")
    return {
        "SchemaVersion": "2018-10-08",
        "Id": event.finding_arn,
        "ProductArn": f"arn:{event.partition}:securityhub:{event.region}::product/aws/guardduty",
        "ProductName": "GuardDuty",
        "CompanyName": "Amazon",
        "Region": event.region,
        "GeneratorId": event.finding_arn.partition("/finding/")[0],
        "AwsAccountId": event.account,
        "Types": [f"TTPs/{detail.get('type', 'unknown')}"],
        "CreatedAt": created,
        "UpdatedAt": detail.get("updatedAt", created),
        "Severity": {"Product": severity, "Label": _label(severity), "Normalized": int(severity * 10)},
        "Title": detail.get("title", "GuardDuty finding"),
        "Description": detail.get("description", "GuardDuty finding"),
        "Resources": [_resource(event)],
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }


# The lowest normalized severity of each severity of OCSF, and its label.
_SEVERITIES = {1: (0, "INFORMATIONAL"), 2: (1, "LOW"), 3: (40, "MEDIUM"), 4: (70, "HIGH")}


def of_security_hub(detail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings of an event of Security Hub or Security Hub V2, as Security Hub CSPM has them."""
    return [_twin(finding) if "finding_info" in finding else finding for finding in detail.get("findings") or []]


def _twin(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding of Security Hub V2 (OCSF) as Security Hub CSPM has it, with the same id."""
    info, cloud, product = finding["finding_info"], finding["cloud"], finding["metadata"]["product"]
    normalized, label = _SEVERITIES.get(finding.get("severity_id", 0), (90, "CRITICAL"))
    created = _at(info.get("created_time", 0))
    compliance = finding.get("compliance") or {}
    return {
        "SchemaVersion": "2018-10-08",
        "Id": info["uid"],
        "ProductArn": product["uid"].replace("::productv2/", "::product/"),
        "ProductName": product.get("name", "Security Hub"),
        "CompanyName": product.get("vendor_name", "AWS"),
        "Region": cloud["region"],
        "GeneratorId": f"security-control/{compliance.get('control', 'unknown')}",
        "AwsAccountId": cloud["account"]["uid"],
        "Types": info.get("types", []),
        "CreatedAt": created,
        "UpdatedAt": _at(finding.get("time", 0)),
        "Severity": {"Label": label, "Normalized": normalized},
        "Title": info.get("title", "Finding"),
        "Description": info.get("desc", info.get("title", "Finding")),
        "Resources": [_twin_resource(resource) for resource in finding.get("resources", [])],
        "Compliance": {"Status": "FAILED", "SecurityControlId": compliance.get("control", "unknown")},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }


def _twin_resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    kind = resource.get("type", "").replace("AWS::IAM::", "AwsIam").replace("::", "")
    return {"Type": kind, "Id": resource.get("uid_alt") or resource.get("uid", "")}


def _at(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def _label(severity: float) -> str:
    """GuardDuty's own scale: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html"""
    for least, label in ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM")):
        if severity >= least:
            return label
    return "LOW"


def _resource(event: Event) -> dict[str, Any]:
    """The resource of the finding: the account, if the event names none."""
    base = {"Partition": event.partition, "Region": event.region}
    if not event.access_key:
        return {"Type": "AwsAccount", "Id": f"AWS::::Account:{event.account}", **base}
    key_id = event.access_key.get("accessKeyId", "null")
    details = {"PrincipalId": event.access_key.get("principalId"), "PrincipalName": event.access_key.get("userName")}
    return {
        "Type": "AwsIamAccessKey",
        "Id": f"AWS::IAM::AccessKey:{key_id}",
        "Details": {"AwsIamAccessKey": {name: value for name, value in details.items() if value}},
        **base,
    }
