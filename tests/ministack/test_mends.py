"""Each mend does what AWS does, and ministack alone does not: whoever moves the pin learns which are no longer needed."""

import json
import time
import unittest
import urllib.request
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from started import ACCOUNT, REGION, Started, allow, allowed, document, mended, plain, unique


class Mended(unittest.TestCase):
    def holds(self, look: Callable[[Started], Any], expected: Any) -> None:
        """What is seen is this with the mends, and something else without."""
        self.assertEqual(look(mended()), expected)
        self.assertNotEqual(look(plain()), expected, "ministack does this by itself: the mend can go")


class Request(Mended):
    def test_a_role_a_user_and_a_profile_are_under_their_path(self) -> None:
        kinds = {
            "role": ("create_role", "get_role", "RoleName", {"AssumeRolePolicyDocument": document()}),
            "user": ("create_user", "get_user", "UserName", {}),
            "instance-profile": ("create_instance_profile", "get_instance_profile", "InstanceProfileName", {}),
        }
        for kind, (create, get, parameter, more) in kinds.items():

            def look(aws: Started) -> dict[str, bool]:
                name = unique(kind)
                getattr(aws.client("iam"), create)(**{parameter: name, "Path": "/redress/"}, **more)
                grants = {"with": f"{kind}/redress/{name}", "without": f"{kind}/{name}"}
                may = {}
                for path, resource in grants.items():
                    session = aws.session(allow("iam:*", f"arn:aws:iam::{ACCOUNT}:{resource}"))
                    may[path] = allowed(getattr(aws.client("iam", session), get), **{parameter: name})
                return may

            with self.subTest(kind=kind):
                self.holds(look, {"with": True, "without": False})

    def test_what_is_made_is_under_the_path_that_the_call_names(self) -> None:
        def look(aws: Started) -> bool:
            session = aws.session(allow("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/redress/*"))
            return allowed(aws.client("iam", session).create_user, UserName=unique("user"), Path="/redress/")

        self.holds(look, True)

    def test_the_principal_of_a_session_is_its_role(self) -> None:
        def look(aws: Started) -> dict[str, bool]:
            may = {}
            for who in ("role/it", "role/another", "assumed-role/it/test"):
                name = unique("role")
                service = "sts" if who.startswith("assumed") else "iam"
                arn = f"arn:aws:{service}::{ACCOUNT}:{who.replace('/it', f'/{name}')}"
                session = aws.session(allow("s3:*", Condition={"ArnEquals": {"aws:PrincipalArn": arn}}), name=name)
                may[who] = allowed(aws.client("s3", session).list_buckets)
            return may

        self.holds(look, {"role/it": True, "role/another": False, "assumed-role/it/test": False})

    def test_to_attach_a_policy_to_a_group_is_about_the_group(self) -> None:
        def look(aws: Started) -> bool:
            group = unique("group")
            aws.client("iam").create_group(GroupName=group)
            session = aws.session(allow("iam:AttachGroupPolicy", f"arn:aws:iam::{ACCOUNT}:group/{group}"))
            parameters = {"GroupName": group, "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
            return allowed(aws.client("iam", session).attach_group_policy, **parameters)

        self.holds(look, True)

    def test_to_put_somebody_into_a_group_is_about_the_group(self) -> None:
        def look(aws: Started) -> bool:
            iam, group, user = aws.client("iam"), unique("group"), unique("user")
            iam.create_group(GroupName=group)
            iam.create_user(UserName=user)
            session = aws.session(allow("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/{group}"))
            return allowed(aws.client("iam", session).add_user_to_group, GroupName=group, UserName=user)

        self.holds(look, True)

    def test_a_report_of_last_accesses_is_about_what_it_names(self) -> None:
        def look(aws: Started) -> bool:
            session = aws.session(allow("iam:GenerateServiceLastAccessedDetails", f"arn:aws:iam::{ACCOUNT}:role/one"))
            ask = aws.client("iam", session).generate_service_last_accessed_details
            return allowed(ask, Arn=f"arn:aws:iam::{ACCOUNT}:role/one")

        self.holds(look, True)

    def test_an_item_is_in_its_partition(self) -> None:
        def look(aws: Started) -> dict[str, bool]:
            table = unique("table")
            aws.client("dynamodb").create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "of", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("of", "at")],
                BillingMode="PAY_PER_REQUEST",
            )
            own = {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["case#*"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
            dynamodb = aws.client("dynamodb", aws.session(allow("dynamodb:*", Condition=own)))
            key = {"of": {"S": "case#1"}, "at": {"S": "x#1"}}
            other = {"of": {"S": "x#1"}, "at": {"S": "case#1"}}
            return {
                "get": allowed(dynamodb.get_item, TableName=table, Key=key),
                "put": allowed(dynamodb.put_item, TableName=table, Item=key),
                "get of another": allowed(dynamodb.get_item, TableName=table, Key=other),
                "scan": allowed(dynamodb.scan, TableName=table),
            }

        self.holds(look, {"get": True, "put": True, "get of another": False, "scan": False})

    def test_the_context_of_an_encryption_is_known(self) -> None:
        def look(aws: Started) -> dict[str, bool]:
            key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
            context = {
                "StringEquals": {"kms:EncryptionContext:approval": "1"},
                "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["approval"]},
            }
            encrypt = aws.client("kms", aws.session(allow("kms:Encrypt", Condition=context))).encrypt
            contexts = {"this": {"approval": "1"}, "other": {"approval": "2"}, "more": {"approval": "1", "x": "y"}}
            return {
                name: allowed(encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)
                for name, context in contexts.items()
            }

        self.holds(look, {"this": True, "other": False, "more": False})

    def test_a_policy_that_wants_tls_is_content(self) -> None:
        def look(aws: Started) -> bool:
            tls = {"Bool": {"aws:SecureTransport": "true"}}
            session = aws.session(allow("s3:ListAllMyBuckets", Condition=tls))
            return allowed(aws.client("s3", session).list_buckets)

        self.holds(look, True)


class Iam(Mended):
    def test_a_policy_gets_another_default_version(self) -> None:
        def look(aws: Started) -> Any:
            iam = aws.client("iam")
            made = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document(allow("s3:GetObject")))
            arn = made["Policy"]["Arn"]
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:PutObject")), SetAsDefault=True)
            try:
                iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
            except ClientError as error:
                return error.response["Error"]["Code"]
            versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
            default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            return default, {version["VersionId"]: version["IsDefaultVersion"] for version in versions}

        self.holds(look, ("v1", {"v1": True, "v2": False}))

    def test_a_version_that_there_is_not_is_refused(self) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/none"
        with self.assertRaises(mended().client("iam").exceptions.NoSuchEntityException):
            mended().client("iam").set_default_policy_version(PolicyArn=arn, VersionId="v1")


class Workflows(Mended):
    def test_an_event_of_aws_may_be_put(self) -> None:
        def look(aws: Started) -> int:
            entry = {"Source": "aws.guardduty", "DetailType": "GuardDuty Finding", "Detail": "{}"}
            return aws.client("events").put_events(Entries=[entry])["FailedEntryCount"]

        self.holds(look, 0)

    def test_a_parallel_has_its_arguments_its_output_and_its_assign(self) -> None:
        branch = {
            "StartAt": "In",
            "States": {"In": {"Type": "Pass", "Output": "{% $states.input.n + 1 %}", "End": True}},
        }
        states = {
            "Both": {
                "Type": "Parallel",
                "Arguments": {"n": "{% $states.input.given %}"},
                "Branches": [branch, branch],
                "Assign": {"kept": "{% $states.result[0] %}"},
                "Output": "{% $sum($states.result) %}",
                "Next": "After",
            },
            "After": {"Type": "Pass", "Output": {"sum": "{% $states.input %}", "kept": "{% $kept %}"}, "End": True},
        }
        self.holds(lambda aws: _run(aws, states, {"given": 20}), ("SUCCEEDED", {"sum": 42, "kept": 21}))

    def test_a_choice_has_its_output_if_no_rule_applies(self) -> None:
        states = {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.n = 1 %}", "Next": "After"}],
                "Default": "After",
                "Output": {"by": "default"},
            },
            "After": {"Type": "Pass", "End": True},
        }
        self.holds(lambda aws: _run(aws, states, {"n": 2}), ("SUCCEEDED", {"by": "default"}))

    def test_the_time_of_a_task_may_be_an_expression(self) -> None:
        def look(aws: Started) -> tuple[str, Any]:
            queue = aws.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
            states = {"Ask": _question("{% $states.input.seconds %}", queue)}
            status, error = _run(aws, states, {"seconds": 1})
            return status, error["Error"]

        self.holds(look, ("FAILED", "States.Timeout"))

    def test_a_token_is_one_of_the_machine_that_waits(self) -> None:
        def look(aws: Started) -> dict[str, bool]:
            sqs, states = aws.client("sqs"), aws.client("stepfunctions")
            queue = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
            machine = _machine(aws, {"Ask": _question(60, queue)})
            states.start_execution(stateMachineArn=machine)
            [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
            other = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:other"
            may = {}
            for name, resource in {"other": other, "this": machine}.items():
                answer = aws.client("stepfunctions", aws.session(allow("states:SendTaskSuccess", resource)))
                may[name] = allowed(answer.send_task_success, taskToken=message["Body"], output="{}")
            return may

        self.holds(look, {"other": False, "this": True})


class Forwarded(unittest.TestCase):
    def test_security_hub_is_asked_once_it_is_allowed(self) -> None:
        wanted = {"StringEquals": {"securityhub:ASFFSyntaxPath/Workflow.Status": "NOTIFIED"}}
        aws = mended()
        hub = aws.client("securityhub", aws.session(allow("securityhub:BatchUpdateFindings", Condition=wanted)))
        update = {"FindingIdentifiers": [{"Id": "1", "ProductArn": "x"}]}
        for status, may in [("NOTIFIED", True), ("RESOLVED", False)]:
            self.assertEqual(allowed(hub.batch_update_findings, **update, Workflow={"Status": status}), may)
        self.assertEqual(aws.hub.asked.count("PATCH /findings/batchupdate"), 1)
        # It would answer in ten seconds that it does not have it: it reads all that botocore knows to say so.
        with urllib.request.urlopen(f"{plain().endpoint}/_ministack/health") as answer:
            self.assertNotIn("securityhub", json.load(answer)["services"], "ministack has it: this can go")


def _question(seconds: Any, queue: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"},
        "TimeoutSeconds": seconds,
        "End": True,
    }


def _machine(aws: Started, states: dict[str, Any]) -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document(trust))["Role"]
    states = aws.client("stepfunctions")
    made = states.create_state_machine(name=unique("machine"), definition=json.dumps(definition), roleArn=role["Arn"])
    return str(made["stateMachineArn"])


def _run(aws: Started, states: dict[str, Any], given: Any) -> tuple[str, Any]:
    """How an execution ended, with its output or its error."""
    client = aws.client("stepfunctions")
    run = client.start_execution(stateMachineArn=_machine(aws, states), input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 20
    while (seen := client.describe_execution(executionArn=run))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            client.stop_execution(executionArn=run)
            return "RUNNING", None
        time.sleep(0.05)
    return seen["status"], json.loads(seen.get("output", "null")) or {"Error": seen.get("error")}


if __name__ == "__main__":
    unittest.main()
