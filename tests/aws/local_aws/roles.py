"""Makes roles and issues sessions of them in moto's own account, without a call of AWS."""

import hashlib
import json

from moto.iam.models import IAMBackend, Role
from moto.sts.models import AssumedRole, sts_backends


def find(iam: IAMBackend, name: str) -> Role | None:
    """The role of that name, or nothing."""
    return next((role for role in iam.get_roles() if role.name == name), None)


def assume(role: Role, session_name: str, region: str) -> dict[str, str]:
    """Issues a session of a role, as STS would."""
    session = sts_backends[role.account_id][role.partition].assume_role(
        region_name=region,
        role_session_name=session_name,
        role_arn=role.arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return keys(session)


def keys(session: AssumedRole) -> dict[str, str]:
    """The keys of a session, for clients."""
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
    }


def create(iam: IAMBackend, name: str, path: str, service: str, tags: dict[str, str]) -> Role:
    """Makes a role that an AWS service may assume."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    return iam.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps(trust),
        path=path,
        permissions_boundary=None,
        description="",
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        max_session_duration="3600",
    )


def made_up_id(prefix: str, name: str) -> str:
    """A unique id that is the same for the same name every time, so that runs can be compared."""
    return prefix + hashlib.sha256(name.encode()).hexdigest()[:17].upper()


def rename_id(iam: IAMBackend, role: Role, unique_id: str) -> None:
    """Gives a role the unique id that an event names it by."""
    del iam.roles[role.id]
    role.id = unique_id
    iam.roles[role.id] = role
