"""Builds the policy of an event with its principals, and a session of a role that it makes too powerful."""

import json
from typing import Any

from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User, iam_backends

from local_aws import aws_policies, roles
from local_aws.policy_event import Attached, Inline, Managed, PolicyEvent, Principal, Trust

# A policy before somebody makes it dangerous.
_HARMLESS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}],
    }
)

# The principals of a customer-managed policy: the blast radius of a change.
_USUAL = (Principal("role", "report-builder"), Principal("user", "dana"), Principal("group", "reporters"))

_ROLE_TAGS = {"team": "reporting"}

# Where IAM Identity Center keeps the roles of its permission sets. Their names begin in one way.
_IDENTITY_CENTER = "/aws-reserved/sso.amazonaws.com/"

Holder = Role | User | Group


def build(event: PolicyEvent) -> dict[str, Any]:
    """Creates missing resources, and returns them."""
    iam = iam_backends[event.account][event.partition]
    policy = None
    match event.subject:
        case Managed() as managed:
            policy = _managed(iam, managed)
            holders = [_holder(iam, principal) for principal in _USUAL]
            for holder in holders:
                _attach(iam, policy.arn, holder)
            holder = holders[0]
        case Inline(principal, name, document):
            holder = _holder(iam, principal)
            holder.policies.setdefault(name, document)
        case Attached(principal, arn):
            holder = _holder(iam, principal)
            if arn not in iam.managed_policies:
                _make(iam, event, arn)
            _attach(iam, arn, holder)
        case Trust(principal, document):
            holder = _holder(iam, principal, document)
    role = _role(holder, event) if isinstance(holder, Role) else None
    return {"policy": policy.arn if policy else None, "role": role}


def _managed(iam: IAMBackend, wanted: Managed) -> ManagedPolicy:
    """The policy with its versions. Only its default says what the event says."""
    arn = f"arn:{iam.partition}:iam::{iam.account_id}:policy{wanted.path}{wanted.name}"
    if arn in iam.managed_policies:
        return iam.managed_policies[arn]
    texts = [wanted.document if number == wanted.default else _HARMLESS for number in range(1, wanted.versions + 1)]
    policy = iam.create_policy("", wanted.path, texts[0], wanted.name, [])
    policy.id = wanted.id or roles.made_up_id("ANPA", wanted.name)
    for number, text in enumerate(texts[1:], start=2):
        iam.create_policy_version(arn, text, number == wanted.default)
    return policy


def _make(iam: IAMBackend, event: PolicyEvent, arn: str) -> None:
    if ":iam::aws:" in arn:
        aws_policies.add(iam, event.region, arn.rpartition("/")[2])
    else:
        path, _, name = arn.partition(":policy")[2].rpartition("/")
        _managed(iam, Managed(f"{path}/", name, _HARMLESS, default=1, versions=1))


def _holder(iam: IAMBackend, wanted: Principal, trust: str | None = None) -> Holder:
    """The principal of the policy."""
    existing: dict[str, Any] = {
        "role": {role.name: role for role in iam.get_roles()},
        "user": iam.users,
        "group": iam.groups,
    }[wanted.kind]
    if wanted.name in existing:
        found: Holder = existing[wanted.name]
        return found
    made: Holder
    if wanted.kind == "role":
        path = _IDENTITY_CENTER if wanted.name.startswith("AWSReservedSSO_") else "/"
        made = roles.create(iam, wanted.name, path, "lambda.amazonaws.com", _ROLE_TAGS)
        made.assume_role_policy_document = trust or made.assume_role_policy_document
        roles.rename_id(iam, made, wanted.id or roles.made_up_id("AROA", wanted.name))
    elif wanted.kind == "user":
        made = iam.create_user(iam.region_name, wanted.name)
        made.id = wanted.id or roles.made_up_id("AIDA", wanted.name)
    else:
        made = iam.create_group(wanted.name)
        made.id = wanted.id or roles.made_up_id("AGPA", wanted.name)
    return made


def _attach(iam: IAMBackend, arn: str, holder: Holder) -> None:
    if arn not in holder.managed_policies:
        iam.managed_policies[arn].attach_to(holder)


def _role(role: Role, event: PolicyEvent) -> dict[str, Any]:
    session = roles.assume(role, "nightly-report", event.region)
    return {"name": role.name, "arn": role.arn, "id": role.id, "instances": [], "session": session}
