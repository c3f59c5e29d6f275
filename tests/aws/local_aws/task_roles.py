"""Gives each task the role that it would have on AWS, made of the statements in the manifest and of nothing else."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from local_aws import account_file, roles
from local_aws.responder import Responder

PATH = "/redress/"
_REQUIRED_BOUNDARIES = "${RequiredBoundaries}"


def build(tasks: Iterable[Mapping[str, Any]], responder: Responder) -> dict[str, dict[str, str]]:
    """Makes or renews the roles, and returns a session of each by the name of its task."""
    iam = iam_backends[responder.account][responder.partition]
    values = _placeholders(responder)
    kept = {session.role_arn: session for session in sessions_of_tasks() if session.account_id == responder.account}
    sessions = {}
    for task in tasks:
        name = f"redress-{task['name']}"
        role = roles.find(iam, name) or roles.create(iam, name, PATH, "lambda.amazonaws.com", {})
        statements = [statement(grant, values) for grant in task["iam"]]
        # IAM refuses a policy without statements.
        if statements:
            iam.put_role_policy(name, "task", json.dumps({"Version": "2012-10-17", "Statement": statements}))
        else:
            role.policies.pop("task", None)
        issued = kept.get(role.arn)
        sessions[task["name"]] = roles.keys(issued) if issued else roles.assume(role, task["name"], responder.region)
    return sessions


def sessions_of_tasks() -> list[AssumedRole]:
    """The sessions that tasks have: they are named as their functions, as those of Lambda are."""
    backends = [sts for partitions in sts_backends.values() for sts in partitions.values()]
    sessions = [session for sts in backends for session in sts.assumed_roles]
    return [one for one in sessions if one.role_arn.endswith(f":role{PATH}redress-{one.session_name}")]


def give_back(sessions: Iterable[AssumedRole]) -> None:
    """Makes sessions valid again after a reset. Their permissions are those of their roles, once these exist."""
    for session in sessions:
        iam_backends[session.account_id][session.partition].access_keys[session.access_key_id] = session.access_key
        sts_backends[session.account_id][session.partition].assumed_roles.append(session)


def _placeholders(responder: Responder) -> dict[str, str]:
    states = f"arn:{responder.partition}:states:{responder.region}:{responder.account}"
    return {
        "Account": responder.account,
        "CaseTable": responder.table_arn,
        "EscalationTopic": responder.escalation_topic_arn,
        "Executions": f"{states}:execution:*",
        "ActingMemberRoles": f"arn:{responder.partition}:iam::*:role{PATH}redress-response-act",
        "MemberRoles": f"arn:{responder.partition}:iam::*:role{PATH}redress-response",
        "Partition": responder.partition,
        "Region": responder.region,
        "StateMachines": f"{states}:stateMachine:*",
        "TokenKey": responder.token_key_arn,
        "Topic": responder.topic_arn,
    }


def statement(grant: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """A statement of the manifest as one of IAM's."""
    made: dict[str, Any] = {
        "Effect": grant["effect"],
        "Action": grant["actions"],
        "Resource": [_filled(resource, values) for resource in grant["resources"]],
    }
    for condition in grant.get("conditions", []):
        keys = made.setdefault("Condition", {}).setdefault(condition["operator"], {})
        keys[condition["key"]] = [one for value in condition["values"] for one in _values(value, values)]
    return made


def _values(text: str, values: Mapping[str, str]) -> list[str]:
    """The values that a value of a condition stands for. A variable of IAM's own stays as it is."""
    if text == _REQUIRED_BOUNDARIES:
        arn = f"arn:{values['Partition']}:iam::{values['Account']}:policy/"
        return [f"{arn}{name}" for name in account_file.required_boundaries()]
    return [text]


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fills placeholders. With an unknown one, a statement would never apply, and nobody would notice."""
    unknown = set(re.findall(r"\$\{(\w+)\}", text)) - values.keys()
    if unknown:
        raise ValueError(f"`{text}` has unknown placeholders: {sorted(unknown)}")
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)
