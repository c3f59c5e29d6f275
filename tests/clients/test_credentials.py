"""`Credentials`: calls in the name of another role, in another account of local AWS."""

import json
import os
import unittest
import urllib.request

import boto3
from botocore.config import Config

from waiting import ended

OWN, OTHER = "arn:aws:iam::123456789012:role/own", "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/target"
WHO = "arn:aws:states:::aws-sdk:sts:getCallerIdentity"

ONCE = Config(retries={"max_attempts": 0})
STATES = boto3.client("stepfunctions", config=ONCE)


def run(name, state, **about):
    """Runs a Task, and gives the execution as it ended."""
    state = {"Type": "Task", "End": True, **state}
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": state}, **about})
    arn = STATES.create_state_machine(name=name, definition=definition, roleArn=OWN)["stateMachineArn"]
    start = STATES.start_execution(stateMachineArn=arn, input=json.dumps({"role": ROLE}))
    return ended(STATES, start["executionArn"])


def faults(*faults):
    """Lets calls of local AWS fail."""
    url, body = f"{os.environ['LOCAL_AWS']}/_redress/faults", json.dumps(faults).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        answer.read()


class Credentials(unittest.TestCase):
    def identity(self, execution):
        self.assertEqual(execution["status"], "SUCCEEDED", execution.get("cause"))
        return json.loads(execution["output"])

    def test_the_role_is_assumed_in_all_three_forms(self):
        forms = {
            "static": ({"RoleArn": ROLE}, {}),
            "path": ({"RoleArn.$": "$.role"}, {}),
            "expression": ({"RoleArn": "{% $states.input.role %}"}, {"QueryLanguage": "JSONata"}),
        }
        for name, (credentials, about) in forms.items():
            with self.subTest(name):
                state = {"Resource": WHO, "Credentials": credentials}
                state |= {"Arguments": {}} if about else {"Parameters": {}}
                identity = self.identity(run(name, state, **about))
                self.assertEqual(identity["Account"], OTHER)
                self.assertIn(f":sts::{OTHER}:assumed-role/target/{name}", identity["Arn"])

    def test_without_credentials_the_call_is_in_the_account_of_the_machine(self):
        identity = self.identity(run("without", {"Resource": WHO, "Parameters": {}}))
        self.assertEqual(identity["Account"], "123456789012")

    def test_the_history_says_which_role_it_was(self):
        execution = run("history", {"Resource": WHO, "Parameters": {}, "Credentials": {"RoleArn": ROLE}})
        events = STATES.get_execution_history(executionArn=execution["executionArn"])["events"]
        scheduled = next(event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled")
        self.assertEqual(scheduled["taskCredentials"], {"roleArn": ROLE})

    def test_a_role_that_may_not_be_assumed_fails_the_task_in_the_words_of_aws(self):
        faults({"service": "sts", "action": "AssumeRole", "code": "AccessDenied", "status": 403})
        execution = run("refused", {"Resource": WHO, "Parameters": {}, "Credentials": {"RoleArn": ROLE}})
        self.assertEqual(execution["error"], "States.TaskFailed")
        cause = f"The role {OWN} is not authorized to assume the task state's role, {ROLE}."
        self.assertEqual(execution["cause"], cause)

    def test_a_machine_of_the_other_account_is_started_there(self):
        # The engine tells accounts apart by the access key: one of twelve digits is an account.
        key = {"aws_access_key_id": OTHER, "aws_secret_access_key": "test"}
        there = boto3.client("stepfunctions", config=ONCE, **key)
        child = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 7, "End": True}}})
        arn = there.create_state_machine(name="child", definition=child, roleArn=ROLE)["stateMachineArn"]
        state = {
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": arn},
            "ResultSelector": {"output.$": "$.Output", "arn.$": "$.ExecutionArn"},
        }
        with_role = run("across", {**state, "Credentials": {"RoleArn": ROLE}})
        output = json.loads(with_role["output"])
        self.assertEqual(output["output"], 7)
        self.assertIn(f":{OTHER}:execution:child:", output["arn"])


if __name__ == "__main__":
    unittest.main()
