"""Every decision is remembered and written down, and the process does as its command line says."""

import json
import tempfile
import unittest
import urllib.error
from pathlib import Path

from started import Behind, Started, allow, allowed, mended


class Decisions(unittest.TestCase):
    def test_who_asked_for_what_and_whether_it_was_allowed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "calls.jsonl"
            aws = Started("--log", str(log))
            iam = aws.client("iam", aws.session(allow("iam:GetUser"), name="looker"))
            before = len(aws.control("GET", "calls"))
            self.assertTrue(allowed(iam.get_user, UserName="alice"))
            self.assertFalse(allowed(iam.list_users))
            aws.client("iam").create_user(UserName="alice")
            decisions = aws.control("GET", "calls")
            self.assertEqual(aws.end(), (0, ""))
            written = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual(written, decisions)
        names = ("caller", "session", "service", "action", "resource", "allowed")
        alice = "arn:aws:iam::123456789012:user/alice"
        expected = [
            ("looker", "test", "iam", "GetUser", alice, True),
            ("looker", "test", "iam", "ListUsers", "*", False),
            ("root", "", "iam", "CreateUser", alice, True),
        ]
        self.assertEqual(decisions[before:], [dict(zip(names, one, strict=True)) for one in expected])

    def test_a_call_that_it_has_no_name_for_is_one_that_nobody_decided_on(self) -> None:
        before = len(mended().control("GET", "calls"))
        hub = mended().client("securityhub")
        hub.meta.events.register("before-sign", lambda request, **_: setattr(request, "url", request.url + "/no/such"))
        hub.get_findings()
        [decision] = mended().control("GET", "calls")[before:]
        self.assertEqual((decision["caller"], decision["service"], decision["allowed"]), ("root", "securityhub", None))


class Control(unittest.TestCase):
    def test_step_functions_is_its_own_until_an_engine_is_named(self) -> None:
        aws = Started()
        self.addCleanup(aws.end)
        machine = "arn:aws:states:us-east-1:123456789012:stateMachine:theirs"
        own = aws.client("stepfunctions").list_state_machines()["stateMachines"]
        engine = Behind({"stateMachines": [{"stateMachineArn": machine}]})
        self.addCleanup(engine.close)
        aws.control("POST", "engine", {"endpoint": engine.endpoint})
        [theirs] = aws.client("stepfunctions").list_state_machines()["stateMachines"]
        self.assertEqual((own, theirs["stateMachineArn"], engine.asked), ([], machine, ["POST /"]))
        # Whose tokens the engine's are, nobody here knows: they are some machine's of the account.
        for resource, may in [(machine, False), ("arn:aws:states:us-east-1:123456789012:stateMachine:*", True)]:
            states = aws.client("stepfunctions", aws.session(allow("states:SendTaskSuccess", resource)))
            self.assertEqual(allowed(states.send_task_success, taskToken="x", output="{}"), may)

    def test_what_there_is_not_is_not_found(self) -> None:
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            mended().control("GET", "nothing")
        self.assertEqual(refusal.exception.code, 404)


if __name__ == "__main__":
    unittest.main()
