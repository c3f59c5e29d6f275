"""A patch for IAM of ministack 1.5.33: it lacks `SetDefaultPolicyVersion`."""

from typing import Any

from ministack.services import iam


def mend() -> None:
    iam._IAM_HANDLERS["SetDefaultPolicyVersion"] = _set_default_policy_version


def _set_default_policy_version(parameters: dict[str, Any]) -> Any:
    arn, version = iam._p(parameters, "PolicyArn"), iam._p(parameters, "VersionId")
    policy = iam._policies.get(arn)
    if policy is None or version not in policy["Versions"]:
        return iam._error(404, "NoSuchEntity", f"Policy {arn} version {version} does not exist.", ns="iam")
    for name, one in policy["Versions"].items():
        one["IsDefaultVersion"] = name == version
    policy["DefaultVersionId"] = version
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")
