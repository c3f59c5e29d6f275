"""`make smoke`: sends a finding of the canary through the deployed installation, and waits for its plan. Changes nothing.

REDRESS_REGION or AWS_REGION is the region [default: that of the profile, or us-east-1]. SMOKE_ROLE is a role to assume
first, PREFIX is `tasks.prefix` of the configuration, SECONDS_TO_WAIT is the longest time for a plan [default: 300].
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

# The time between two looks: Step Functions allows an account a few requests in a second.
PAUSE = 2.0
# The number of runs that are read, the latest first. Only the schedule starts any, from time to time.
LATEST = 20


class NoPlan(Exception):
    """The canary completed no plan, and the reason."""


@dataclass(frozen=True)
class Place:
    """The place of the installation."""

    partition: str
    account: str
    region: str


def main() -> None:
    session = botocore.session.get_session()
    # botocore knows `AWS_DEFAULT_REGION` only, where other SDKs know `AWS_REGION`.
    named = os.environ.get("REDRESS_REGION") or os.environ.get("AWS_REGION")
    region = named or session.get_config_variable("region") or "us-east-1"
    session.set_config_variable("region", region)
    prefix = os.environ.get("PREFIX", "")
    patience = float(os.environ.get("SECONDS_TO_WAIT") or 300)
    try:
        if role := os.environ.get("SMOKE_ROLE"):
            assume(session, role)
        began = time.monotonic()
        run = plan(session, region, prefix, patience)
    except (BotoCoreError, ClientError, NoPlan) as why:
        sys.exit(f"The canary did not complete a plan: {why}")
    print(f"The canary completed a plan after {time.monotonic() - began:.0f} s: {run}")


def assume(session: Any, role: str) -> None:
    """Uses the session of a role from now on."""
    keys = session.create_client("sts").assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def plan(session: Any, region: str, prefix: str, patience: float) -> str:
    """Sends a finding, and returns the ARN of the run that ended with a plan for it."""
    me = session.create_client("sts").get_caller_identity()
    place = Place(me["Arn"].split(":")[1], me["Account"], region)
    canary = f"{prefix}redress-canary"
    leaked = role_of(session, canary)
    finding = f"redress-canary-smoke-{uuid.uuid4()}"
    entry = {
        "Source": "redress.canary",
        "DetailType": "GuardDuty Finding",
        "Detail": json.dumps(detail(finding, place, leaked)),
    }
    sent = session.create_client("events").put_events(Entries=[entry])
    if sent["FailedEntryCount"]:
        raise NoPlan(f"the bus refused its finding: {sent['Entries'][0]}")
    machine = f"arn:{place.partition}:states:{region}:{place.account}:stateMachine:{canary}"
    states = session.create_client("stepfunctions")
    deadline = time.monotonic() + patience
    for run in runs(states, machine):
        if run is not None and finding in run["input"] and run["status"] != "RUNNING":
            return planned(run)
        if run is None and time.monotonic() > deadline:
            raise NoPlan(f"none within {patience:.0f} s; look at the runs of {machine}")
    raise AssertionError("the search for runs has no end")


def runs(states: Any, machine: str) -> Iterator[dict[str, Any] | None]:
    """The latest runs of a state machine, again and again, each until it has ended. None follows each round."""
    ended: set[str] = set()
    while True:
        for listed in states.list_executions(stateMachineArn=machine, maxResults=LATEST)["executions"]:
            if listed["executionArn"] not in ended:
                run = states.describe_execution(executionArn=listed["executionArn"])
                if run["status"] != "RUNNING":
                    ended.add(run["executionArn"])
                yield run
        yield None
        time.sleep(PAUSE)


def planned(run: dict[str, Any]) -> str:
    """The ARN of a run that ended with a plan."""
    if run["status"] != "SUCCEEDED":
        raise NoPlan(f"its run {run['executionArn']} ended as {run['status']}: {run.get('error')}: {run.get('cause')}")
    if json.loads(run["output"]).get("status") != "Planned":
        raise NoPlan(f"its run {run['executionArn']} ended without one: {run['output']}")
    return str(run["executionArn"])


def role_of(session: Any, name: str) -> dict[str, Any]:
    """The role in the findings of the canary."""
    try:
        role: dict[str, Any] = session.create_client("iam").get_role(RoleName=name)["Role"]
    except ClientError as why:
        if why.response["Error"]["Code"] != "NoSuchEntity":
            raise
        raise NoPlan(
            f"there is no role `{name}`: `canary` in cdk/config.ts switches it on, and PREFIX is `tasks.prefix`"
        ) from why
    return role


def detail(finding: str, place: Place, leaked: dict[str, Any]) -> dict[str, Any]:
    """GuardDuty's finding about a leaked role, as in `lib/canary.ts`."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "schemaVersion": "2.0",
        "accountId": place.account,
        "region": place.region,
        "partition": place.partition,
        "id": finding,
        "arn": f"arn:{place.partition}:guardduty:{place.region}:{place.account}:detector/canary/finding/{finding}",
        "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        "title": "The canary of Redress",
        "severity": 1,
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "userType": "AssumedRole",
                "userName": leaked["RoleName"],
                "principalId": f"{leaked['RoleId']}:i-0123456789abcdef0",
            },
        },
        "service": {
            "serviceName": "guardduty",
            "archived": False,
            "count": 1,
            "eventFirstSeen": now,
            "eventLastSeen": now,
        },
    }


if __name__ == "__main__":
    main()
