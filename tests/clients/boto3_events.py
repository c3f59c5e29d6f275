"""What a program does with EventBridge through boto3: rules, targets, buses and patterns. `test_boto3` runs it."""

import json
import time
import unittest

from botocore.exceptions import ClientError

EVENT = {
    "id": "1",
    "source": "my.app",
    "detail-type": "d",
    "account": "1",
    "region": "r",
    "time": "t",
    "detail": {"n": 5},
}
PATTERN = json.dumps({"source": ["my.app"], "detail": {"n": [{"numeric": [">", 3]}]}})


def clients():
    import test_boto3

    return test_boto3


class Rules(unittest.TestCase):
    def setUp(self):
        self.events = clients().EVENTS

    def refused(self, call, code, message):
        with self.assertRaises(ClientError) as refused:
            call()
        error = refused.exception.response["Error"]
        self.assertEqual(error["Code"], code)
        self.assertIn(message, error["Message"])

    def test_a_rule_starts_a_machine_until_it_is_disabled(self):
        arn = clients().machine("of-a-rule", "hello")
        rule = self.events.put_rule(
            Name="starts", EventPattern=PATTERN, Description="d", Tags=[{"Key": "k", "Value": "v"}]
        )
        tags = self.events.list_tags_for_resource(ResourceARN=rule["RuleArn"])["Tags"]
        self.assertEqual(tags, [{"Key": "k", "Value": "v"}])
        self.events.tag_resource(ResourceARN=rule["RuleArn"], Tags=[{"Key": "l", "Value": "w"}])
        self.events.untag_resource(ResourceARN=rule["RuleArn"], TagKeys=["k"])
        transformer = {
            "InputPathsMap": {"n": "$.detail.n"},
            "InputTemplate": '{"who": "<n> of <aws.events.rule-name>"}',
        }
        target = {"Id": "m", "Arn": arn, "RoleArn": clients().ROLE, "InputTransformer": transformer}
        self.assertEqual(self.events.put_targets(Rule="starts", Targets=[target])["FailedEntryCount"], 0)
        self.assertEqual(self.events.list_targets_by_rule(Rule="starts")["Targets"], [target])
        self.assertEqual(self.events.list_rule_names_by_target(TargetArn=arn)["RuleNames"], ["starts"])

        def put(n):
            entry = {"Source": "my.app", "DetailType": "d", "Detail": json.dumps({"n": n})}
            return self.events.put_events(Entries=[entry])["Entries"][0]["EventId"]

        def outputs():
            found = clients().STATES.list_executions(stateMachineArn=arn)["executions"]
            return sorted(
                clients().STATES.describe_execution(executionArn=run["executionArn"]).get("output", "") for run in found
            )

        put(3), put(5)
        while outputs() != ['"Hello, 5 of starts!"']:
            time.sleep(0.01)
        self.events.disable_rule(Name="starts")
        self.assertEqual(self.events.describe_rule(Name="starts")["State"], "DISABLED")
        put(6)
        self.events.enable_rule(Name="starts")
        put(7)
        while len(outputs()) < 2:
            time.sleep(0.01)
        self.assertEqual(outputs(), ['"Hello, 5 of starts!"', '"Hello, 7 of starts!"'])
        self.refused(lambda: self.events.delete_rule(Name="starts"), "ValidationException", "since it has targets")
        self.events.remove_targets(Rule="starts", Ids=["m"])
        self.events.delete_rule(Name="starts")
        self.assertNotIn("starts", [rule["Name"] for rule in self.events.list_rules()["Rules"]])

    def test_what_cannot_be_put_is_refused_in_the_words_of_aws(self):
        put = self.events.put_rule
        self.refused(
            lambda: put(Name="r"), "ValidationException", "EventPattern or ScheduleExpression must be specified"
        )
        self.refused(lambda: put(Name="r r", EventPattern=PATTERN), "ValidationException", "regular expression pattern")
        self.refused(
            lambda: put(Name="r", EventPattern='{"a": 1}'),
            "InvalidEventPatternException",
            "must be an object or an array",
        )
        self.refused(
            lambda: put(Name="r", EventPattern=PATTERN, EventBusName="none"),
            "ResourceNotFoundException",
            "Event bus none",
        )
        self.refused(
            lambda: self.events.describe_rule(Name="none"), "ResourceNotFoundException", "Rule none does not exist"
        )
        put(Name="few", EventPattern=PATTERN)
        queue = "arn:aws:sqs:us-east-1:123456789012:q"
        targets = [{"Id": str(n), "Arn": queue} for n in range(6)]
        self.refused(lambda: self.events.put_targets(Rule="few", Targets=targets), "LimitExceededException", "exceeds")
        both = [{"Id": "1", "Arn": queue, "Input": "{}", "InputPath": "$.a"}]
        self.refused(
            lambda: self.events.put_targets(Rule="few", Targets=both), "ValidationException", "Only one of Input"
        )
        self.events.delete_rule(Name="few")

    def test_a_bus_has_rules_of_its_own(self):
        arn = self.events.create_event_bus(Name="own")["EventBusArn"]
        self.assertEqual(self.events.describe_event_bus(Name="own")["Arn"], arn)
        self.assertEqual([bus["Name"] for bus in self.events.list_event_buses()["EventBuses"]], ["default", "own"])
        rule = self.events.put_rule(Name="of-own", EventPattern=PATTERN, EventBusName="own")["RuleArn"]
        self.assertTrue(rule.endswith(":rule/own/of-own"))
        self.assertNotIn("of-own", [rule["Name"] for rule in self.events.list_rules()["Rules"]])
        self.refused(lambda: self.events.delete_event_bus(Name="own"), "ValidationException", "since it has rules")
        self.events.delete_rule(Name="of-own", EventBusName=arn)
        self.events.delete_event_bus(Name="own")

    def test_a_pattern_is_tested(self):
        test = self.events.test_event_pattern
        self.assertTrue(test(EventPattern=PATTERN, Event=json.dumps(EVENT))["Result"])
        self.assertFalse(test(EventPattern='{"source": ["x"]}', Event=json.dumps(EVENT))["Result"])
        self.refused(
            lambda: test(EventPattern=PATTERN, Event="{}"), "ValidationException", "Parameter Event is not valid."
        )
        words = 'Event pattern is not valid. Reason: Empty arrays are not allowed\n at [Source: (String)"{"a": []}"; line: 1, column: 9]'
        self.refused(
            lambda: test(EventPattern='{"a": []}', Event=json.dumps(EVENT)), "InvalidEventPatternException", words
        )
