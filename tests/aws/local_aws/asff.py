"""A GuardDuty finding as Security Hub has it: in the AWS Security Finding Format, with all that this requires."""

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
