"""The patches of moto: each is still needed, and works.

When a new version of moto makes one of the first tests fail, the change that it belongs to can go.
"""

import subprocess
import sys
import unittest
from unittest.mock import patch

from moto.core import responses
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model, method_names_from_class
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_aws import moto_application
from local_aws.moto_application import MotoApplication
from started import HERE, event, failure, fresh

_PROFILE_FILTER = "iam-instance-profile.arn"


def _in_plain_moto(program: str) -> str:
    """Runs a program in a process that has not imported local_aws."""
    ended = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


class Ec2(unittest.TestCase):
    def test_plain_moto_does_not_know_the_filter(self) -> None:
        program = f"from moto.ec2 import utils; print('{_PROFILE_FILTER}' in utils.filter_dict_attribute_mapping)"
        self.assertEqual(_in_plain_moto(program), "False")

    def test_instances_are_found_by_their_profile(self) -> None:
        aws = fresh()
        role = aws.control("POST", "seed", event())["role"]
        ec2 = aws.as_administrator("ec2")
        ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1)
        wanted = [{"Name": _PROFILE_FILTER, "Values": [role["instanceProfile"], "arn:another"]}]
        found = ec2.describe_instances(Filters=wanted)["Reservations"]
        self.assertEqual([one["InstanceId"] for each in found for one in each["Instances"]], role["instances"])
        nothing = [{"Name": _PROFILE_FILTER, "Values": ["arn:another"]}]
        self.assertEqual(ec2.describe_instances(Filters=nothing)["Reservations"], [])


class Iam(unittest.TestCase):
    POLICY = "arn:aws:iam::123456789012:policy/report-access"

    def test_plain_moto_has_no_boundaries_of_users(self) -> None:
        program = "from moto.iam.responses import IamResponse; "
        program += "print(hasattr(IamResponse, 'put_user_permissions_boundary'))"
        self.assertEqual(_in_plain_moto(program), "False")

    def test_the_boundary_of_a_user_is_put_shown_and_deleted(self) -> None:
        aws = fresh()
        iam = aws.as_administrator("iam")
        one, other = ("arn:aws:iam::123456789012:policy/one", "arn:aws:iam::aws:policy/PowerUserAccess")
        iam.create_user(UserName="dana", PermissionsBoundary=one)
        iam.create_user(UserName="erin")

        def boundary(user: str) -> str | None:
            found = iam.get_user(UserName=user)["User"].get("PermissionsBoundary", {})
            self.assertEqual(
                aws.control("GET", "account")["users"][user]["boundary"], found.get("PermissionsBoundaryArn")
            )
            return found.get("PermissionsBoundaryArn")

        self.assertEqual([boundary("dana"), boundary("erin")], [one, None])
        iam.put_user_permissions_boundary(UserName="erin", PermissionsBoundary=other)
        iam.delete_user_permissions_boundary(UserName="dana")
        self.assertEqual([boundary("dana"), boundary("erin")], [None, other])
        again = failure(iam.delete_user_permissions_boundary, UserName="dana")
        self.assertEqual((again[0], again[2]), ("NoSuchEntity", 404))
        nobody = failure(iam.put_user_permissions_boundary, UserName="frank", PermissionsBoundary=one)
        self.assertEqual((nobody[0], nobody[2]), ("NoSuchEntity", 404))

    def test_plain_moto_does_not_count_boundaries(self) -> None:
        program = "from moto.iam.models import ManagedPolicy; "
        program += "print(hasattr(ManagedPolicy, 'permissions_boundary_usage_count'))"
        self.assertEqual(_in_plain_moto(program), "False")

    def test_boundaries_are_counted_and_listed(self) -> None:
        iam = fresh().as_administrator("iam")
        statement = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}'
        document = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
        one = iam.create_policy(PolicyName="one", PolicyDocument=document)["Policy"]["Arn"]

        def uses() -> tuple[int, int, int]:
            policy = iam.get_policy(PolicyArn=one)["Policy"]
            bounded = iam.list_entities_for_policy(PolicyArn=one, PolicyUsageFilter="PermissionsBoundary")
            return policy["PermissionsBoundaryUsageCount"], len(bounded["PolicyRoles"]), len(bounded["PolicyUsers"])

        self.assertEqual(uses(), (0, 0, 0))
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=document, PermissionsBoundary=one)
        iam.create_user(UserName="dana", PermissionsBoundary=one)
        iam.create_user(UserName="erin")
        iam.attach_user_policy(UserName="erin", PolicyArn=one)
        self.assertEqual(uses(), (2, 1, 1))
        iam.delete_role_permissions_boundary(RoleName="web")
        iam.delete_user_permissions_boundary(UserName="dana")
        self.assertEqual(uses(), (0, 0, 0))

    def test_plain_moto_does_not_look_at_the_path_of_a_group(self) -> None:
        program = "import inspect; from moto.iam.responses import IamResponse as r; "
        program += "print('list_groups(path' in inspect.getsource(r.list_entities_for_policy), "
        program += "'# policy_usage_filter' in inspect.getsource(r.list_entities_for_policy))"
        self.assertEqual(_in_plain_moto(program), "False True")

    def test_who_has_a_policy_is_told_by_path_kind_and_use(self) -> None:
        aws = fresh()
        aws.control("POST", "seed", event("create-policy-version", "iam-policy-remediation"))
        iam = aws.as_administrator("iam")
        iam.create_role(
            RoleName="bounded", Path="/redress/", AssumeRolePolicyDocument="{}", PermissionsBoundary=self.POLICY
        )
        everybody = {"report-builder", "dana", "reporters"}
        for asked, expected in (
            ({}, everybody | {"bounded"}),
            ({"PolicyUsageFilter": "PermissionsPolicy"}, everybody),
            ({"PolicyUsageFilter": "PermissionsPolicy", "PathPrefix": "/redress/"}, set()),
            ({"PolicyUsageFilter": "PermissionsBoundary"}, {"bounded"}),
            ({"PathPrefix": "/redress/"}, {"bounded"}),
            ({"EntityFilter": "Group"}, {"reporters"}),
        ):
            answer = iam.list_entities_for_policy(PolicyArn=self.POLICY, **asked)
            kinds = ("Role", "User", "Group")
            names = {one[f"{kind}Name"] for kind in kinds for one in answer.get(f"Policy{kind}s", [])}
            self.assertEqual(names, expected, asked)
        self.assertEqual(failure(iam.list_entities_for_policy, PolicyArn=f"{self.POLICY}-2")[0], "NoSuchEntity")


class Sns(unittest.TestCase):
    def test_all_subscriptions_sign_with_one_small_key(self) -> None:
        from moto.sns.models import Subscription

        before = Subscription.private_key
        self.addCleanup(setattr, Subscription, "private_key", before)
        moto_application._patch_sns()
        one, other = (Subscription.private_key(object()) for _ in range(2))
        self.assertIs(one, other)
        self.assertEqual(one.key_size, 1024)


class Faster(unittest.TestCase):
    def test_moto_is_asked_once_for_the_service_of_a_host(self) -> None:
        patched, plain = MotoApplication(), DomainDispatcherApplication(create_backend_app)
        hosts = ["iam.amazonaws.com", "securityhub.eu-west-1.amazonaws.com", "moto_api", "dynamodb", None]
        for host in hosts * 2:
            self.assertEqual(patched.get_backend_for_host(host), plain.get_backend_for_host(host))
        with patch("moto.backends.os.listdir", side_effect=AssertionError("it was asked again")):
            self.assertEqual(patched.get_backend_for_host("iam.amazonaws.com"), "iam")

    def test_the_methods_of_a_service_are_the_same_ones(self) -> None:
        self.assertIs(responses.method_names_from_class(IamResponse), responses.method_names_from_class(IamResponse))
        self.assertEqual(responses.method_names_from_class(IamResponse), method_names_from_class(IamResponse))

    def test_the_members_of_an_answer_are_looked_for_under_the_same_names(self) -> None:
        role = get_service_model("iam").shape_for("Role")
        for key, shape in role.members.items():
            shape.parent = role
            for obj in ({}, object()):
                context = AttributePickerContext(obj=obj, key=key, shape=shape)
                expected = list(XFormedAttributePicker().get_possible_keys(context))
                for _ in range(2):
                    names = responses.XFormedAttributePicker().get_possible_keys(context)
                    self.assertEqual(list(names), expected)


class Settings(unittest.TestCase):
    def test_no_images_are_loaded(self) -> None:
        self.assertEqual(fresh().as_administrator("ec2").describe_images()["Images"], [])

    def test_other_web_sites_are_not_let_in(self) -> None:
        connection = fresh().connect()
        self.addCleanup(connection.close)
        connection.request("GET", "/moto-api/data.json", headers={"Origin": "https://example.com"})
        answer = connection.getresponse()
        answer.read()
        self.assertIsNone(answer.getheader("Access-Control-Allow-Origin"))
