"""The ARN of what a call is about, as far as the call tells; `*` where it does not."""

from collections.abc import Callable, Iterable

from moto.iam.models import Group, InstanceProfile, Role, User, iam_backends
from moto.utilities.utils import get_partition

from local_aws.request import Call

UNKNOWN = "*"


def resource_of(call: Call, account: str) -> str:
    """The resource of a call by somebody of this account."""
    find = _BY_SERVICE.get(call.service)
    return (find and find(call, account)) or UNKNOWN


def _iam(call: Call, account: str) -> str | None:
    partition = get_partition(call.region)
    iam = iam_backends[account][partition]
    # The profile comes first: calls that name both a profile and a role are about the profile.
    if profile := call.parameters.get("InstanceProfileName"):
        return _with_its_path("instance-profile", profile, iam.get_instance_profiles(), call, account)
    if role := call.parameters.get("RoleName"):
        return _with_its_path("role", role, iam.get_roles(), call, account)
    # A call that names both is about the group: it is what changes.
    if group := call.parameters.get("GroupName"):
        return _with_its_path("group", group, iam.groups.values(), call, account)
    if user := call.parameters.get("UserName"):
        return _with_its_path("user", user, iam.users.values(), call, account)
    if call.action == "CreatePolicy":
        return _with_its_path("policy", call.parameters.get("PolicyName", ""), (), call, account)
    return call.parameters.get("PolicyArn") or call.parameters.get("Arn")


_Named = Role | User | Group | InstanceProfile


def _with_its_path(kind: str, name: str, existing: Iterable[_Named], call: Call, account: str) -> str:
    """A call names a role without its path, and policies tell roles apart by their paths."""
    for one in existing:
        if one.name == name:
            return one.arn
    path = call.parameters.get("Path", "/")
    return f"arn:{get_partition(call.region)}:iam::{account}:{kind}{path}{name}"


def _dynamodb(call: Call, account: str) -> str | None:
    table = call.parameters.get("TableName")
    if not table or table.startswith("arn:"):
        return table
    return f"arn:{get_partition(call.region)}:dynamodb:{call.region}:{account}:table/{table}"


def _parameter(*names: str) -> Callable[[Call, str], str | None]:
    """For services whose calls carry the ARN itself."""
    return lambda call, _account: next((call.parameters[name] for name in names if name in call.parameters), None)


_BY_SERVICE: dict[str, Callable[[Call, str], str | None]] = {
    "dynamodb": _dynamodb,
    "iam": _iam,
    "sns": _parameter("TopicArn", "TargetArn"),
    "states": _parameter("executionArn", "stateMachineArn"),
    "sts": _parameter("RoleArn"),
}
