"""The policies of AWS, one at a time: all 1,600 of them would cost every account 70 ms."""

import functools
import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend


def add(iam: IAMBackend, region: str, name: str) -> str:
    """Adds one, and tells its ARN."""
    data = _all().get(name)
    if data is None:
        raise ValueError(f"`{name}` is no policy of AWS")
    policy = AWSManagedPolicy.from_data(name, iam.account_id, region, data)
    return iam.managed_policies.setdefault(policy.arn, policy).arn


@functools.cache
def _all() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(aws_managed_policies_data)
    return data
