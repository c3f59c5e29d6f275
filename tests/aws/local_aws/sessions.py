"""Whose request it is, and whether IAM lets it through.

A session that STS issued may do what its role's policies allow at this very moment, so that containing a role can be
seen in what its sessions may still do. Every other access key is the administrator of the machine. moto can enforce
IAM too, but then for everybody, with signatures, and without resources and conditions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from local_aws import conditions, trust
from local_aws.policies import Decision, decide
from local_aws.request import Call
from local_aws.resources import UNKNOWN, resource_of

# Where the name of the permission is not that of the call.
_PERMISSIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
}

# AWS answers this one to everybody, even against an explicit deny.
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"


@dataclass(frozen=True)
class Caller:
    """Who signed a request."""

    account: str
    session: AssumedRole | None = None

    @property
    def name(self) -> str:
        """The name of the session's role, or `administrator`."""
        return self.session.role_arn.rpartition("/")[2] if self.session else "administrator"

    @property
    def session_name(self) -> str:
        """The name of the session; none for other keys."""
        return str(self.session.session_name) if self.session else ""


def caller_of(access_key: str, default_account: str) -> Caller:
    """Finds out to whom an access key belongs. One that nobody issued is the default account's administrator."""
    # Copies, because a call that steps aside may open an account meanwhile.
    for account, partitions in list(iam_backends.items()):
        for partition, iam in list(partitions.items()):
            if access_key in iam.access_keys:
                session = sts_backends[account][partition].get_assumed_role_from_access_key(access_key)
                return Caller(account, session)
    return Caller(default_account)


def denial(call: Call, caller: Caller) -> str | None:
    """Why IAM denies the call, in AWS's words, or nothing if it does not."""
    if caller.session is None:
        return None
    action = f"{call.service}:{call.action}"
    for needed in trust.asked(call) or [_PERMISSIONS.get(action, action)]:
        if why := _denial(call, caller.account, caller.session, needed):
            return why
    if refused := trust.asked(call) and trust.refused(call, caller.account, caller.session.role_arn):
        # AWS does not say that it is the trust policy.
        role = call.parameters.get("RoleArn", "")
        return f"User: {caller.session.arn} is not authorized to perform: {refused} on resource: {role}"
    return None


def _denial(call: Call, account: str, session: AssumedRole, action: str) -> str | None:
    """Why the policies of the session's role deny an action."""
    if action == _ALWAYS_ALLOWED:
        return None
    resource = resource_of(call, account)
    parameters = {**call.parameters, **_boundary(call, account)}
    decision = decide(_policies(session), action, resource, parameters)
    if decision is Decision.ALLOWED and (own := _own_boundary(session)) is not None:
        decision = decide([own], action, resource, parameters)
    if decision is Decision.ALLOWED:
        return None
    on_resource = "" if resource == UNKNOWN else f" on resource: {resource}"
    why = decision.value.format(action=action)
    return f"User: {session.arn} is not authorized to perform: {action}{on_resource} {why}"


def _boundary(call: Call, account: str) -> Mapping[str, str]:
    """The permissions boundary that a call puts, or else the one that its role or user has."""
    if call.service != "iam":
        return {}
    iam = iam_backends[account][get_partition(call.region)]
    role = next((one for one in iam.get_roles() if one.name == call.parameters.get("RoleName")), None)
    user = iam.users.get(call.parameters.get("UserName", ""))
    present = role.permissions_boundary_arn if role else getattr(user, "permissions_boundary_arn", None)
    boundary = call.parameters.get("PermissionsBoundary") or present
    return {conditions.BOUNDARY: boundary} if boundary else {}


def _policies(session: AssumedRole) -> list[Mapping[str, Any]]:
    """The documents on the session's role as they are now. A role that is gone allows nothing."""
    try:
        role = iam_backends[session.account_id][session.partition].get_role_by_arn(session.role_arn)
    except NotFoundException:
        return []
    texts = list(role.policies.values())
    for policy in role.managed_policies.values():
        texts.extend(version.document for version in policy.versions if version.is_default)
    return [_parsed(text) for text in texts]


def _own_boundary(session: AssumedRole) -> Mapping[str, Any] | None:
    """The document of the boundary of the session's role, if it has one. One that is gone allows nothing."""
    iam = iam_backends[session.account_id][session.partition]
    try:
        arn = iam.get_role_by_arn(session.role_arn).permissions_boundary_arn
    except NotFoundException:
        return None
    if not arn:
        return None
    policy = iam.managed_policies.get(arn)
    versions = policy.versions if policy else []
    return next((_parsed(one.document) for one in versions if one.is_default), {"Statement": []})


@lru_cache(maxsize=256)
def _parsed(document: str) -> Mapping[str, Any]:
    parsed: dict[str, Any] = json.loads(document)
    return parsed
