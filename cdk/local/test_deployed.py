"""The Response stack, deployed by `cdk deploy` to emulators that enforce IAM, at work with the real task binaries."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

import account
import binaries
import gifts
from aws import ACCOUNT, REPOSITORY, LocalAws
from runs import send, wait

BUILT = REPOSITORY / "target/debug"
MANIFEST = REPOSITORY / "tasks/manifest.json"
# Kept apart from the temporary folder: what is compared with the roles after all tests.
CALLS = REPOSITORY / "target/calls"


class Deployed(unittest.TestCase):
    aws: ClassVar[LocalAws]

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        package = binaries.pack(folder / "package", BUILT, MANIFEST)
        cls.aws = LocalAws(folder, package)
        cls.addClassCleanup(cls.aws.close)
        cls.aws.deploy("Redress")

    @classmethod
    def tearDownClass(cls) -> None:
        CALLS.mkdir(parents=True, exist_ok=True)
        (CALLS / "deployed.jsonl").write_text("".join(json.dumps(call) + "\n" for call in cls.aws.calls()))

    def test_a_finding_goes_through_the_deployed_rule_to_containment_and_back(self) -> None:
        leaked = account.leaked_role(self.aws, "web-frontend")
        self.aws.seed_hub(leaked["event"])
        self.assertTrue(account.allows(self.aws, leaked["session"]))
        run = send(self.aws, leaked["event"], "credential-exfiltration")
        question = wait("the undo on offer", lambda: run.question("Undo"))
        self.assertFalse(account.allows(self.aws, leaked["session"]), "the session is denied while the role is contained")
        self.assertTrue(question["told"])
        run.answer("Undo", "undo", "it was the nightly export")
        self.assertEqual(run.output()["status"], "Restored")
        self.assertTrue(account.allows(self.aws, leaked["session"]), "the session works again")
        self.assertIn("Contain the role", run.path())
        self.nothing_was_refused()

    def test_everything_that_is_too_much_is_taken_back_and_given_again(self) -> None:
        given = gifts.gifts(self.aws)
        runs = [(gift, send(self.aws, gift.event, "iam-policy-remediation")) for gift in given]
        for gift, run in runs:
            wait(f"the undo of {gift.name}", lambda run=run: run.question("Undo"))
            with self.subTest(gift=gift.name):
                self.assertNotEqual(self.left(gift), gift.given, "it is taken back")
        for gift, run in runs:
            run.answer("Undo", "undo", "it is needed today")
        for gift, run in runs:
            with self.subTest(gift=gift.name):
                self.assertEqual(run.output()["status"], "Restored")
                self.assertEqual(gift.look(), gift.given, "it is given again")
        self.nothing_was_refused()

    def test_the_canary_comes_back_with_a_plan_and_is_counted(self) -> None:
        scheduler = self.aws.client("scheduler")
        [schedule] = scheduler.list_schedules()["Schedules"]
        target = scheduler.get_schedule(Name=schedule["Name"])["Target"]
        detail = target["Input"].replace("<aws.scheduler.execution-id>", "0123456789abcdef")
        event = {
            "source": target["EventBridgeParameters"]["Source"],
            "detail-type": target["EventBridgeParameters"]["DetailType"],
            "detail": json.loads(detail.replace("<aws.scheduler.scheduled-time>", "2026-01-01T12:00:00Z")),
        }
        run = send(self.aws, event, "redress-canary")
        self.assertEqual(run.output()["status"], "Planned")
        self.assertNotIn("Contain the role", run.path())
        # The emulator does not deliver to logs: that the rule takes the end of this run is asked of EventBridge itself.
        ended = run.ended()
        detail = {"status": ended["status"], "stateMachineArn": ended["stateMachineArn"], "output": ended["output"]}
        self.assertTrue(self.counts(detail), "what CloudWatch counts")
        self.assertFalse(self.counts({**detail, "output": '{"status":"Failed"}'}), "a run without a plan is not counted")
        self.nothing_was_refused()

    def test_a_session_of_a_task_may_do_what_its_role_says_and_nothing_else(self) -> None:
        victim = account.leaked_role(self.aws, "another-victim")
        for task, own in [("notify", False), ("contain-role", True)]:
            with self.subTest(task=task):
                session = self.session_of(task)
                change = {"PolicyName": "x", "PolicyDocument": json.dumps(account.DANGEROUS)}
                self.assertEqual(self.may(session, RoleName=victim["name"], **change), own)
                self.assertFalse(self.may(session, RoleName="redress-contain-role", **change), "the responder itself")

    def may(self, session: dict[str, str], **change: Any) -> bool:
        iam = self.aws.client("iam", session)
        try:
            iam.put_role_policy(**change)
        except iam.exceptions.ClientError as refusal:
            self.assertIn(refusal.response["Error"]["Code"], ["AccessDenied", "AccessDeniedException"])
            return False
        return True

    def session_of(self, task: str) -> dict[str, str]:
        """A session of a task's role, which trusts Lambda: for this test it trusts the account."""
        iam, name = self.aws.client("iam"), f"redress-{task}"
        role = iam.get_role(RoleName=name)["Role"]
        trust = role["AssumeRolePolicyDocument"]
        trust["Statement"].append({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"})
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        return self.aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]

    def counts(self, detail: dict[str, Any]) -> bool:
        """Whether the rule that counts plans takes an execution that ended so."""
        events = self.aws.client("events")
        [rule] = [rule for rule in events.list_rules()["Rules"] if "Ended" in rule["Name"]]
        event = {
            "id": "1",
            "account": ACCOUNT,
            "region": "us-east-1",
            "source": "aws.states",
            "time": "2026-01-01T12:00:00Z",
            "detail-type": "Step Functions Execution Status Change",
            "resources": [],
            "detail": detail,
        }
        return events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))["Result"]

    def left(self, gift: gifts.Gift) -> Any:
        """What is left of a gift; None where it is gone whole."""
        try:
            return gift.look()
        except self.aws.client("iam").exceptions.NoSuchEntityException:
            return None

    def nothing_was_refused(self) -> None:
        refused = [call for call in self.aws.calls() if not call["allowed"]]
        self.assertEqual(refused, [], "a role lacks what its task needs")


if __name__ == "__main__":
    unittest.main()
