"""Everything in an account that a response can change, sorted, and without values that differ from run to run."""

import json
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.iam.models import Group, ManagedPolicy, Role, User, iam_backends
from moto.securityhub.models import securityhub_backends
from moto.sns.models import sns_backends

from local_aws import task_roles
from local_aws.findings import Finding, complete
from local_aws.responder import Responder

_PATH_OF_AWS = ":iam::aws:"


def describe(responder: Responder) -> dict[str, Any]:
    """IAM without the responder's own roles, and the records and messages of the responder."""
    account, region = responder.account, responder.region
    iam = iam_backends[account][responder.partition]
    return {
        "roles": {role.name: _role(role) for role in iam.get_roles() if not role.path.startswith(task_roles.PATH)},
        "users": {user.name: _user(user) for user in iam.users.values()},
        "groups": {group.name: _holder(group) for group in iam.groups.values()},
        "policies": {arn: _policy(one) for arn, one in iam.managed_policies.items() if _PATH_OF_AWS not in arn},
        "findings": {found.id: _finding(found.data) for found in securityhub_backends[account][region].findings},
        "messages": _messages(responder, responder.topic_arn),
        "escalations": _messages(responder, responder.escalation_topic_arn),
        "cases": _cases(responder),
    }


def _role(role: Role) -> dict[str, Any]:
    return _holder(role) | {
        "tags": {tag["Key"]: tag["Value"] for tag in role.tags},
        "boundary": role.permissions_boundary_arn,
        "trust": json.loads(role.assume_role_policy_document),
    }


def _user(user: User) -> dict[str, Any]:
    return _holder(user) | {"boundary": getattr(user, "permissions_boundary_arn", None)}


def _holder(holder: Role | User | Group) -> dict[str, Any]:
    return {
        "arn": holder.arn,
        "id": holder.id,
        "inline": {name: json.loads(document) for name, document in holder.policies.items()},
        "attached": sorted(holder.managed_policies),
    }


def _policy(policy: ManagedPolicy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "default": policy.default_version_id,
        "versions": {version.version_id: json.loads(version.document) for version in policy.versions},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    complete(finding)
    note = finding.get("Note")
    return {
        "workflow": finding["Workflow"]["Status"],
        "note": {"text": note["Text"], "updatedBy": note["UpdatedBy"]} if note else None,
        "userDefinedFields": finding.get("UserDefinedFields", {}),
    }


def _messages(responder: Responder, arn: str) -> list[dict[str, Any]]:
    """The messages that SNS published. Readers of the queue do not remove them."""
    topic = sns_backends[responder.account][responder.region].topics.get(arn)
    published = topic.sent_notifications if topic else []
    return [
        {
            "subject": subject,
            "body": body,
            "attributes": {name: one["Value"] for name, one in (attributes or {}).items()},
        }
        for _id, body, subject, attributes, *_ in published
    ]


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
