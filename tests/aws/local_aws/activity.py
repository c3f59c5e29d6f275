"""Builds what a call of IAM about a user, a group or a policy needs to be true, beside the account of its response: the
principal, and a group or a policy that makes the call matter.
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import IAMBackend, iam_backends
from moto.utilities.utils import get_partition

from local_aws import aws_policies, roles

_DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
_POWERFUL = "AdministratorAccess"


def build(event: Mapping[str, Any], account: str, region: str) -> None:
    """Creates missing principals and policies. An event of another service needs none."""
    detail = event.get("detail") or {}
    asked = detail.get("requestParameters") or {}
    if detail.get("eventSource") != "iam.amazonaws.com":
        return
    iam = iam_backends[account][get_partition(region)]
    holders = [_holder(iam, kind, asked.get(f"{kind}Name")) for kind in ("role", "user", "group")]
    role, user, group = holders
    if group and user and not group.policies and not group.managed_policies:
        arn = aws_policies.add(iam, region, _POWERFUL)
        iam.managed_policies[arn].attach_to(group)
    arn = asked.get("policyArn")
    if arn and arn not in iam.managed_policies and (role or user or group):
        name = arn.rpartition("/")[2]
        if ":iam::aws:" in arn:
            aws_policies.add(iam, region, name)
        else:
            path = arn.partition(":policy")[2].removesuffix(name)
            iam.create_policy("", path, _DENY_ALL, name, [])


def _holder(iam: IAMBackend, kind: str, name: str | None) -> Any:
    """The principal of this name, which is created if it is missing."""
    if not name:
        return None
    if kind == "role":
        existing = {role.name: role for role in iam.get_roles()}
        return existing.get(name) or roles.create(iam, name, "/", "lambda.amazonaws.com", {})
    if kind == "user":
        return iam.users.get(name) or iam.create_user(iam.region_name, name)
    return iam.groups.get(name) or iam.create_group(name)
