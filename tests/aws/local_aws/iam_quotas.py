"""Quotas of IAM that moto lacks, and the policy of AWS that denies everything, where somebody asks for it.

Source: "IAM and AWS STS quotas": the inline policies of a role have 10,240 characters together, white space apart, and
ten managed policies are attached to it.
"""

from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends
from werkzeug.wrappers import Response

from local_aws import aws_policies
from local_aws.errors import error
from local_aws.request import Call

_INLINE = 10_240
_ATTACHED = 10
_DENY_ALL = "AWSDenyAll"
_SUFFIX = f":iam::aws:policy/{_DENY_ALL}"


class IamQuotas:
    """Refuses what exceeds a quota."""

    def reset(self) -> None:
        """Nothing is kept."""

    def answer(self, call: Call, account: str) -> Response | None:
        """The refusal of a call, or nothing if it is one for moto."""
        if call.service != "iam" or not call.action.endswith(("RolePolicy", "RolePermissionsBoundary")):
            return None
        iam = iam_backends[account]["aws"]
        asked = call.parameters
        arns = (str(asked.get(name, "")) for name in ("PolicyArn", "PermissionsBoundary"))
        if any(arn.endswith(_SUFFIX) for arn in arns):
            aws_policies.add(iam, call.region, _DENY_ALL)
        role = _role(iam, asked.get("RoleName"))
        if role is None:
            return None
        if call.action == "PutRolePolicy":
            others = [text for name, text in role.policies.items() if name != asked.get("PolicyName")]
            size = sum(_size(text) for text in [*others, str(asked.get("PolicyDocument", ""))])
            return _exceeded(call, f"Maximum policy size of {_INLINE} bytes exceeded", size > _INLINE)
        if call.action == "AttachRolePolicy":
            others = [arn for arn in role.managed_policies if arn != asked.get("PolicyArn")]
            return _exceeded(call, f"Cannot exceed quota for PoliciesPerRole: {_ATTACHED}", len(others) >= _ATTACHED)
        return None


def _role(iam: IAMBackend, name: Any) -> Role | None:
    return next((role for role in iam.roles.values() if role.name == name), None)


def _size(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def _exceeded(call: Call, message: str, exceeds: bool) -> Response | None:
    return error(call, "LimitExceeded", message, 409) if exceeds else None
