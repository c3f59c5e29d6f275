"""Sends events to the deployed installation, and follows the executions that they start."""

import contextlib
import json
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws import ACCOUNT, REGION, LocalAws

T = TypeVar("T")

# In seconds, long enough for a busy machine. Nothing waits for longer than it takes.
PATIENCE = 120
# The questions of an execution, with the decision that agrees to each.
# The person who answers: a user of Identity Center, whose role the function looks up in IAM.
_ROLE = {"Path": "/aws-reserved/sso.amazonaws.com/", "RoleName": "AWSReservedSSO_SecOps_0123456789abcdef"}
_PERSON = f"arn:aws:sts::{ACCOUNT}:assumed-role/{_ROLE['RoleName']}/alice@example.com"
_NOBODY = {"Version": "2012-10-17", "Statement": []}
AGREEMENT = {"Change": "approve", "Undo": "undo"}


class Run:
    """An execution of a deployed state machine."""

    def __init__(self, aws: LocalAws, arn: str) -> None:
        self._aws = aws
        self._states = aws.client("stepfunctions")
        self.arn = arn

    def describe(self) -> dict[str, Any]:
        return self._states.describe_execution(executionArn=self.arn)

    def ended(self) -> dict[str, Any]:
        """Waits for its end."""
        return wait(f"the end of {self.arn}", lambda: (d := self.describe())["status"] != "RUNNING" and d)

    def output(self) -> dict[str, Any]:
        """Waits for its end, and returns its output. An execution that failed is an error."""
        ended = self.ended()
        if ended["status"] != "SUCCEEDED":
            raise AssertionError(f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}")
        return json.loads(ended["output"])

    def path(self) -> list[str]:
        """The states that were entered, in order."""
        entered = (event.get("stateEnteredEventDetails") for event in self.history())
        return [details["name"] for details in entered if details]

    def history(self) -> list[dict[str, Any]]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]

    def agree(self, reason: str) -> list[str]:
        """Agrees to every question until it ends, the undo included. Returns the questions."""
        asked: list[str] = []

        def look() -> bool:
            for kind in AGREEMENT:
                if kind not in asked and self._waiting(kind):
                    asked.append(kind)
                    self.answer(kind, AGREEMENT[kind], reason)
            return self.describe()["status"] != "RUNNING"

        wait(f"the end of {self.arn}", look)
        return asked

    def answer(self, kind: str, decision: str, reason: str) -> dict[str, Any]:
        """Answers its question as `redress` does: it reads the question, and sends the form."""
        question = wait(f"the question `{kind}` of {self.arn}", lambda: self.question(kind))
        shown = self._request(question["approvalId"], "GET", "")
        form = urllib.parse.urlencode({"decision": decision, "reason": reason, "token": shown["token"]})
        return self._request(question["approvalId"], "POST", form)

    def _request(self, approval: str, method: str, form: str) -> dict[str, Any]:
        """Passes a request on as the HTTP API does: the emulator has no authorizer that checks signatures."""
        iam = self._aws.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(**_ROLE, AssumeRolePolicyDocument=json.dumps(_NOBODY))
        path = f"/answers/{approval}"
        event = {
            "version": "2.0",
            "routeKey": f"{method} /answers/{{id}}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"},
            "pathParameters": {"id": approval},
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "local",
                "domainName": "answers.example.com",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                "requestId": "request",
                "stage": "$default",
                "timeEpoch": 0,
                "authorizer": {"iam": {"userArn": _PERSON}},
            },
            "body": form,
            "isBase64Encoded": False,
        }
        client = self._aws.client("lambda")
        answer = client.invoke(FunctionName="answer-approval", Qualifier="page", Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise AssertionError(said)
        body: dict[str, Any] = json.loads(said["body"])
        if said["statusCode"] != 200:
            raise AssertionError(f"{method} {path}: {said['statusCode']}: {body}")
        return body

    def question(self, kind: str) -> dict[str, Any] | None:
        """Its question, if people were told of it. An execution that ended without it is an error."""
        if record := self._waiting(kind):
            return record
        if (ended := self.describe())["status"] != "RUNNING":
            raise AssertionError(
                f"it ended without the question `{kind}`: {ended['status']}: {ended.get('output')}"
                f" {ended.get('error')}: {ended.get('cause')}"
            )
        return None

    def _waiting(self, kind: str) -> dict[str, Any] | None:
        for record in records(self._aws, "question#"):
            if record["execution"] == self.arn and record["question"]["kind"] == kind and record["told"]:
                return record
        return None


def records(aws: LocalAws, prefix: str) -> list[dict[str, Any]]:
    """The records of the deployed case table whose key has a prefix."""
    client = aws.client("dynamodb")
    [table] = client.list_tables()["TableNames"]
    items = client.scan(TableName=table)["Items"]
    return [json.loads(item["doc"]["S"]) for item in items if item["pk"]["S"].startswith(prefix)]


def send(aws: LocalAws, event: Mapping[str, Any], workflow: str) -> Run:
    """Puts an event on the bus, and returns the execution that the deployed rule starts."""
    before = executions(aws, workflow)
    entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    answer = aws.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise AssertionError(answer["Entries"])
    new = wait(f"an execution of {workflow}", lambda: executions(aws, workflow) - before)
    return Run(aws, new.pop())


def executions(aws: LocalAws, workflow: str) -> set[str]:
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{workflow}"
    listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return {execution["executionArn"] for execution in listed}


def wait(what: str, look: Callable[[], T]) -> T:
    """Looks again and again until the result is true."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no sign of {what} within {PATIENCE} s")
        time.sleep(0.1)
    return seen
