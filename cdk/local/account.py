"""Accounts in which events are true: a leaked role, and whatever the `account.json` of a response describes."""

import json
from collections.abc import Mapping
from typing import Any

from aws import ACCOUNT, REGION, LocalAws
from responses import Response, of_kind

INSTANCE = "i-0a1b2c3d4e5f60718"
DANGEROUS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "ReadReports", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"},
        {"Sid": "Temporary", "Effect": "Allow", "Action": "*", "Resource": "*"},
    ],
}
# The error codes of calls that make a resource that exists.
EXISTS = ("EntityAlreadyExists", "BucketAlreadyOwnedByYou")
# The calls that read the unique id of a resource, by its type.
READERS = {"role": "get_role", "user": "get_user", "group": "get_group"}


def leaked_role(aws: LocalAws, name: str) -> dict[str, Any]:
    """A role with a session, as an attacker has one, and the GuardDuty event about it."""
    iam = aws.client("iam")
    trust = _trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName=name, PolicyName="read-assets", PolicyDocument=json.dumps(document))
    session = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=INSTANCE)["Credentials"]
    response = of_kind("role-containment")
    event = response.event()
    event["id"] = f"event-{name}"
    detail = event["detail"]
    detail["id"] = f"finding-{name}"
    detail["arn"] = (
        f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/{detail['id']}"
    )
    detail["resource"]["accessKeyDetails"] |= {"principalId": f"{role['RoleId']}:{INSTANCE}", "userName": name}
    return {"response": response, "event": event, "session": session, "name": name}


def described(aws: LocalAws, response: Response) -> dict[str, Any]:
    """Makes the account that `account.json` describes, and returns the sample event with the ids of that account."""
    event, account = response.event(), response.account or {}
    for call in account.get("calls", []):
        client = aws.client(call["service"])
        try:
            getattr(client, call["operation"])(**_filled(call["parameters"]))
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in EXISTS:
                raise
    text = json.dumps(event)
    for resource, id_in_events in account.get("ids", {}).items():
        text = text.replace(id_in_events, _unique_id(aws, *resource.split("/", 1)))
    filled: dict[str, Any] = json.loads(text)
    return filled


def allows(aws: LocalAws, session: Mapping[str, str]) -> bool:
    """Whether a session may still list buckets, as its role allows."""
    try:
        aws.client("s3", session).list_buckets()
    except aws.client("s3").exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def _unique_id(aws: LocalAws, kind: str, name: str) -> str:
    """The unique id of a role, user, group or policy."""
    iam = aws.client("iam")
    if kind == "policy":
        return str(iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{name}")["Policy"]["PolicyId"])
    title = kind.title()
    return str(getattr(iam, READERS[kind])(**{f"{title}Name": name})[title][f"{title}Id"])


def _filled(value: Any) -> Any:
    """Parameters of a call with the placeholders of the place filled in."""
    if isinstance(value, str):
        return value.replace("${Account}", ACCOUNT).replace("${Partition}", "aws").replace("${Region}", REGION)
    if isinstance(value, Mapping):
        return {name: _filled(one) for name, one in value.items()}
    return [_filled(one) for one in value] if isinstance(value, list) else value


def _trust(principal: Mapping[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
