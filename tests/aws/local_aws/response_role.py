"""Makes the response roles of a member account, which the tasks of the home account assume: of the manifest, as a
deployment makes them. One is for the tasks that look, the other one for those that act.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.iam.models import iam_backends

from local_aws import roles, task_roles
from local_aws.responder import Responder

NAME = "redress-response"
ACTING = "redress-response-act"
_TAG = "redress:case"
_ROLES = {NAME: "${MemberRoles}", ACTING: "${ActingMemberRoles}"}


def build(account: str, external_id: str, tasks: Iterable[Mapping[str, Any]], home: Responder) -> dict[str, str]:
    """Makes or renews them, so that each trusts the tasks that reach members by it, and says their ARNs."""
    listed = list(tasks)
    return {name: _build(name, account, external_id, listed, home) for name in _ROLES}


def _build(name: str, account: str, external_id: str, tasks: Iterable[Mapping[str, Any]], home: Responder) -> str:
    iam = iam_backends[Responder(account, home.region).account][home.partition]
    reaching = [task for task in tasks if any(_ROLES[name] in grant["resources"] for grant in task["iam"])]
    role = roles.find(iam, name) or roles.create(iam, name, task_roles.PATH, "lambda.amazonaws.com", {})
    prefix = f"arn:{home.partition}:iam::{home.account}:role{task_roles.PATH}redress-"
    trusting = {"Effect": "Allow", "Principal": {"AWS": f"arn:{home.partition}:iam::{home.account}:root"}}
    of_one_case = {
        "StringLike": {f"aws:RequestTag/{_TAG}": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": [_TAG]},
    }
    by_a_task = {
        "ArnEquals": {"aws:PrincipalArn": [prefix + task["name"] for task in reaching]},
        "StringEquals": {"sts:ExternalId": external_id},
    }
    trust = [
        {**trusting, "Action": "sts:AssumeRole", "Condition": {**by_a_task, **of_one_case}},
        {**trusting, "Action": "sts:TagSession", "Condition": of_one_case},
    ]
    role.assume_role_policy_document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    there = {"Account": account, "Partition": home.partition}
    statements = [
        task_roles.statement(grant, there)
        for task in reaching
        for grant in task["iam"]
        if all(action.startswith(("iam:", "ec2:")) for action in grant["actions"])
    ]
    iam.put_role_policy(name, "response", json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return str(role.arn)
