"""What matters of an account after a response ran, in one piece, sorted, and without what differs from run to run."""

import json
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.iam.models import Role, iam_backends
from moto.securityhub.models import securityhub_backends
from moto.sns.models import sns_backends

from local_aws import task_roles
from local_aws.findings import Finding, complete
from local_aws.responder import Responder


def describe(responder: Responder) -> dict[str, Any]:
    """The roles of the account but the responder's own, and what the responder wrote and sent."""
    account, region = responder.account, responder.region
    roles = iam_backends[account][responder.partition].get_roles()
    return {
        "roles": {role.name: _role(role) for role in roles if not role.path.startswith(task_roles.PATH)},
        "findings": {found.id: _finding(found.data) for found in securityhub_backends[account][region].findings},
        "messages": _messages(responder),
        "cases": _cases(responder),
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "arn": role.arn,
        "id": role.id,
        "tags": {tag["Key"]: tag["Value"] for tag in role.tags},
        "boundary": role.permissions_boundary_arn,
        "inline": {name: json.loads(document) for name, document in role.policies.items()},
        "attached": sorted(role.managed_policies),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    complete(finding)
    note = finding.get("Note")
    return {
        "workflow": finding["Workflow"]["Status"],
        "note": {"text": note["Text"], "updatedBy": note["UpdatedBy"]} if note else None,
        "userDefinedFields": finding.get("UserDefinedFields", {}),
    }


def _messages(responder: Responder) -> list[dict[str, Any]]:
    """What SNS published, which no reader of the queue can take away."""
    topic = sns_backends[responder.account][responder.region].topics.get(responder.topic_arn)
    published = topic.sent_notifications if topic else []
    return [{"subject": subject, "body": body} for _id, body, subject, *_ in published]


def _cases(responder: Responder) -> dict[str, dict[str, Any]]:
    table = dynamodb_backends[responder.account][responder.region].tables.get(responder.table)
    cases: dict[str, dict[str, Any]] = {}
    for item in table.all_items() if table else []:
        cases.setdefault(item.hash_key.value, {})[item.range_key.value] = _document(item)
    return cases


def _document(item: Item) -> Any:
    """The record that the tasks keep as JSON in `doc`; an item that has none is shown as it is."""
    document = item.attrs.get("doc")
    return json.loads(document.value) if document else item.to_json()["Attributes"]
