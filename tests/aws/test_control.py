"""The control endpoints show what matters of an account, who called what, and empty everything."""

import json
import unittest

from started import event, failure, fresh, manifest


class Account(unittest.TestCase):
    def test_it_shows_what_a_response_changed(self) -> None:
        aws = fresh()
        seeded = aws.control("POST", "seed", event())
        aws.control("POST", "task-roles", manifest())
        iam = aws.as_administrator("iam")
        deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
        iam.put_role_policy(RoleName="web-frontend", PolicyName="redress", PolicyDocument=json.dumps(deny))
        boundary = "arn:aws:iam::123456789012:policy/boundary"
        iam.put_role_permissions_boundary(RoleName="web-frontend", PermissionsBoundary=boundary)
        aws.as_administrator("securityhub").batch_update_findings(
            FindingIdentifiers=[
                {
                    "Id": seeded["findingArn"],
                    "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty",
                }
            ],
            Note={"Text": "Contained.", "UpdatedBy": "redress"},
            UserDefinedFields={"redress:case": "4f1b"},
            Workflow={"Status": "NOTIFIED"},
        )
        sns = aws.as_administrator("sns")
        sns.publish(TopicArn=seeded["topicArn"], Subject="First", Message="One\nmore line")
        kind = {"kind": {"DataType": "String", "StringValue": "Opened"}}
        sns.publish(TopicArn=seeded["topicArn"], Message="Without a subject", MessageAttributes=kind)
        dynamodb = aws.as_administrator("dynamodb")
        for sort, rest in (("case", {"doc": {"S": '{"status": "Open"}'}, "version": {"N": "1"}}), ("other", {})):
            item = {"pk": {"S": "finding#4f1b"}, "sk": {"S": sort}, **rest}
            dynamodb.put_item(TableName=seeded["table"], Item=item)

        account = aws.control("GET", "account")
        role = account["roles"].pop("web-frontend")
        self.assertEqual(account["roles"], {}, "the responder's own roles do not matter")
        self.assertEqual(role["inline"]["redress"], deny)
        self.assertEqual(sorted(role["inline"]), ["read-assets", "redress"])
        self.assertEqual(role["attached"], ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"])
        self.assertEqual((role["boundary"], role["tags"]), (boundary, {"team": "storefront"}))
        self.assertEqual((role["id"], role["arn"]), (seeded["role"]["id"], seeded["role"]["arn"]))
        finding = {
            "workflow": "NOTIFIED",
            "note": {"text": "Contained.", "updatedBy": "redress"},
            "userDefinedFields": {"redress:case": "4f1b"},
        }
        self.assertEqual(account["findings"], {seeded["findingArn"]: finding})
        messages = [
            {"subject": "First", "body": "One\nmore line", "attributes": {}},
            {"subject": None, "body": "Without a subject", "attributes": {"kind": "Opened"}},
        ]
        self.assertEqual(account["messages"], messages)
        without_document = {"pk": {"S": "finding#4f1b"}, "sk": {"S": "other"}}
        self.assertEqual(account["cases"], {"finding#4f1b": {"case": {"status": "Open"}, "other": without_document}})

    def test_an_account_that_nobody_seeded_is_empty(self) -> None:
        iam = {"roles": {}, "users": {}, "groups": {}, "policies": {}}
        empty = {**iam, "findings": {}, "messages": [], "escalations": [], "cases": {}}
        self.assertEqual(fresh().control("GET", "account?account=210987654321&region=eu-west-1"), empty)

    def test_a_region_that_there_is_not_is_refused(self) -> None:
        status, answer = fresh().try_control("GET", "account?region=nowhere-1")
        self.assertEqual(status, 400)
        self.assertIn("nowhere-1", answer["error"])


class Calls(unittest.TestCase):
    def test_they_are_listed_in_order_with_who_made_them_and_how_they_ended(self) -> None:
        aws = fresh()
        session = aws.control("POST", "seed", event())["role"]["session"]
        aws.as_administrator("iam").get_role(RoleName="web-frontend")
        failure(aws.as_administrator("iam").get_role, RoleName="nobody")
        aws.as_session("ec2", session).describe_instances()
        failure(aws.as_session("iam", session).get_role, RoleName="web-frontend")
        failure(aws.as_session("dynamodb", session).list_tables)
        keys = ("n", "service", "action", "caller", "allowed", "status")
        expected = [
            (1, "iam", "GetRole", "administrator", True, 200),
            (2, "iam", "GetRole", "administrator", True, 404),
            (3, "ec2", "DescribeInstances", "web-frontend", True, 200),
            (4, "iam", "GetRole", "web-frontend", False, 403),
            (5, "dynamodb", "ListTables", "web-frontend", False, 400),
        ]
        self.assertEqual(aws.control("GET", "calls"), [dict(zip(keys, call, strict=True)) for call in expected])
        aws.control("DELETE", "calls")
        self.assertEqual(aws.control("GET", "calls"), [])
        aws.as_administrator("securityhub").describe_hub()
        self.assertEqual([call["n"] for call in aws.control("GET", "calls")], [1])


class Reset(unittest.TestCase):
    def test_it_empties_everything(self) -> None:
        aws = fresh()
        seeded = aws.control("POST", "seed", event())
        aws.control("POST", "faults", [{"service": "iam", "action": "ListRoles", "code": "X", "times": -1}])
        aws.control("POST", "lag", {"findingArn": seeded["findingArn"], "lookUps": 1})
        failure(aws.as_administrator("iam").list_roles)
        aws.control("POST", "reset")
        self.assertEqual(aws.control("GET", "calls"), [])
        self.assertEqual(aws.as_administrator("iam").list_roles()["Roles"], [])
        self.assertEqual(aws.as_administrator("ec2").describe_instances()["Reservations"], [])
        aws.control("POST", "seed", event())
        self.assertEqual(len(aws.as_administrator("securityhub").get_findings()["Findings"]), 1)


class Refusals(unittest.TestCase):
    def test_what_cannot_be_read_is_refused_with_a_reason(self) -> None:
        aws = fresh()
        for method, path, body, status, why in (
            ("GET", "nothing", None, 404, "GET /_redress/nothing"),
            ("GET", "reset", None, 404, "GET /_redress/reset"),
            ("POST", "seed", None, 400, "Bad Request"),
            ("POST", "lag", {"lookUps": 1}, 400, "findingArn"),
        ):
            answered, answer = aws.try_control(method, path, body)
            self.assertEqual(answered, status)
            self.assertIn(why, answer["error"])
