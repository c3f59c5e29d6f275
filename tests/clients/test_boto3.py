"""What a program does with boto3: the engine at AWS_ENDPOINT_URL answers as AWS does."""

import datetime
import json
import os
import pathlib
import re
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from boto3_events import Rules  # noqa: F401, unittest finds it here
from shapes import Watch

TOY = pathlib.Path(__file__).parent / "toy"
API = pathlib.Path(__file__).parents[2] / "engine/src/api"
ROLE = "arn:aws:iam::123456789012:role/toy"
ONCE = {"max_attempts": 0}
WATCH = Watch()


def client(service, **config):
    return WATCH.over(boto3.client(service, config=Config(retries=ONCE, **config)))


STATES, EVENTS, LAMBDA = client("stepfunctions"), client("events"), client("lambda")


def text(name):
    return (TOY / f"{name}.asl.json").read_text()


def machine(name, definition):
    return STATES.create_state_machine(name=name, definition=text(definition), roleArn=ROLE)["stateMachineArn"]


def mail(box):
    return (pathlib.Path(os.environ["MAIL"]) / box).read_text()


def started(arn, **about):
    return STATES.start_execution(stateMachineArn=arn, **about)["executionArn"]


class Executions(unittest.TestCase):
    def test_a_program_starts_reads_and_lists_executions(self):
        arn = machine("program", "hello")
        before = datetime.datetime.now(datetime.timezone.utc)
        answer = STATES.start_execution(stateMachineArn=arn, name="one", input='{"who": "you"}')
        age = answer["startDate"] - before
        self.assertLess(abs(age.total_seconds()), 60)
        execution = STATES.describe_execution(executionArn=answer["executionArn"])
        self.assertEqual((execution["status"], execution["output"]), ("SUCCEEDED", '"Hello, you!"'))
        self.assertEqual(execution["startDate"], answer["startDate"])
        self.assertLessEqual(execution["startDate"], execution["stopDate"])
        for n in range(4):
            started(arn, name=f"many-{n}")
        pages = STATES.get_paginator("list_executions").paginate(
            stateMachineArn=arn, statusFilter="FAILED", PaginationConfig={"PageSize": 3}
        )
        self.assertEqual([[run["name"][-1] for run in page["executions"]] for page in pages], [["3", "2", "1"], ["0"]])
        pages = STATES.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 1})
        self.assertIn(arn, [found["stateMachineArn"] for page in pages for found in page["stateMachines"]])

    def test_a_history_is_the_same_in_pages_of_any_size_and_in_both_directions(self):
        arn = started(machine("history", "busy"))
        self.assertEqual(json.loads(mail("told"))[0], [2, 4])

        def events(size, reverse=False):
            pages = STATES.get_paginator("get_execution_history").paginate(
                executionArn=arn, reverseOrder=reverse, PaginationConfig={"PageSize": size}
            )
            return [event for page in pages for event in page["events"]]

        ended = events(1000)
        while ended[-1]["type"] != "ExecutionSucceeded":
            ended = events(1000)
        self.assertEqual([event["id"] for event in ended], list(range(1, len(ended) + 1)))
        for size in (1, 7):
            self.assertEqual(events(size), ended)
            self.assertEqual(events(size, reverse=True), ended[::-1])
        kinds = {event["type"] for event in ended}
        self.assertLessEqual({"MapIterationSucceeded", "TaskFailed", "ParallelStateSucceeded"}, kinds)
        bare = STATES.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
        self.assertNotIn("input", bare[0]["executionStartedEventDetails"])

    def test_every_end_is_told(self):
        arn = machine("ends", "waits")
        run = started(arn, name="stopped")
        STATES.stop_execution(executionArn=run, error="Enough", cause="It is a test.")
        self.assertEqual(STATES.describe_execution(executionArn=run)["error"], "Enough")
        self.assertEqual(STATES.get_execution_history(executionArn=run)["events"][-1]["type"], "ExecutionAborted")
        bad = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output": "{% 1 + 'a' %}"}}}
        STATES.update_state_machine(stateMachineArn=arn, definition=json.dumps(bad))
        run = started(arn, name="unevaluable")
        self.assertEqual(STATES.describe_execution(executionArn=run)["status"], "FAILED")
        kinds = [event["type"] for event in STATES.get_execution_history(executionArn=run)["events"]]
        self.assertIn("EvaluationFailed", kinds)
        with self.assertRaises(STATES.exceptions.ExecutionAlreadyExists):
            started(arn, name="stopped", input='{"other": 1}')

    def test_a_token_is_answered_once(self):
        run = started(machine("token", "question"))
        token = mail("token")
        self.assertRegex(token, "^[0-9a-f]{64}$")
        STATES.send_task_heartbeat(taskToken=token)
        with self.assertRaises(STATES.exceptions.InvalidOutput):
            STATES.send_task_success(taskToken=token, output="no JSON")
        STATES.send_task_success(taskToken=token, output='{"answer": 42}')
        self.assertEqual(STATES.describe_execution(executionArn=run)["output"], '{"answer":42}')
        for answer in (
            lambda: STATES.send_task_success(taskToken=token, output="1"),
            lambda: STATES.send_task_failure(taskToken=token),
            lambda: STATES.send_task_heartbeat(taskToken=token),
        ):
            with self.assertRaises(STATES.exceptions.TaskTimedOut):
                answer()
        with self.assertRaises(STATES.exceptions.InvalidToken):
            STATES.send_task_failure(taskToken="made up")
        run = started(machine("token", "question"))
        STATES.send_task_failure(taskToken=mail("token"), error="No")
        self.assertEqual(STATES.describe_execution(executionArn=run)["error"], "No")

    def test_exceptions_are_typed(self):
        refused = STATES.exceptions
        there, nowhere = machine("typed", "hello"), "arn:aws:states:us-east-1:123456789012:stateMachine:nowhere"
        nobody = "arn:aws:states:us-east-1:123456789012:execution:typed:nobody"
        for error, call in (
            (refused.StateMachineDoesNotExist, lambda: STATES.describe_state_machine(stateMachineArn=nowhere)),
            (refused.StateMachineDoesNotExist, lambda: STATES.start_execution(stateMachineArn=nowhere)),
            (refused.StateMachineDoesNotExist, lambda: STATES.list_executions(stateMachineArn=nowhere)),
            (refused.StateMachineAlreadyExists, lambda: machine("typed", "waits")),
            (refused.InvalidDefinition, lambda: machine("untyped", "broken")),
            (refused.InvalidDefinition, lambda: STATES.update_state_machine(stateMachineArn=there, definition="{}")),
            (refused.MissingRequiredParameter, lambda: STATES.update_state_machine(stateMachineArn=there)),
            (refused.InvalidName, lambda: started(there, name="a b")),
            (refused.InvalidExecutionInput, lambda: started(there, input="{")),
            (refused.InvalidArn, lambda: STATES.describe_execution(executionArn="nobody")),
            (refused.ExecutionDoesNotExist, lambda: STATES.describe_execution(executionArn=nobody)),
            (refused.ExecutionDoesNotExist, lambda: STATES.get_execution_history(executionArn=nobody)),
            (refused.ExecutionDoesNotExist, lambda: STATES.stop_execution(executionArn=nobody)),
            (
                refused.ExecutionDoesNotExist,
                lambda: STATES.describe_state_machine_for_execution(executionArn=nobody),
            ),
            (refused.InvalidToken, lambda: STATES.list_state_machines(nextToken="made up")),
            (refused.InvalidToken, lambda: STATES.list_executions(stateMachineArn=there, nextToken="made up")),
            (EVENTS.exceptions.ResourceNotFoundException, lambda: EVENTS.describe_rule(Name="nobody")),
            (LAMBDA.exceptions.ResourceNotFoundException, lambda: LAMBDA.get_function(FunctionName="nobody")),
            (LAMBDA.exceptions.ResourceNotFoundException, lambda: LAMBDA.invoke(FunctionName="nobody")),
        ):
            with self.subTest(error=error.__name__), self.assertRaises(error):
                call()


class Others(unittest.TestCase):
    def test_machines_are_described_for_an_execution_and_deleted(self):
        arn = machine("described", "waits")
        run = started(arn)
        STATES.update_state_machine(stateMachineArn=arn, definition=text("hello"))
        self.assertEqual(STATES.describe_state_machine(stateMachineArn=arn)["definition"], text("hello"))
        kept = STATES.describe_state_machine_for_execution(executionArn=run)
        self.assertEqual(kept["definition"], text("waits"))
        STATES.delete_state_machine(stateMachineArn=arn)
        self.assertEqual(STATES.describe_execution(executionArn=run)["status"], "RUNNING")
        STATES.stop_execution(executionArn=run)

    def test_diagnostics_have_a_place(self):
        answer = STATES.validate_state_machine_definition(definition=text("broken"), severity="WARNING")
        self.assertEqual(answer["result"], "FAIL")
        self.assertIn("/States/Start/Next", [found["location"] for found in answer["diagnostics"]])

    def test_events_reach_the_workflow(self):
        detail = json.dumps({"who": "Grace", "knocks": 3})
        at = datetime.datetime(2026, 11, 22, 8, 15, tzinfo=datetime.timezone.utc)
        answer = EVENTS.put_events(
            Entries=[{"Source": "toy.door", "DetailType": "Knock", "Detail": detail, "Time": at}, {"Source": "toy.door"}]
        )
        self.assertEqual(answer["FailedEntryCount"], 1)
        self.assertEqual(json.loads(mail("told"))["greet"], "Grace")
        self.assertEqual([rule["Name"] for rule in EVENTS.list_rules()["Rules"]], ["greet"])
        self.assertEqual(EVENTS.describe_rule(Name="greet")["State"], "ENABLED")
        self.assertEqual(EVENTS.list_targets_by_rule(Rule="greet")["Targets"][0]["Id"], "workflow")

    def test_functions_are_invoked(self):
        names = [function["FunctionName"] for function in LAMBDA.list_functions()["Functions"]]
        self.assertEqual(names, ["ask", "echo", "exit", "fail", "tell"])
        self.assertEqual(LAMBDA.get_function(FunctionName="echo")["Configuration"]["Timeout"], 20)
        answer = LAMBDA.invoke(FunctionName="echo", Payload=b'{"n": 1}')
        self.assertEqual((answer["StatusCode"], json.load(answer["Payload"])), (200, {"n": 1}))
        self.assertNotIn("FunctionError", answer)
        answer = LAMBDA.invoke(FunctionName="fail", Payload=b'{"why": "a test"}')
        self.assertEqual(answer["FunctionError"], "Unhandled")
        self.assertEqual(json.load(answer["Payload"]), {"errorType": "Refused", "errorMessage": "a test"})


class Wire(unittest.TestCase):
    """What no client sends: it is refused in AWS's words, and the engine goes on."""

    def answer(self, headers, body=b"{}", path="/"):
        request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + path, data=body, headers=headers)
        try:
            urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            said = json.loads(error.read())
            return error.code, said["__type"], said["message"]
        self.fail("it was accepted")

    def test_what_cannot_be_read_is_refused(self):
        states = {"X-Amz-Target": "AWSStepFunctions.StartExecution"}
        for headers, body, code in (
            ({"X-Amz-Target": "AWSStepFunctions.MakeCoffee"}, b"{}", "UnknownOperationException"),
            ({"X-Amz-Target": "AWSEvents.MakeCoffee"}, b"{}", "UnknownOperationException"),
            (states, b'{"stateMachineArn": ', "SerializationException"),
            (states, b"[]", "ValidationException"),
            (states, b'{"stateMachineArn": 5}', "ValidationException"),
            (states, b"\xff", "SerializationException"),
            (states, b"{}", "ValidationException"),
            ({"X-Amz-Target": "AWSEvents.PutEvents"}, b'{"Entries": []}', "ValidationException"),
        ):
            with self.subTest(body=body):
                status, found, message = self.answer(headers, body)
                self.assertEqual((status, found), (400, code), message)
        self.assertIn("stateMachineArn", self.answer(states, b"{}")[2])

    def test_what_is_too_large_is_refused(self):
        arn = machine("large", "hello")
        with self.assertRaises(ClientError) as refused:
            started(arn, input=json.dumps("x" * 262_144))
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationException")
        with self.assertRaises(ClientError) as refused:
            LAMBDA.invoke(FunctionName="echo", Payload=json.dumps("x" * 6 * 1024 * 1024))
        self.assertEqual(refused.exception.response["Error"]["Code"], "RequestTooLargeException")

    def test_a_missing_member_is_named(self):
        careless = client("stepfunctions", parameter_validation=False)
        with self.assertRaises(ClientError) as refused:
            careless.start_execution(name="x")
        self.assertIn("stateMachineArn", str(refused.exception))


def tearDownModule():
    """Every action that the engine has was answered at least once, and no answer differs from its model."""
    wanted = set()
    for service in ("states", "events", "lambda"):
        for file in (API / service).glob("*.rs"):
            if file.stem != "mod":
                wanted.add(re.sub("(^|_)(.)", lambda found: found[2].upper(), file.stem))
    unseen = wanted - set(WATCH.seen)
    if unseen or WATCH.problems:
        lines = sorted(set(WATCH.problems)) + [f"{name}: no answer was looked at" for name in sorted(unseen)]
        raise AssertionError("\n".join(lines))
