"""Seeding builds an account in which an event is true, whatever the event says and lacks."""

import unittest
from typing import Any

from local_aws import guardduty
from started import Started, event, failure, fresh

_PROFILE = "arn:aws:iam::123456789012:instance-profile/web-frontend-profile"


def _seed(aws: Started, seen: dict[str, Any]) -> Any:
    return aws.control("POST", "seed", seen)


class Seed(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.seeded = _seed(self.aws, event())

    def test_it_tells_where_everything_is(self) -> None:
        role = self.seeded.pop("role")
        expected = {
            "account": "123456789012",
            "region": "us-east-1",
            "table": "redress-cases",
            "topicArn": "arn:aws:sns:us-east-1:123456789012:redress-security",
            "escalationTopicArn": "arn:aws:sns:us-east-1:123456789012:redress-escalation",
            "tokenKeyArn": "arn:aws:kms:us-east-1:123456789012:key/7e0c0de0-0000-4000-8000-000000000001",
            "queueUrl": f"{self.aws.endpoint}/123456789012/redress-inbox",
            "findingArn": event()["detail"]["arn"],
        }
        self.assertEqual(self.seeded, expected)
        self.assertEqual(role.pop("session").keys(), {"AccessKeyId", "SecretAccessKey", "SessionToken"})
        self.assertEqual(
            role,
            {
                "name": "web-frontend",
                "arn": "arn:aws:iam::123456789012:role/web-frontend",
                "id": "AROAEXAMPLEWEBFRONT01",
                "instanceProfile": _PROFILE,
                "instances": ["i-0a1b2c3d4e5f60718", "i-49d26308f93083d7b", "i-525f46a127df796aa"],
            },
        )

    def test_the_role_is_the_one_of_the_event(self) -> None:
        iam = self.aws.as_administrator("iam")
        role = iam.get_role(RoleName="web-frontend")["Role"]
        self.assertEqual(role["RoleId"], "AROAEXAMPLEWEBFRONT01")
        self.assertEqual(role["Tags"], [{"Key": "team", "Value": "storefront"}])
        trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        self.assertEqual(trusted, {"Service": "ec2.amazonaws.com"})
        inline = iam.get_role_policy(RoleName="web-frontend", PolicyName="read-assets")["PolicyDocument"]
        actions = ["s3:ListAllMyBuckets", "s3:GetObject", "ec2:DescribeInstances"]
        self.assertEqual(inline["Statement"], [{"Effect": "Allow", "Action": actions, "Resource": "*"}])
        attached = iam.list_attached_role_policies(RoleName="web-frontend")["AttachedPolicies"]
        managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        self.assertEqual([policy["PolicyArn"] for policy in attached], [managed])
        version = iam.get_policy(PolicyArn=managed)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=managed, VersionId=version)["PolicyVersion"]["Document"]
        self.assertIn("ssm:UpdateInstanceInformation", str(document))
        profiles = iam.list_instance_profiles_for_role(RoleName="web-frontend")["InstanceProfiles"]
        self.assertEqual([profile["Arn"] for profile in profiles], [_PROFILE])

    def test_its_instances_run_with_its_profile(self) -> None:
        answer = self.aws.as_administrator("ec2").describe_instances(InstanceIds=self.seeded["role"]["instances"])
        instances = [instance for one in answer["Reservations"] for instance in one["Instances"]]
        self.assertEqual([one["InstanceId"] for one in instances], self.seeded["role"]["instances"])
        for instance, name in zip(instances, ("web-1", "web-frontend-2", "web-frontend-3"), strict=True):
            tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
            self.assertEqual(tags, {"Name": name, "environment": "production", "owner": "storefront@example.com"})
            self.assertEqual(instance["IamInstanceProfile"]["Arn"], _PROFILE)
            self.assertEqual((instance["State"]["Name"], instance["InstanceType"]), ("running", "t3.micro"))

    def test_the_finding_waits_in_security_hub(self) -> None:
        findings = self.aws.as_administrator("securityhub").get_findings()["Findings"]
        self.assertEqual(len(findings), 1)
        finding, detail = findings[0], event()["detail"]
        self.assertEqual(finding["Id"], detail["arn"])
        self.assertEqual(finding["ProductArn"], "arn:aws:securityhub:us-east-1::product/aws/guardduty")
        self.assertEqual((finding["Workflow"]["Status"], finding["RecordState"]), ("NEW", "ACTIVE"))
        self.assertEqual((finding["Title"], finding["CreatedAt"]), (detail["title"], detail["createdAt"]))
        self.assertEqual(finding["Severity"], {"Product": 8.0, "Label": "HIGH", "Normalized": 80})
        self.assertEqual(finding["Resources"][0]["Id"], "AWS::IAM::AccessKey:ASIAEXAMPLEKEYID0001")
        required = self.aws.as_administrator("securityhub").meta.service_model.shape_for("AwsSecurityFinding")
        self.assertEqual(set(required.required_members) - finding.keys(), set())

    def test_what_is_published_arrives_in_the_inbox(self) -> None:
        sns, sqs = self.aws.as_administrator("sns"), self.aws.as_administrator("sqs")
        sns.publish(TopicArn=self.seeded["topicArn"], Subject="Contained", Message="The role is contained.")
        body = sqs.receive_message(QueueUrl=self.seeded["queueUrl"])["Messages"][0]["Body"]
        self.assertIn('"Subject": "Contained"', body)

    def test_the_table_takes_cases(self) -> None:
        dynamodb = self.aws.as_administrator("dynamodb")
        table = dynamodb.describe_table(TableName=self.seeded["table"])["Table"]
        self.assertEqual([key["AttributeName"] for key in table["KeySchema"]], ["pk", "sk"])
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")


class SeedAgain(unittest.TestCase):
    def test_what_is_there_is_left_as_it_is(self) -> None:
        aws = fresh()
        first = _seed(aws, event())
        aws.as_administrator("iam").delete_role_policy(RoleName="web-frontend", PolicyName="read-assets")
        finding = {"Id": first["findingArn"], "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty"}
        hub = aws.as_administrator("securityhub")
        hub.batch_update_findings(FindingIdentifiers=[finding], Workflow={"Status": "NOTIFIED"})
        before = aws.control("GET", "account")
        second = _seed(aws, event())
        self.assertEqual(aws.control("GET", "account"), before)
        self.assertEqual(second["role"]["instances"], first["role"]["instances"])
        instances = aws.as_administrator("ec2").describe_instances()["Reservations"]
        self.assertEqual(len(instances), 3)
        subscriptions = aws.as_administrator("sns").list_subscriptions()["Subscriptions"]
        self.assertEqual(len(subscriptions), 2, "one for each topic")

    def test_a_second_event_adds_its_own(self) -> None:
        aws = fresh()
        _seed(aws, event())
        other = event()
        other["detail"]["arn"] += "-2"
        other["detail"]["resource"]["accessKeyDetails"] |= {
            "principalId": "AROAEXAMPLEREPORTS001:i-0123456789abcdef0",
            "userName": "reports",
        }
        self.assertEqual(_seed(aws, other)["role"]["id"], "AROAEXAMPLEREPORTS001")
        account = aws.control("GET", "account")
        self.assertEqual(list(account["roles"]), ["reports", "web-frontend"])
        self.assertEqual(len(account["findings"]), 2)

    def test_another_account_in_another_partition(self) -> None:
        aws = fresh()
        other = event()
        other["detail"] |= {"accountId": "210987654321", "region": "cn-north-1", "partition": "aws-cn"}
        seeded = _seed(aws, other)
        self.assertEqual(seeded["role"]["arn"], "arn:aws-cn:iam::210987654321:role/web-frontend")
        self.assertEqual(seeded["topicArn"], "arn:aws-cn:sns:cn-north-1:210987654321:redress-security")
        session = seeded["role"]["session"]
        aws.as_session("ec2", session, "cn-north-1").describe_instances(InstanceIds=seeded["role"]["instances"])
        self.assertIn("arn:aws-cn:iam", failure(aws.as_session("iam", session, "cn-north-1").get_role, RoleName="x")[1])
        self.assertEqual(aws.control("GET", "account")["roles"], {})
        self.assertEqual(len(aws.control("GET", "account?account=210987654321&region=cn-north-1")["roles"]), 1)


class Events(unittest.TestCase):
    def test_an_event_without_a_role_builds_everything_else(self) -> None:
        for name in ("root", "iam-user", "no-resource"):
            with self.subTest(name):
                aws = fresh()
                self.assertIsNone(_seed(aws, event(name))["role"])
                account = aws.control("GET", "account")
                self.assertEqual((account["roles"], len(account["findings"])), ({}, 1))
                self.assertEqual(aws.as_administrator("ec2").describe_instances()["Reservations"], [])

    def test_an_instance_is_made_only_with_an_id_that_ec2_could_give(self) -> None:
        seen = event()
        seen["detail"]["resource"]["accessKeyDetails"]["principalId"] = "AROAEXAMPLEWEBFRONT01:my-laptop"
        self.assertEqual(guardduty.read(seen, "123456789012").instance_id, "i-0a1b2c3d4e5f60718")
        seen["detail"]["resource"]["instanceDetails"] = None
        self.assertEqual(len(_seed(fresh(), seen)["role"]["instances"]), 2)

    def test_the_user_name_may_carry_the_session_and_must_be_the_name_of_a_role(self) -> None:
        for user_name, expected in (("web/i-0a1b2c3d", "web"), ("a" * 64, "a" * 64), ("a" * 65, None), ("a b", None)):
            seen = event()
            seen["detail"]["resource"]["accessKeyDetails"]["userName"] = user_name
            role = guardduty.read(seen, "123456789012").role
            self.assertEqual(role and role.name, expected)

    def test_an_event_that_lacks_nearly_everything_will_do(self) -> None:
        seeded = _seed(fresh(), {"detail": {"id": "7a0f", "service": {"detectorId": "12ab"}}})
        self.assertEqual(seeded["findingArn"], "arn:aws:guardduty:us-east-1:123456789012:detector/12ab/finding/7a0f")

    def test_an_event_that_is_none_is_refused(self) -> None:
        for detail, why in (
            ({}, "no finding"),
            ({"id": "7a0f", "severity": {"score": 3, "description": "High"}}, "no finding"),
            ({"id": "7a0f", "region": "nowhere-1"}, "nowhere-1"),
            ({"id": "7a0f", "accountId": "12345"}, "12345"),
        ):
            status, answer = fresh().try_control("POST", "seed", {"detail": detail})
            self.assertEqual(status, 400)
            self.assertIn(why, answer["error"])
