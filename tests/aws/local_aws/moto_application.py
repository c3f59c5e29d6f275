"""moto as a WSGI application, with patches for errors and for slow parts.

All patches of moto's modules are here, and each has a test.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from moto.backends import SERVICE_NAMES, get_service_from_url, list_of_moto_modules
from moto.core import responses
from moto.core.responses import ActionResult, EmptyResult
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.iam.exceptions import NotFoundException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoApplication(DomainDispatcherApplication):
    """Hands each request to moto's application for its service."""

    def __init__(self) -> None:
        super().__init__(_create_app)

    def get_backend_for_host(self, host: str | None) -> str | None:
        return _service_at(host) if host else None


@functools.cache
def _service_at(host: str) -> str:
    """The service that answers at a host. moto lists its own folder, and stats all of it, to find out once more."""
    service = host if host in list_of_moto_modules() else get_service_from_url(f"http://{host}")
    if service is None:
        raise NotImplementedError(f"there is no service at {host}")
    return service


def _create_app(service: SERVICE_NAMES) -> Flask:
    """Patches a service when it is first called: importing EC2 only to patch it would take most of a second."""
    if patch := _PATCHES.get(service):
        patch()
    return create_backend_app(service)


def _patch_ec2() -> None:
    from moto.ec2 import utils

    # moto answers 500 to this filter, with which a responder finds who else uses a role.
    utils.filter_dict_attribute_mapping["iam-instance-profile.arn"] = "iam_instance_profile.Arn"


def _patch_sns() -> None:
    from moto.sns.models import Subscription

    # moto draws a key of 2048 bits for each subscription, which takes up to a second. Nobody checks what it signs here.
    key = functools.cache(lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024))
    Subscription.private_key = lambda _subscription: key()


def _patch_iam() -> None:
    from moto.iam.models import ManagedPolicy, User
    from moto.iam.responses import IamResponse, never_return, return_if_not_empty

    # moto has boundaries of roles, and none of users.
    User.permissions_boundary = property(_boundary_of_user)
    IamResponse.create_user = _with_boundary(IamResponse.create_user)
    IamResponse.put_user_permissions_boundary = _put_user_boundary
    IamResponse.delete_user_permissions_boundary = _delete_user_boundary
    IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER |= {
        "CreateUserResponse.User.PermissionsBoundary": return_if_not_empty,
        "GetUserResponse.User.PermissionsBoundary": return_if_not_empty,
        "ListUsersResponse.Users.User.PermissionsBoundary": never_return,
    }
    # moto leaves out how many principals have a policy as their permissions boundary.
    ManagedPolicy.permissions_boundary_usage_count = property(_boundary_usages)
    # moto lists a permissions boundary as a policy, and every group under every path.
    IamResponse.list_entities_for_policy = _list_entities_for_policy


def _boundary_usages(policy: Any) -> int:
    holders = (*policy.backend.get_roles(), *policy.backend.users.values())
    return sum(getattr(holder, "permissions_boundary_arn", None) == policy.arn for holder in holders)


def _boundary_of_user(user: Any) -> dict[str, str] | None:
    arn = getattr(user, "permissions_boundary_arn", None)
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None


def _with_boundary(create_user: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def create(response: Any) -> ActionResult:
        result = create_user(response)
        response.backend.get_user(response._get_param("UserName")).permissions_boundary_arn = response._get_param(
            "PermissionsBoundary"
        )
        return result

    return create


def _put_user_boundary(response: Any) -> EmptyResult:
    user = response.backend.get_user(response._get_param("UserName"))
    user.permissions_boundary_arn = response._get_param("PermissionsBoundary")
    return EmptyResult()


def _delete_user_boundary(response: Any) -> EmptyResult:
    user = response.backend.get_user(response._get_param("UserName"))
    if getattr(user, "permissions_boundary_arn", None) is None:
        raise NotFoundException(f"The user with name {user.name} has no permissions boundary.")
    user.permissions_boundary_arn = None
    return EmptyResult()


def _list_entities_for_policy(response: Any) -> ActionResult:
    arn, path = response._get_param("PolicyArn"), response._get_param("PathPrefix") or "/"
    usage, kind = response._get_param("PolicyUsageFilter"), response._get_param("EntityFilter")
    response.backend.get_policy(arn)

    def uses(holder: Any) -> bool:
        bounds = getattr(holder, "permissions_boundary_arn", None) == arn
        attached = arn in holder.managed_policies
        return {"PermissionsPolicy": attached, "PermissionsBoundary": bounds}.get(usage, attached or bounds)

    everybody = {
        "Role": response.backend.get_roles(),
        "User": response.backend.users.values(),
        "Group": response.backend.groups.values(),
    }
    found = {
        f"Policy{one}s": [holder for holder in holders if uses(holder) and holder.path.startswith(path)]
        for one, holders in everybody.items()
        if kind in (None, one)
    }
    return ActionResult({**found, "IsTruncated": False})


_PATCHES: dict[str, Callable[[], None]] = {"ec2": _patch_ec2, "iam": _patch_iam, "sns": _patch_sns}


class _RememberingPicker(XFormedAttributePicker):
    """Remembers under which names a member of an answer is looked for, which moto works out again for each value."""

    _names: ClassVar[dict[tuple[type, Any, str], list[str]]] = {}

    def get_possible_keys(self, context: AttributePickerContext) -> Iterator[str]:
        member = (type(context.obj), context.shape, context.key)
        names = self._names.get(member)
        if names is None:
            names = self._names[member] = list(super().get_possible_keys(context))
        return iter(names)


responses.XFormedAttributePicker = _RememberingPicker
# moto also looks through all methods of a service at every call, and EC2 has nearly a thousand.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)
