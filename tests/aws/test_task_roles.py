"""Each task gets a role made of the manifest's statements, and a session that may do that and no more."""

import json
import unittest

from started import event, failure, fresh, manifest


class TaskRoles(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.seeded = self.aws.control("POST", "seed", event())
        self.sessions = self.aws.control("POST", "task-roles", manifest())
        self.finding = {
            "Id": self.seeded["findingArn"],
            "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty",
        }

    def test_there_is_a_role_for_every_task(self) -> None:
        self.assertEqual(self.sessions.keys(), {task["name"] for task in manifest()})
        iam = self.aws.as_administrator("iam")
        for task in manifest():
            role = iam.get_role(RoleName=f"redress-{task['name']}")["Role"]
            self.assertEqual(role["Arn"], f"arn:aws:iam::123456789012:role/redress/redress-{task['name']}")
            policies = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
            self.assertEqual(policies, ["task"] if task["iam"] else [])

    def test_placeholders_are_filled(self) -> None:
        iam = self.aws.as_administrator("iam")
        documents = {
            task["name"]: iam.get_role_policy(RoleName=f"redress-{task['name']}", PolicyName="task")["PolicyDocument"]
            for task in manifest()
            if task["iam"]
        }
        self.assertNotIn("${", json.dumps(documents))
        resources = {name: [one["Resource"] for one in document["Statement"]] for name, document in documents.items()}
        self.assertEqual(
            resources["open-case"],
            [
                ["arn:aws:dynamodb:us-east-1:123456789012:table/redress-cases"],
                ["arn:aws:dynamodb:us-east-1:123456789012:table/redress-cases"],
                ["arn:aws:states:us-east-1:123456789012:execution:*"],
            ],
        )
        self.assertIn(["arn:aws:states:us-east-1:123456789012:stateMachine:*"], resources["answer-approval"])
        topics = [self.seeded["topicArn"], self.seeded["escalationTopicArn"]]
        self.assertIn(topics, resources["notify"])
        self.assertIn(topics[:1], resources["request-approval"], "it asks, and escalates nothing")

    def test_a_task_that_changes_roles_may_not_touch_the_responder(self) -> None:
        iam = self.aws.as_session("iam", self.sessions["role-containment-change"])
        policy = {"PolicyName": "redress", "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": []})}
        code, message, _ = failure(iam.put_role_policy, RoleName="redress-notify", **policy)
        self.assertEqual(code, "AccessDenied")
        self.assertIn("role/redress/redress-notify with an explicit deny", message)
        self.assertNotEqual(failure(iam.put_role_policy, RoleName="web-frontend", **policy)[0], "AccessDenied")
        self.assertEqual(failure(iam.list_roles)[0], "AccessDenied")

    def test_a_boundary_is_put_and_deleted_only_if_it_is_required(self) -> None:
        administrator = self.aws.as_administrator("iam")
        arns = {}
        for name in ("developer-boundary", "other-boundary"):
            statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            made = administrator.create_policy(PolicyName=name, PolicyDocument=document)
            arns[name] = made["Policy"]["Arn"]
        change = self.aws.as_session("iam", self.sessions["permissions-boundary-change"])
        restore = self.aws.as_session("iam", self.sessions["permissions-boundary-restore"])
        put = {"RoleName": "web-frontend", "PermissionsBoundary": arns["other-boundary"]}
        self.assertEqual(failure(change.put_role_permissions_boundary, **put)[0], "AccessDenied")
        administrator.put_role_permissions_boundary(**put)
        self.assertEqual(
            failure(restore.delete_role_permissions_boundary, RoleName="web-frontend")[0],
            "AccessDenied",
            "whoever has another boundary is not freed of it",
        )
        change.put_role_permissions_boundary(**put | {"PermissionsBoundary": arns["developer-boundary"]})
        restore.delete_role_permissions_boundary(RoleName="web-frontend")
        self.assertEqual(failure(restore.delete_role_permissions_boundary, RoleName="web-frontend")[0], "AccessDenied")

    def test_a_task_that_writes_notes_may_not_set_the_status(self) -> None:
        hub = self.aws.as_session("securityhub", self.sessions["update-finding"])
        note = {"FindingIdentifiers": [self.finding], "Note": {"Text": "seen", "UpdatedBy": "redress"}}
        hub.batch_update_findings(**note)
        code, message, _ = failure(hub.batch_update_findings, **note, Workflow={"Status": "NOTIFIED"})
        self.assertEqual(code, "AccessDeniedException")
        self.assertIn("explicit deny", message)

    def test_the_task_that_sets_the_status_may_set_no_other(self) -> None:
        hub = self.aws.as_session("securityhub", self.sessions["set-workflow-status"])
        hub.batch_update_findings(FindingIdentifiers=[self.finding], Workflow={"Status": "NOTIFIED"})
        for status in ("NEW", "RESOLVED", "SUPPRESSED"):
            refused = failure(hub.batch_update_findings, FindingIdentifiers=[self.finding], Workflow={"Status": status})
            self.assertEqual(refused[0], "AccessDeniedException")

    def test_a_task_reaches_its_records_and_its_topic_and_no_other(self) -> None:
        dynamodb = self.aws.as_session("dynamodb", self.sessions["notify"])
        key = {"Key": {"pk": {"S": "sent#a"}, "sk": {"S": "b"}}}
        dynamodb.get_item(TableName=self.seeded["table"], **key)
        self.assertEqual(failure(dynamodb.get_item, TableName="payroll", **key)[0], "AccessDeniedException")
        question = {"Key": {"pk": {"S": "question#a"}, "sk": {"S": "undo"}}}
        refused = failure(dynamodb.get_item, TableName=self.seeded["table"], **question)
        self.assertEqual(refused[0], "AccessDeniedException", "a task that sends messages reads no task token")
        sns = self.aws.as_session("sns", self.sessions["notify"])
        sns.publish(TopicArn=self.seeded["topicArn"], Message="m")
        other = self.seeded["topicArn"].replace("redress-security", "payroll")
        self.assertEqual(failure(sns.publish, TopicArn=other, Message="m")[0], "AuthorizationError")

    def test_the_task_that_asks_cannot_read_the_token_and_the_one_that_answers_can_only_read_it(self) -> None:
        asks = self.aws.as_session("kms", self.sessions["request-approval"])
        answers = self.aws.as_session("kms", self.sessions["answer-approval"])
        key = {"KeyId": self.seeded["tokenKeyArn"]}
        bound = key | {"EncryptionContext": {"approval": "a"}}
        sealed = asks.encrypt(Plaintext=b"token", **bound)["CiphertextBlob"]
        self.assertEqual(answers.decrypt(CiphertextBlob=sealed, **bound)["Plaintext"], b"token")
        moved = key | {"EncryptionContext": {"approval": "b"}}
        self.assertEqual(failure(answers.decrypt, CiphertextBlob=sealed, **moved)[0], "InvalidCiphertextException")
        for call, arguments in (
            (asks.decrypt, {"CiphertextBlob": sealed} | bound),
            (asks.encrypt, {"Plaintext": b"token"} | key),
            (asks.encrypt, {"Plaintext": b"t"} | key | {"EncryptionContext": {"approval": "a", "other": "b"}}),
            (asks.encrypt, {"Plaintext": b"t"} | bound | {"KeyId": "alias/other"}),
            (answers.encrypt, {"Plaintext": b"token"} | bound),
            (answers.decrypt, {"CiphertextBlob": sealed} | key),
        ):
            self.assertEqual(failure(call, **arguments)[0], "AccessDeniedException")

    def test_a_changed_manifest_changes_the_roles(self) -> None:
        notify = next(task for task in manifest() if task["name"] == "notify")
        sessions = self.aws.control("POST", "task-roles", [{**notify, "iam": notify["iam"][1:]}])
        for session in (sessions["notify"], self.sessions["notify"]):
            refused = failure(
                self.aws.as_session("sns", session).publish, TopicArn=self.seeded["topicArn"], Message="m"
            )
            self.assertEqual(refused[0], "AuthorizationError")

    def test_a_session_outlives_a_reset_that_keeps_sessions_and_no_other(self) -> None:
        message = {"TopicArn": self.seeded["topicArn"], "Message": "m"}
        publish = self.aws.as_session("sns", self.sessions["notify"]).publish
        self.aws.control("POST", "reset?keep-sessions")
        self.aws.control("POST", "seed", event())
        self.assertEqual(failure(publish, **message)[0], "AuthorizationError", "its role is not there yet")
        self.assertEqual(self.aws.control("POST", "task-roles", manifest()), self.sessions)
        publish(**message)
        self.assertEqual(self.aws.control("GET", "calls")[-1]["caller"], "redress-notify")
        self.aws.control("POST", "reset")
        self.aws.control("POST", "seed", event())
        self.assertNotEqual(self.aws.control("POST", "task-roles", manifest()), self.sessions)

    def test_roles_can_be_in_another_account_and_region(self) -> None:
        sessions = self.aws.control("POST", "task-roles?account=210987654321&region=eu-west-1", manifest())
        dynamodb = self.aws.as_session("dynamodb", sessions["notify"], "eu-west-1")
        message = failure(dynamodb.get_item, TableName="payroll", Key={})[1]
        self.assertIn("arn:aws:dynamodb:eu-west-1:210987654321:table/payroll", message)

    def test_an_unknown_placeholder_is_refused(self) -> None:
        grant = {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": ["${Key}"]}
        status, answer = self.aws.try_control("POST", "task-roles", [{"name": "x", "iam": [grant]}])
        self.assertEqual(status, 400)
        self.assertIn("['Key']", answer["error"])
