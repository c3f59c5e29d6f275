"""What is in the account before anything happens, and events that are true of it."""

import json
from collections.abc import Mapping
from typing import Any

from aws import ACCOUNT, REPOSITORY, LocalAws

EVENTS = REPOSITORY / "statemachines"
INSTANCE = "i-0a1b2c3d4e5f60718"
DANGEROUS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "ReadReports", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"},
        {"Sid": "Temporary", "Effect": "Allow", "Action": "*", "Resource": "*"},
    ],
}


def leaked_role(aws: LocalAws, name: str) -> dict[str, Any]:
    """A role with a session, as an attacker has one, and the GuardDuty event about it."""
    iam = aws.client("iam")
    trust = _trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="read-assets", PolicyDocument=json.dumps(document))
    session = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=INSTANCE)["Credentials"]
    event = sample("credential-exfiltration", "outside")
    event["id"] = f"event-{name}"
    detail = event["detail"]
    detail["id"] = f"finding-{name}"
    detail["arn"] = f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/{detail['id']}"
    detail["resource"]["accessKeyDetails"] |= {"principalId": f"{role['RoleId']}:{INSTANCE}", "userName": name}
    return {"event": event, "session": session, "name": name}


def sample(workflow: str, name: str) -> dict[str, Any]:
    """One of a workflow's sample events."""
    event: dict[str, Any] = json.loads((EVENTS / workflow / "events" / f"{name}.json").read_text())
    return event


def allows(aws: LocalAws, session: Mapping[str, str]) -> bool:
    """Whether a session may still do what its role allows."""
    try:
        aws.client("s3", session).list_buckets()
    except aws.client("s3").exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def _trust(principal: Mapping[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
