"""Least privilege, from both sides: `python calls.py TEMPLATES CALLS`.

CALLS is a folder with the calls that the tests recorded, a line of JSON for each call to AWS with the decision of IAM: those
of the end-to-end tests, and those of the deployed run. A task may only call actions that the roles of its functions allow,
and every action that a role allows must be one that some test has seen its task use. Any difference fails.

A step of a kind has a function for each response of the kind, and each of those has a role of its own. The end-to-end tests
run the task under its own name, so their calls count for every role of the task; the calls of the deployed run are those
of one role. The handler of a function in the templates is the name of its task.

In a member account a task has a response role, one of those that look or one of those that act, with a session that has the
name of its function. Both its own role and the response role must allow its calls there.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import roles

# The roles of tasks in a member account, and the policy with their permissions.
RESPONSE_ROLES, RESPONSE_POLICY = ("redress-response", "redress-response-act"), "response"
# The policy with the manifest's statements in the role of a function.
TASK_POLICY = "task"
PREFIX = "redress-"

MEMBERS = ("caller", "session", "service", "action", "allowed")
HOW_TO_TEST = "test it in tests/end_to_end or cdk/local"


@dataclass
class Granted:
    """The permissions in the templates."""

    # The actions of each function's role, by the role's name.
    roles: dict[str, set[str]] = field(default_factory=dict)
    # The task of each of these roles.
    tasks: dict[str, str] = field(default_factory=dict)
    # The actions of the response roles in members, by the role's name.
    members: dict[str, set[str]] = field(default_factory=dict)

    def task_of(self, role: str) -> str | None:
        """The task of a deployed role, or of a role in the end-to-end tests, which has the task's name."""
        name = role.removeprefix(PREFIX)
        return self.tasks.get(role, name if name in self.tasks.values() else None)

    def roles_of(self, role: str) -> list[str]:
        """The deployed roles that a call counts for: the role itself, or all roles of its task."""
        if role in self.roles:
            return [role]
        return sorted(one for one, task in self.tasks.items() if task == self.task_of(role))


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    templates, recorded = Path(sys.argv[1]), Path(sys.argv[2])
    allowed, calls = granted(list(read_templates(templates))), list(read_calls(recorded))
    if not allowed.roles:
        sys.exit(f"`{templates}` has no roles of tasks: `make check-cdk` synthesises them")
    if not calls:
        sys.exit(f"`{recorded}` has no calls of tasks: `make test` records them")
    found = differences(allowed, calls)
    for line in found:
        print(line)
    used = {(allowed.task_of(task_role(call)), action(call)) for call in calls if call["allowed"]}
    total = sum(map(len, allowed.roles.values()))
    seen = sum((allowed.tasks[role], one) in used for role, actions in allowed.roles.items() for one in actions)
    print(
        f"{len(allowed.roles)} roles of tasks, {total} actions granted, {seen} used, {total - seen} unused, by {len(calls)} calls"
    )
    sys.exit(bool(found))


def differences(granted: Granted, calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Calls that are not granted, and grants that are not used, each with the remedy."""
    wrong: set[str] = set()
    # The actions of each task that IAM has allowed, and refused.
    used: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for call in calls:
        role, one = task_role(call), action(call)
        task = granted.task_of(role)
        there = call["caller"]
        if there in RESPONSE_ROLES and one not in granted.members.get(there, set()):
            wrong.add(
                f"`{role}` calls `{one}` in a member, which `{there}` does not allow: see cdk/lib/stacks/member.ts"
            )
        if task is None:
            wrong.add(
                f"`{role}` calls `{one}`, and no template has that role or a function of that task: deploy the task, or do not test it"
            )
            continue
        lacking = [name for name in granted.roles_of(role) if one not in granted.roles[name]]
        wrong |= {
            f"`{task}` calls `{one}`, which `{name}` does not allow: grant it where the task is declared, or do without it"
            for name in lacking
        }
        if not lacking:
            (used if call["allowed"] else refused).setdefault(task, set()).add(one)
    idle, silent = [], []
    for role, actions in sorted(granted.roles.items()):
        task = granted.tasks[role]
        if used.get(task):
            idle += [unused(role, task, one, one in refused.get(task, ())) for one in sorted(actions - used[task])]
        elif actions:
            listing = ", ".join(f"`{one}`" for one in sorted(actions))
            silent.append(
                f"`{role}` may call {listing}, and no test makes `{task}` call anything: {HOW_TO_TEST}, or remove the task"
            )
    anywhere: set[str] = set().union(*used.values())
    idle_there = [
        f"`{there}` may call `{one}`, and no test sees a task use it, in a member or at home: remove the grant where the task is declared"
        for there, actions in sorted(granted.members.items())
        for one in sorted(actions - anywhere)
    ]
    return sorted(wrong) + idle + silent + idle_there


def unused(role: str, task: str, one: str, was_refused: bool) -> str:
    tried = f"every test in which `{task}` calls it is refused" if was_refused else f"no test makes `{task}` call it"
    return f"`{role}` may call `{one}`, and {tried}: {HOW_TO_TEST}, or remove the grant where the task is declared"


def granted(templates: list[Mapping[str, Any]]) -> Granted:
    """The permissions of the functions' roles, and of the response roles."""
    found = Granted()
    exports = roles.exports(templates)
    for template in templates:
        tasks = tasks_of_roles(template)
        for name, document in roles.documents(template, exports):
            role, _, policy = name.rpartition("/")
            allows = (statement for statement in document["Statement"] if statement["Effect"] == "Allow")
            actions = {one for statement in allows for one in listed(statement["Action"])}
            if policy == TASK_POLICY and role in tasks:
                found.roles.setdefault(role, set()).update(actions)
                found.tasks[role] = tasks[role]
            elif role in RESPONSE_ROLES and policy == RESPONSE_POLICY:
                found.members.setdefault(role, set()).update(actions)
    return found


def tasks_of_roles(template: Mapping[str, Any]) -> dict[str, str]:
    """The task of each function's role: the handler of the function."""
    resources = template["Resources"]
    functions = (one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::Function")
    return {resources[one["Role"]["Fn::GetAtt"][0]]["Properties"]["RoleName"]: one["Handler"] for one in functions}


def read_templates(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.template.json")):
        yield json.loads(file.read_text())


def read_calls(folder: Path) -> Iterator[dict[str, Any]]:
    """The calls that tasks made. Lambda names a session after its function; sessions with other names are a test's own,
    which tries the permissions of a role.
    """
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            call = json.loads(line)
            if missing := [name for name in MEMBERS if name not in call]:
                sys.exit(f"{file}:{number}: a call has no {', '.join(f'`{name}`' for name in missing)}")
            if call["caller"] in (task_role(call), *RESPONSE_ROLES):
                yield call
            if call["caller"] == task_role(call) and action(call) == "sts:AssumeRole":
                # A response role requires a tag, and tagging has no call of its own.
                yield {**call, "action": "TagSession"}


def task_role(call: Mapping[str, Any]) -> str:
    """The role of the function that made a call, at home or in a member."""
    return f"{PREFIX}{call['session']}"


def action(call: Mapping[str, Any]) -> str:
    """Such as `iam:GetRole`."""
    return f"{call['service']}:{call['action']}"


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


if __name__ == "__main__":
    main()
