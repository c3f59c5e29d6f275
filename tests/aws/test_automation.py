"""SSM Automation: what was started can be looked at, and what cannot be started is refused."""

import unittest

from started import failure, fresh

_PARAMETERS = {"InstanceId": ["i-1"], "AutomationAssumeRole": ["arn:aws:iam::123456789012:role/automation"]}


class Automation(unittest.TestCase):
    def test_what_was_started_is_kept(self) -> None:
        ssm = fresh().as_administrator("ssm")
        ssm.create_document(
            Name="own", DocumentType="Automation", DocumentFormat="JSON", Content='{"schemaVersion": "0.3"}'
        )
        self.assertEqual(ssm.describe_automation_executions()["AutomationExecutionMetadataList"], [])
        for name in ("AWS-StopEC2Instance", "own"):
            started = ssm.start_automation_execution(DocumentName=name, Parameters=_PARAMETERS)["AutomationExecutionId"]
            found = ssm.get_automation_execution(AutomationExecutionId=started)["AutomationExecution"]
            self.assertEqual((found["DocumentName"], found["Parameters"]), (name, _PARAMETERS))
        shown = ssm.describe_automation_executions()["AutomationExecutionMetadataList"]
        self.assertEqual([one["DocumentName"] for one in shown], ["AWS-StopEC2Instance", "own"])

    def test_what_cannot_be_started_is_refused(self) -> None:
        ssm = fresh().as_administrator("ssm")
        for about, code in (
            ({"DocumentName": "nobody"}, "AutomationDefinitionNotFoundException"),
            (
                {"DocumentName": "AWS-StopEC2Instance", "Parameters": {"a": [1]}},
                "InvalidAutomationExecutionParametersException",
            ),
            ({}, "ValidationException"),
        ):
            self.assertEqual(failure(ssm.start_automation_execution, **about)[0], code)
        code, _, _ = failure(ssm.get_automation_execution, AutomationExecutionId="0" * 36)
        self.assertEqual(code, "AutomationExecutionNotFoundException")
