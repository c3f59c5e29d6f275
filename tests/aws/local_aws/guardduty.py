"""Reads a GuardDuty event as EventBridge delivers it: what would have to be true in an account for it to be true."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.utilities.utils import get_partition

_ROLE_ID = re.compile(r"AROA[A-Z0-9]{12,124}")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")


@dataclass(frozen=True)
class LeakedRole:
    """The role whose credentials were used, as the event names it."""

    name: str
    id: str
    session: str
    """The name of its session, which for an instance is the instance's id."""


@dataclass(frozen=True)
class Event:
    """The account that an event is about."""

    account: str
    region: str
    partition: str
    detail: Mapping[str, Any]
    """The finding as GuardDuty writes it."""

    @property
    def finding_arn(self) -> str:
        detector = _object(self.detail, "service").get("detectorId", "")
        prefix = f"arn:{self.partition}:guardduty:{self.region}:{self.account}:detector/{detector}"
        return self.detail.get("arn") or f"{prefix}/finding/{self.detail['id']}"

    @property
    def access_key(self) -> Mapping[str, Any]:
        return _object(self.detail, "resource", "accessKeyDetails")

    @property
    def instance(self) -> Mapping[str, Any]:
        return _object(self.detail, "resource", "instanceDetails")

    @property
    def instance_id(self) -> str | None:
        """The id by which EC2 could know the instance. The session's name tells it best."""
        named = (self.role.session if self.role else "", str(self.instance.get("instanceId", "")))
        return next((one for one in named if _INSTANCE_ID.fullmatch(one)), None)

    @property
    def role(self) -> LeakedRole | None:
        """The unique id tells whether it is a role. The user type does not: AWS's own samples get it wrong."""
        role_id, _, session = str(self.access_key.get("principalId", "")).partition(":")
        name = str(self.access_key.get("userName", "")).partition("/")[0]
        is_role = _ROLE_ID.fullmatch(role_id) and _ROLE_NAME.fullmatch(name)
        return LeakedRole(name, role_id, session) if is_role else None


def read(event: Mapping[str, Any], default_account: str) -> Event:
    """Reads an event, which may lack nearly everything."""
    detail = _object(event, "detail")
    account = str(detail.get("accountId") or event.get("account") or default_account)
    region = str(detail.get("region") or event.get("region") or "us-east-1")
    if not detail.get("id") or not isinstance(detail.get("severity", 0), int | float):
        raise ValueError("the event has no finding of GuardDuty")
    return Event(account, region, detail.get("partition") or get_partition(region), detail)


def from_security_hub(event: Mapping[str, Any]) -> Event | None:
    """The event of a finding about credentials that Security Hub sends, if it is one."""
    findings = _object(event, "detail").get("findings") or [{}]
    finding = findings[0] if event.get("source") == "aws.securityhub" else {}
    keys = [_object(one, "Details", "AwsIamAccessKey") for one in finding.get("Resources", [])]
    key = next((key for key in keys if key), None)
    if key is None:
        return None
    details = {"principalId": key.get("PrincipalId", ""), "userName": key.get("PrincipalName", "")}
    detail = {
        "id": finding["Id"].rpartition("/")[2],
        "arn": finding["Id"],
        "accountId": finding["AwsAccountId"],
        "region": finding["Region"],
        "resource": {"accessKeyDetails": details},
    }
    return read({"detail": detail}, finding["AwsAccountId"])


def _object(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object at a path, or an empty one."""
    for name in names:
        inner = value.get(name)
        value = inner if isinstance(inner, Mapping) else {}
    return value
