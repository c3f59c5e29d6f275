"""A session may do what its role's policies allow at this moment. Everybody else is the administrator."""

import json
import unittest

from started import event, failure, fresh

_DENY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Sessions(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.seeded = self.aws.control("POST", "seed", event())
        self.role = self.seeded["role"]
        self.session = self.role["session"]
        self.iam = self.aws.as_administrator("iam")

    def _put(self, name: str, *statements: dict[str, object]) -> None:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        self.iam.put_role_policy(RoleName=self.role["name"], PolicyName=name, PolicyDocument=json.dumps(document))

    def test_a_session_may_do_what_its_role_may(self) -> None:
        self.assertEqual(self.aws.as_session("s3", self.session).list_buckets()["Buckets"], [])
        self.aws.as_session("ec2", self.session).describe_instances()

    def test_what_no_policy_allows_is_denied_in_the_words_of_each_service(self) -> None:
        who = "User: arn:aws:sts::123456789012:assumed-role/web-frontend/i-0a1b2c3d4e5f60718"
        table, topic = {"TableName": "redress-cases"}, {"TopicArn": self.seeded["topicArn"], "Message": "m"}
        for service, call, parameters, code, status, resource in (
            ("iam", "get_role", {"RoleName": "web-frontend"}, "AccessDenied", 403, self.role["arn"]),
            ("ec2", "run_instances", {"ImageId": "ami-1"}, "UnauthorizedOperation", 403, None),
            ("s3", "create_bucket", {"Bucket": "storefront"}, "AccessDenied", 403, None),
            ("sns", "publish", topic, "AuthorizationError", 403, self.seeded["topicArn"]),
            ("dynamodb", "describe_table", table, "AccessDeniedException", 400, "table/redress-cases"),
            ("securityhub", "get_findings", {}, "AccessDeniedException", 403, None),
        ):
            with self.subTest(service):
                answer = failure(getattr(self.aws.as_session(service, self.session), call), **parameters)
                self.assertEqual((answer[0], answer[2]), (code, status))
                action = f"{service}:{call.title().replace('_', '')}"
                self.assertIn(f"{who} is not authorized to perform: {action}", answer[1])
                self.assertTrue(answer[1].endswith(f"because no identity-based policy allows the {action} action"))
                if resource:
                    self.assertIn("on resource: ", answer[1])
                    self.assertIn(resource, answer[1])

    def test_a_contained_role_stops_its_session_at_once_and_a_restored_one_lets_it_go_on(self) -> None:
        s3 = self.aws.as_session("s3", self.session)
        s3.list_buckets()
        self._put("redress", *_DENY_ALL["Statement"])
        code, message, status = failure(s3.list_buckets)
        self.assertEqual((code, status), ("AccessDenied", 403))
        self.assertTrue(
            message.endswith("s3:ListAllMyBuckets with an explicit deny in an identity-based policy"), message
        )
        self.iam.delete_role_policy(RoleName=self.role["name"], PolicyName="redress")
        s3.list_buckets()

    def test_a_session_may_always_ask_who_it_is(self) -> None:
        self._put("redress", *_DENY_ALL["Statement"])
        identity = self.aws.as_session("sts", self.session).get_caller_identity()
        self.assertEqual(identity["Arn"], "arn:aws:sts::123456789012:assumed-role/web-frontend/i-0a1b2c3d4e5f60718")
        self.assertEqual(identity["UserId"], "AROAEXAMPLEWEBFRONT01:i-0a1b2c3d4e5f60718")

    def test_an_attached_policy_counts_in_its_default_version(self) -> None:
        sqs = self.aws.as_session("sqs", self.session)
        allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}}
        policy = self.iam.create_policy(PolicyName="queues", PolicyDocument=json.dumps(_DENY_ALL))["Policy"]["Arn"]
        self.iam.attach_role_policy(RoleName=self.role["name"], PolicyArn=policy)
        self.assertIn("explicit deny", failure(sqs.list_queues)[1])
        self.iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(allow), SetAsDefault=True)
        sqs.list_queues()

    def test_a_role_is_known_by_its_real_arn(self) -> None:
        self.iam.create_role(RoleName="auditor", Path="/security/", AssumeRolePolicyDocument="{}")
        self.iam.create_instance_profile(InstanceProfileName="auditor", Path="/security/")
        resources = [f"arn:aws:iam::123456789012:{kind}/security/*" for kind in ("role", "instance-profile")]
        self._put("read", {"Effect": "Allow", "Action": "iam:Get*", "Resource": resources})
        iam = self.aws.as_session("iam", self.session)
        iam.get_role(RoleName="auditor")
        iam.get_instance_profile(InstanceProfileName="auditor")
        # A role that is not there has the ARN that it would have without a path.
        message = failure(iam.get_role, RoleName="nobody")[1]
        self.assertIn("on resource: arn:aws:iam::123456789012:role/nobody", message)

    def test_users_groups_and_policies_are_known_by_their_real_arns(self) -> None:
        self.iam.create_user(UserName="ada", Path="/people/")
        self.iam.create_group(GroupName="staff", Path="/people/")
        policy = "arn:aws:iam::123456789012:policy/people/read"
        strange = {"PolicyArn": policy.replace("people", "x"), "PolicyDocument": "{}"}
        people = [f"arn:aws:iam::123456789012:{kind}/people/*" for kind in ("user", "group", "policy")]
        self._put("people", {"Effect": "Allow", "Action": "iam:*", "Resource": people})
        iam = self.aws.as_session("iam", self.session)
        created = iam.create_policy(PolicyName="read", Path="/people/", PolicyDocument=json.dumps(_DENY_ALL))["Policy"]
        self.assertEqual(created["Arn"], policy)
        iam.get_user(UserName="ada")
        iam.add_user_to_group(GroupName="staff", UserName="ada")
        iam.attach_group_policy(GroupName="staff", PolicyArn=policy)
        iam.list_entities_for_policy(PolicyArn=policy)
        for call, parameters, resource in (
            ("get_user", {"UserName": "eve"}, "user/eve"),
            ("put_group_policy", {"GroupName": "guests", "PolicyName": "p", "PolicyDocument": "{}"}, "group/guests"),
            ("attach_user_policy", {"UserName": "eve", "PolicyArn": policy}, "user/eve"),
            ("create_policy_version", strange, "policy/x/read"),
        ):
            message = failure(getattr(iam, call), **parameters)[1]
            self.assertIn(f" on resource: arn:aws:iam::123456789012:{resource} because", message)

    def test_resources_of_other_services_are_those_that_the_call_names(self) -> None:
        arn = "arn:aws:states:us-east-1:123456789012:execution:one:two"
        for service, call, parameters, resource in (
            ("dynamodb", "get_item", {"TableName": "t"}, "arn:aws:dynamodb:us-east-1:123456789012:table/t"),
            ("sns", "publish", {"TopicArn": "arn:topic", "Message": "m"}, "arn:topic"),
            ("states", "describe_execution", {"executionArn": arn}, arn),
            ("states", "describe_state_machine", {"stateMachineArn": "arn:machine"}, "arn:machine"),
            ("sts", "assume_role", {"RoleArn": "arn:role", "RoleSessionName": "s"}, "arn:role"),
        ):
            with self.subTest(call):
                name = "stepfunctions" if service == "states" else service
                message = failure(getattr(self.aws.as_session(name, self.session), call), **parameters)[1]
                self.assertIn(f" on resource: {resource} because", message)

    def test_a_role_that_is_gone_allows_nothing(self) -> None:
        sts = self.aws.as_administrator("sts")
        gone = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/gone", RoleSessionName="s")["Credentials"]
        self.assertIn("no identity-based policy", failure(self.aws.as_session("s3", gone).list_buckets)[1])

    def test_a_session_belongs_to_the_account_of_its_role(self) -> None:
        elsewhere = event()
        elsewhere["detail"]["accountId"] = "210987654321"
        session = self.aws.control("POST", "seed", elsewhere)["role"]["session"]
        self.assertEqual(self.aws.as_session("sts", session).get_caller_identity()["Account"], "210987654321")

    def test_the_key_of_a_user_is_an_administrator_of_its_account(self) -> None:
        self.iam.create_user(UserName="ada")
        key = self.iam.create_access_key(UserName="ada")["AccessKey"]
        ada = {**key, "SessionToken": None}
        self.aws.as_session("iam", ada).get_role(RoleName=self.role["name"])
        self.assertIn("user/ada", self.aws.as_session("sts", ada).get_caller_identity()["Arn"])
