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

from boto3_events import Rules
from shapes import Watch

TOY = pathlib.Path(__file__).parent / "toy"
API = pathlib.Path(__file__).parents[2] / "engine/src/api"
ROLE = "arn:aws:iam::123456789012:role/toy"
ONCE = {"max_attempts": 0}
WATCH = Watch()


def client(service, **config):
    region = config.pop("region_name", None)
    return WATCH.over(boto3.client(service, region_name=region, config=Config(retries=ONCE, **config)))


STATES, EVENTS, LAMBDA = client("stepfunctions"), client("events"), client("lambda")


def text(name):
    return (TOY / f"{name}.asl.json").read_text()


def machine(name, definition):
    return STATES.create_state_machine(name=name, definition=text(definition), roleArn=ROLE)["stateMachineArn"]


def mail(box):
    return (pathlib.Path(os.environ["MAIL"]) / box).read_text()


def started(arn, **about):
    return STATES.start_execution(stateMachineArn=arn, **about)["executionArn"]


# unittest tears a module down as soon as a class of another one comes, and then looks whether all was looked at.
Rules.__module__ = __name__


class Executions(unittest.TestCase):
    def test_a_program_starts_reads_and_lists_executions(self):
        arn = machine("program", "hello")
        before = datetime.datetime.now(datetime.UTC)
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
        bad = {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {"A": {"Type": "Succeed", "Output": "{% 1 + 'a' %}"}},
        }
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
        self.assertEqual(STATES.describe_execution(executionArn=run)["output"], '{"answer": 42}')
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


def paths(**states):
    """A definition in JSONPath whose first state is the first one given."""
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def made(name, definition, **about):
    return STATES.create_state_machine(name=name, definition=definition, roleArn=ROLE, **about)["stateMachineArn"]


def ended(run):
    """An execution that ends by itself, once it has ended."""
    execution = STATES.describe_execution(executionArn=run)
    while execution["status"] == "RUNNING":
        execution = STATES.describe_execution(executionArn=run)
    return execution


class Versions(unittest.TestCase):
    def test_an_alias_leads_to_versions_and_moves_between_them(self):
        one, two = (
            paths(A={"Type": "Pass", "Result": 1, "End": True}),
            paths(A={"Type": "Pass", "Result": 2, "End": True}),
        )
        answer = STATES.create_state_machine(name="versioned", definition=one, roleArn=ROLE, publish=True)
        arn, first = answer["stateMachineArn"], answer["stateMachineVersionArn"]
        self.assertEqual(first, f"{arn}:1")
        STATES.update_state_machine(stateMachineArn=arn, definition=two)
        second = STATES.publish_state_machine_version(stateMachineArn=arn, description="the second")[
            "stateMachineVersionArn"
        ]
        self.assertEqual(STATES.describe_state_machine(stateMachineArn=second)["description"], "the second")
        pages = STATES.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        self.assertEqual([found["stateMachineVersionArn"] for found in pages], [second, first])
        route = [{"stateMachineVersionArn": first, "weight": 100}]
        alias = STATES.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
        self.assertEqual(ended(started(alias))["output"], "1")
        route = [{"stateMachineVersionArn": first, "weight": 0}, {"stateMachineVersionArn": second, "weight": 100}]
        STATES.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=route)
        self.assertEqual(STATES.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"], route)
        run = ended(started(alias))
        self.assertEqual(
            (run["output"], run["stateMachineVersionArn"], run["stateMachineAliasArn"]), ("2", second, alias)
        )
        self.assertEqual(len(STATES.list_executions(stateMachineArn=alias)["executions"]), 2)
        listed = STATES.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]
        self.assertEqual([found["stateMachineAliasArn"] for found in listed], [alias])
        with self.assertRaises(STATES.exceptions.ConflictException):
            STATES.delete_state_machine_version(stateMachineVersionArn=second)
        STATES.delete_state_machine_alias(stateMachineAliasArn=alias)
        STATES.delete_state_machine_version(stateMachineVersionArn=second)
        with self.assertRaises(STATES.exceptions.ResourceNotFound):
            STATES.describe_state_machine_alias(stateMachineAliasArn=alias)

    def test_tags_are_put_and_taken(self):
        arn = made("tagged", paths(A={"Type": "Succeed"}), tags=[{"key": "team", "value": "blue"}])
        STATES.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "red"}, {"key": "cost", "value": "7"}])
        STATES.untag_resource(resourceArn=arn, tagKeys=["cost"])
        self.assertEqual(STATES.list_tags_for_resource(resourceArn=arn)["tags"], [{"key": "team", "value": "red"}])

    def test_regions_do_not_see_each_other(self):
        arn = made("regional", paths(A={"Type": "Succeed"}))
        there = client("stepfunctions", region_name="ap-southeast-2")
        with self.assertRaises(there.exceptions.StateMachineDoesNotExist):
            there.describe_state_machine(stateMachineArn=arn)
        self.assertEqual(there.list_state_machines()["stateMachines"], [])
        own = there.create_state_machine(name="regional", definition=paths(A={"Type": "Succeed"}), roleArn=ROLE)
        self.assertIn(":ap-southeast-2:", own["stateMachineArn"])


class Express(unittest.TestCase):
    def test_an_express_machine_answers_at_once(self):
        arn = made(
            "express",
            paths(A={"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True}),
            type="EXPRESS",
        )
        sync = client("stepfunctions", inject_host_prefix=False)
        answer = sync.start_sync_execution(stateMachineArn=arn, name="same", input='{"n": 4}')
        self.assertEqual((answer["status"], answer["output"]), ("SUCCEEDED", '{"twice":8}'))
        self.assertEqual(answer["billingDetails"]["billedMemoryUsedInMB"], 64)
        self.assertIn(":express:express:same:", started(arn, name="same", input='{"n": 4}'))
        with self.assertRaises(STATES.exceptions.StateMachineTypeNotSupported):
            STATES.list_executions(stateMachineArn=arn)

    def test_a_state_is_tried_on_its_own(self):
        sync = client("stepfunctions", inject_host_prefix=False)
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "t", "Message.$": "$.m"},
            "ResultPath": "$.sent",
            "Next": "After",
        }
        answer = sync.test_state(
            definition=json.dumps(state),
            input='{"m": "hello"}',
            inspectionLevel="DEBUG",
            mock={"result": '{"MessageId": "id"}'},
        )
        self.assertEqual((answer["status"], answer["nextState"]), ("SUCCEEDED", "After"))
        self.assertEqual(json.loads(answer["inspectionData"]["afterParameters"]), {"TopicArn": "t", "Message": "hello"})
        with self.assertRaises(ClientError) as refused:
            sync.test_state(definition=json.dumps(state), mock={"result": '{"MessageId": 5}'})
        self.assertIn("Field 'MessageId' must be a string", str(refused.exception))


class Workers(unittest.TestCase):
    def activity(self, name):
        return STATES.create_activity(name=name)["activityArn"]

    def test_a_failed_task_is_redriven_by_another_worker(self):
        activity = self.activity("mend")
        self.assertEqual(STATES.describe_activity(activityArn=activity)["name"], "mend")
        self.assertIn(activity, [found["activityArn"] for found in STATES.list_activities()["activities"]])
        run = started(made("mended", paths(Mend={"Type": "Task", "Resource": activity, "End": True})), input='{"n": 1}')
        task = STATES.get_activity_task(activityArn=activity, workerName="first")
        self.assertEqual(task["input"], '{"n":1}')
        STATES.send_task_failure(taskToken=task["taskToken"], error="Clumsy")
        self.assertEqual(ended(run)["redriveStatus"], "REDRIVABLE")
        STATES.redrive_execution(executionArn=run)
        task = STATES.get_activity_task(activityArn=activity, workerName="second")
        STATES.send_task_success(taskToken=task["taskToken"], output='"whole"')
        execution = ended(run)
        self.assertEqual((execution["output"], execution["redriveCount"]), ('"whole"', 1))
        kinds = [event["type"] for event in STATES.get_execution_history(executionArn=run)["events"]]
        self.assertEqual(kinds[5:8], ["ExecutionFailed", "ExecutionRedriven", "ActivityScheduled"])
        with self.assertRaises(STATES.exceptions.ExecutionNotRedrivable):
            STATES.redrive_execution(executionArn=run)
        STATES.delete_activity(activityArn=activity)
        with self.assertRaises(STATES.exceptions.ActivityDoesNotExist):
            STATES.get_activity_task(activityArn=activity)

    def test_a_map_run_is_followed_and_changed(self):
        activity = self.activity("each")
        inner = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One"}
        inner["States"] = {"One": {"Type": "Task", "Resource": activity, "End": True}}
        run = started(
            made("mapped", paths(Each={"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner, "End": True})),
            input="[1, 2]",
        )
        first = STATES.get_activity_task(activityArn=activity)
        found = STATES.list_map_runs(executionArn=run)["mapRuns"][0]["mapRunArn"]
        STATES.update_map_run(mapRunArn=found, maxConcurrency=2, toleratedFailureCount=1)
        self.assertEqual(STATES.describe_map_run(mapRunArn=found)["toleratedFailureCount"], 1)
        STATES.send_task_failure(taskToken=first["taskToken"], error="Odd")
        second = STATES.get_activity_task(activityArn=activity)
        STATES.send_task_success(taskToken=second["taskToken"], output="2")
        self.assertEqual(ended(run)["status"], "SUCCEEDED")
        counts = STATES.describe_map_run(mapRunArn=found)["executionCounts"]
        self.assertEqual((counts["succeeded"], counts["failed"], counts["total"]), (1, 1, 2))
        self.assertEqual(len(STATES.list_executions(mapRunArn=found, statusFilter="FAILED")["executions"]), 1)


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
        at = datetime.datetime(2026, 11, 22, 8, 15, tzinfo=datetime.UTC)
        answer = EVENTS.put_events(
            Entries=[
                {"Source": "toy.door", "DetailType": "Knock", "Detail": detail, "Time": at},
                {"Source": "toy.door"},
            ]
        )
        self.assertEqual(answer["FailedEntryCount"], 1)
        self.assertEqual(json.loads(mail("told"))["greet"], "Grace")
        self.assertEqual([rule["Name"] for rule in EVENTS.list_rules()["Rules"]], ["greet-door"])
        self.assertEqual(EVENTS.describe_rule(Name="greet-door")["State"], "ENABLED")
        self.assertEqual(EVENTS.list_targets_by_rule(Rule="greet-door")["Targets"][0]["Id"], "workflow")

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
        raise AssertionError("it was accepted")

    def test_what_cannot_be_read_is_refused(self):
        states = {"X-Amz-Target": "AWSStepFunctions.StartExecution"}
        for headers, body, code in (
            ({"X-Amz-Target": "AWSStepFunctions.MakeCoffee"}, b"{}", "UnknownOperationException"),
            ({"X-Amz-Target": "AWSEvents.MakeCoffee"}, b"{}", "UnknownOperationException"),
            (states, b'{"stateMachineArn": ', "SerializationException"),
            (states, b"[]", "SerializationException"),
            (states, b'{"stateMachineArn": 5}', "SerializationException"),
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
    """Every action that the engine has was answered at least once, and no answer differs from its model. Of Step Functions
    the engine has every action that boto3 has."""
    wanted = set(STATES.meta.service_model.operation_names)
    for service in ("states", "events", "lambda"):
        # What several actions need stands beside them, and an action may be a folder.
        actions = {"states": STATES, "events": EVENTS, "lambda": LAMBDA}[service].meta.service_model.operation_names
        for file in (API / service).iterdir():
            name = re.sub("(^|_)(.)", lambda found: found[2].upper(), file.stem)
            if name in actions or (service == "lambda" and name != "Mod"):
                wanted.add(name)
    unseen = wanted - set(WATCH.seen)
    if unseen or WATCH.problems:
        lines = sorted(set(WATCH.problems)) + [f"{name}: no answer was looked at" for name in sorted(unseen)]
        raise AssertionError("\n".join(lines))
