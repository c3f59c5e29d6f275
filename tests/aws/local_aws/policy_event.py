"""Reads the events that speak of IAM policies: which policy would have to be there for the event to be true."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.utilities.utils import get_partition

from local_aws import asff

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

# How the unique ids of IAM begin, and the kind of what has one.
_KINDS = {"AROA": "role", "AIDA": "user", "AGPA": "group"}

_HUB_KINDS = {"AwsIamRole": "role", "AwsIamUser": "user", "AwsIamGroup": "group"}


@dataclass(frozen=True)
class Principal:
    """Somebody who can have policies."""

    kind: str
    """`role`, `user` or `group`."""
    name: str
    id: str | None = None
    """The unique id, where the event has one."""


@dataclass(frozen=True)
class Managed:
    """A customer-managed policy."""

    path: str
    name: str
    document: str
    """The document of its default version."""
    default: int = 2
    """The number of that version. The ones before it are harmless."""
    versions: int = 2
    id: str | None = None


@dataclass(frozen=True)
class Inline:
    """An inline policy."""

    principal: Principal
    name: str
    document: str


@dataclass(frozen=True)
class Attached:
    """A managed policy on somebody."""

    principal: Principal
    policy_arn: str


@dataclass(frozen=True)
class Trust:
    """The trust policy of a role: these principals and a service."""

    role: Principal
    document: str


Subject = Managed | Inline | Attached | Trust


@dataclass(frozen=True)
class PolicyEvent:
    """The account that an event is about."""

    account: str
    region: str
    finding: str
    """How the service that saw it calls it."""
    subject: Subject
    findings: list[dict[str, Any]] = field(default_factory=list)
    """The findings of Security Hub in it."""

    @property
    def partition(self) -> str:
        return get_partition(self.region)


def is_one(event: Mapping[str, Any]) -> bool:
    """Whether an event is of a service that speaks of policies."""
    return event.get("source") in _READERS


def read(event: Mapping[str, Any], default_account: str) -> PolicyEvent:
    """Reads an event. One that names no policy is refused."""
    finding, account, subject, findings = _READERS[event["source"]](event["detail"])
    account = str(account or event.get("account") or default_account)
    return PolicyEvent(account, str(event.get("region") or "us-east-1"), finding, subject, findings)


_Read = tuple[str, Any, Subject, list[dict[str, Any]]]


def _cloudtrail(detail: Mapping[str, Any]) -> _Read:
    asked = detail.get("requestParameters")
    if not isinstance(asked, Mapping):
        raise ValueError("the call has no requestParameters")
    return detail["eventID"], detail.get("recipientAccountId"), _call(detail["eventName"], asked, detail), []


def _call(name: str, asked: Mapping[str, Any], detail: Mapping[str, Any]) -> Subject:
    """The policy that a call created or changed."""
    made = detail.get("responseElements") or {}
    if name == "CreatePolicy":
        path, id_ = asked.get("path") or "/", made.get("policy", {}).get("policyId")
        return Managed(path, asked["policyName"], asked["policyDocument"], default=1, versions=1, id=id_)
    if name == "CreatePolicyVersion":
        number = _number(made.get("policyVersion", {}).get("versionId", "v2"))
        return Managed(*_path_and_name(asked["policyArn"]), asked["policyDocument"], number, number)
    if name == "SetDefaultPolicyVersion":
        # As many as IAM keeps, so that another one has no room.
        return Managed(*_path_and_name(asked["policyArn"]), ALLOW_ALL, _number(asked["versionId"]), 5)
    if name == "UpdateAssumeRolePolicy":
        return Trust(Principal("role", asked["roleName"]), asked["policyDocument"])
    if name == "CreateRole":
        role = Principal("role", asked["roleName"], made.get("role", {}).get("roleId"))
        return Trust(role, asked["assumeRolePolicyDocument"])
    if match := re.fullmatch(r"(Put|Attach)(Role|User|Group)Policy", name):
        kind = match[2].lower()
        principal = Principal(kind, asked[f"{kind}Name"])
        if match[1] == "Attach":
            return Attached(principal, asked["policyArn"])
        return Inline(principal, asked["policyName"], asked["policyDocument"])
    raise ValueError(f"`{name}` changes no policy")


def _config(detail: Mapping[str, Any]) -> _Read:
    """AWS Config names what it looks at by its unique id alone, so the rest is made up."""
    id_ = detail["resourceId"]
    kind = _KINDS.get(id_[:4])
    name = f"found-by-config-{id_[-4:].lower()}"
    subject: Subject = Managed("/", name, ALLOW_ALL, id=id_)
    if kind:
        subject = Inline(Principal(kind, name, id_), "everything", ALLOW_ALL)
    return f"{detail['configRuleName']}/{id_}", detail.get("awsAccountId"), subject, []


def _access_analyzer(detail: Mapping[str, Any]) -> _Read:
    stranger = {"Effect": "Allow", "Principal": detail["principal"], "Action": detail["action"]}
    if detail.get("condition"):
        # Access Analyzer writes the values and leaves the operator out.
        stranger["Condition"] = {"StringEquals": detail["condition"]}
    role = Principal("role", detail["resource"].rpartition("/")[2])
    account = detail.get("accountId") or detail.get("resourceOwnerAccount")
    return detail["id"], account, Trust(role, _trust(stranger)), []


def _trust(*more: Mapping[str, Any]) -> str:
    own = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [own, *more]})


def _security_hub(detail: Mapping[str, Any]) -> _Read:
    findings = asff.of_security_hub(detail)
    resource = findings[0]["Resources"][0]
    if kind := _HUB_KINDS.get(resource["Type"]):
        name = resource["Id"].rpartition("/")[2]
        subject: Subject = Inline(Principal(kind, name), "everything", ALLOW_ALL)
    elif resource["Type"] == "AwsIamPolicy":
        subject = Managed(*_path_and_name(resource["Id"]), ALLOW_ALL)
    else:
        raise ValueError(f"`{resource['Type']}` has no policy")
    return findings[0]["Id"], findings[0].get("AwsAccountId"), subject, findings


def _path_and_name(arn: str) -> tuple[str, str]:
    """`/teams/` and `deploy`, of the ARN of a policy."""
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    if not name:
        raise ValueError(f"`{arn}` is no policy")
    return f"{path}/", name


def _number(version: str) -> int:
    """The number of a version: 3 of `v3`."""
    if not re.fullmatch(r"v[1-5]", version):
        raise ValueError(f"`{version}` is none of the first five versions of a policy")
    return int(version[1:])


_READERS = {
    "aws.access-analyzer": _access_analyzer,
    "aws.config": _config,
    "aws.iam": _cloudtrail,
    "aws.securityhub": _security_hub,
}
