"""Builds the role of an event with all that hangs on it: policies, instance profile, instances, and a session such as
the one that leaked.
"""

import hashlib
import json
from typing import Any

from moto.backends import get_backend
from moto.iam.models import IAMBackend, InstanceProfile, Role, iam_backends

from local_aws import aws_policies, roles
from local_aws.guardduty import Event, LeakedRole

_INLINE_POLICY = "read-assets"
_INLINE_DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:GetObject", "ec2:DescribeInstances"],
            "Resource": "*",
        }
    ],
}
_MANAGED_POLICY = "AmazonSSMManagedInstanceCore"
_ROLE_TAGS = {"team": "storefront"}
_INSTANCE_TAGS = {"environment": "production", "owner": "storefront@example.com"}

# Other instances with the role: the blast radius of a containment.
_OTHER_INSTANCES = 2


def build(event: Event, leaked: LeakedRole) -> dict[str, Any]:
    """Creates missing resources, and returns them with a session."""
    iam = iam_backends[event.account][event.partition]
    role = roles.find(iam, leaked.name) or _create_role(iam, event, leaked)
    profile = _profile(iam, role)
    return {
        "name": role.name,
        "arn": role.arn,
        "id": role.id,
        "instanceProfile": profile.arn,
        "instances": _instances(event, leaked, profile),
        "session": roles.assume(role, leaked.session[:64] or "leaked", event.region),
    }


def _create_role(iam: IAMBackend, event: Event, leaked: LeakedRole) -> Role:
    role = roles.create(iam, leaked.name, "/", "ec2.amazonaws.com", _ROLE_TAGS)
    # The responder compares the unique id, so it has to be the one of the event, and moto would draw another.
    roles.rename_id(iam, role, leaked.id)
    iam.put_role_policy(role.name, _INLINE_POLICY, json.dumps(_INLINE_DOCUMENT))
    iam.attach_role_policy(aws_policies.add(iam, event.region, _MANAGED_POLICY), role.name)
    return role


def _profile(iam: IAMBackend, role: Role) -> InstanceProfile:
    name = f"{role.name}-profile"
    return iam.instance_profiles.get(name) or iam.create_instance_profile(name, "/", [role.name])


def _instances(event: Event, leaked: LeakedRole, profile: InstanceProfile) -> list[str]:
    """The instances on the role: that of the finding first, if it names one, then the others."""
    others = [_made_up_instance_id(leaked, number) for number in range(_OTHER_INSTANCES)]
    own_tags = {tag["key"]: tag["value"] for tag in event.instance.get("tags", [])}
    for number, instance_id in enumerate([event.instance_id, *others], start=1):
        if instance_id:
            tags = {"Name": f"{leaked.name}-{number}", **_INSTANCE_TAGS}
            _run_instance(event, instance_id, profile, tags | (own_tags if instance_id == event.instance_id else {}))
    return [event.instance_id, *others] if event.instance_id else others


def _made_up_instance_id(leaked: LeakedRole, number: int) -> str:
    """The same for the same role every time, so that recorded runs can be compared."""
    return "i-" + hashlib.sha256(f"{leaked.id}/{number}".encode()).hexdigest()[:17]


def _run_instance(event: Event, instance_id: str, profile: InstanceProfile, tags: dict[str, str]) -> None:
    ec2 = get_backend("ec2")[event.account][event.region]
    if any(instance.id == instance_id for instance in ec2.all_instances()):
        return
    reservation = ec2.run_instances(
        image_id="ami-0abcdef1234567890",
        count=1,
        user_data=None,
        security_group_names=[],
        instance_type=event.instance.get("instanceType", "t3.micro"),
        is_instance_type_default=False,
        region_name=event.region,
    )
    instance = reservation.instances[0]
    # Tags and the association are kept under the id, so it changes before they come.
    instance.id = instance_id
    instance.add_tags(tags)
    ec2.associate_iam_instance_profile(instance_id, iam_instance_profile_arn=profile.arn)
