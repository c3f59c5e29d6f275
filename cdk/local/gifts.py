"""Every way to grant too much: the call that does it, the event that reports it, and the grant itself."""

import json
from collections.abc import Callable
from typing import Any

from account import DANGEROUS
from aws import ACCOUNT, LocalAws
from responses import of_kind

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
NOBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Gift:
    """A grant, and a way to read it again."""

    def __init__(self, name: str, event: dict[str, Any], look: Callable[[], Any]) -> None:
        self.name = name
        self.event = event
        self.look = look
        self.given = look()


def gifts(aws: LocalAws) -> list[Gift]:
    """One of each sort, each with an owner of its own."""
    iam = aws.client("iam")
    made = [policy_version(aws), _trust(iam), _full_policy(iam), _reported_by_config(iam)]
    for kind in ("role", "user", "group"):
        for way in (_inline, _attached):
            name = f"{kind}-{way.__name__.strip('_')}"
            if kind == "role":
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(NOBODY))
            else:
                getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": name})
            made.append(way(iam, kind, name))
    return made


def policy_version(aws: LocalAws) -> Gift:
    """A managed policy with a dangerous new version."""
    return _dangerous_version(aws.client("iam"), "new-version", 1)


def _inline(iam: Any, kind: str, name: str) -> Gift:
    owner, action = {f"{kind.title()}Name": name}, f"Put{kind.title()}Policy"
    getattr(iam, f"put_{kind}_policy")(**owner, PolicyName="temporary", PolicyDocument=json.dumps(DANGEROUS))
    event = _event(
        name, action, {f"{kind}Name": name, "policyName": "temporary", "policyDocument": json.dumps(DANGEROUS)}
    )
    read = getattr(iam, f"get_{kind}_policy")
    return Gift(name, event, lambda: read(**owner, PolicyName="temporary")["PolicyDocument"])


def _attached(iam: Any, kind: str, name: str) -> Gift:
    owner, action = {f"{kind.title()}Name": name}, f"Attach{kind.title()}Policy"
    getattr(iam, f"attach_{kind}_policy")(**owner, PolicyArn=ADMINISTRATOR)
    event = _event(name, action, {f"{kind}Name": name, "policyArn": ADMINISTRATOR})
    read = getattr(iam, f"list_attached_{kind}_policies")
    return Gift(name, event, lambda: [policy["PolicyArn"] for policy in read(**owner)["AttachedPolicies"]])


def _trust(iam: Any) -> Gift:
    name = "role-trust"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYBODY))
    event = _event(name, "UpdateAssumeRolePolicy", {"roleName": name, "policyDocument": json.dumps(ANYBODY)})
    return Gift(name, event, lambda: iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])


def _full_policy(iam: Any) -> Gift:
    """A policy with the maximum of versions: the oldest must make room, and comes back."""
    return _dangerous_version(iam, "five-versions", 4)


def _dangerous_version(iam: Any, name: str, harmless: int) -> Gift:
    """A policy with a number of harmless versions and a dangerous one, which is the default."""
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(_harmless(0)))["Policy"]["Arn"]
    for n in range(1, harmless):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(_harmless(n)))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(DANGEROUS), SetAsDefault=True)
    _held(iam, name, arn)
    event = _event(
        name, "CreatePolicyVersion", {"policyArn": arn, "policyDocument": json.dumps(DANGEROUS), "setAsDefault": True}
    )
    return Gift(name, event, lambda: _default(iam, arn))


def _held(iam: Any, name: str, arn: str) -> None:
    """Attaches a policy to a role of its own: what nobody has is asked about, and not changed at once."""
    holder = f"{name}-holder"
    iam.create_role(RoleName=holder, AssumeRolePolicyDocument=json.dumps(NOBODY))
    iam.attach_role_policy(RoleName=holder, PolicyArn=arn)


def _reported_by_config(iam: Any) -> Gift:
    """An event of AWS Config has the policy's unique id, and not its ARN."""
    name = "seen-by-config"
    policy = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(DANGEROUS))["Policy"]
    _held(iam, name, policy["Arn"])
    event = of_kind("iam-policy").event("config-admin-access")
    text = json.dumps(event).replace(event["detail"]["resourceId"], policy["PolicyId"])
    return Gift(name, json.loads(text), lambda: _default(iam, policy["Arn"]))


def _default(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _harmless(n: int) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::reports-{n}/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _event(name: str, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
    event = of_kind("iam-policy").event("create-policy-version")
    event["id"] = f"event-{name}"
    detail = {
        "eventName": action,
        "eventID": f"event-{name}",
        "requestParameters": parameters,
        "responseElements": None,
    }
    event["detail"] |= detail | {"recipientAccountId": ACCOUNT}
    return event
