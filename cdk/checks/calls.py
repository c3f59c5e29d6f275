"""Least privilege, from both sides: `python calls.py TEMPLATES CALLS`.

CALLS is a folder with what the tests recorded, a line of JSON for each call of AWS with what IAM said of it: those of the
end-to-end tests, and those of the deployed run. Every call of a task must be of an action that its synthesised role
allows, and every action that a role allows must be one that some test has seen the task use. Either difference fails.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import roles

MEMBERS = ("caller", "session", "service", "action", "allowed")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    templates, recorded = Path(sys.argv[1]), Path(sys.argv[2])
    allowed, calls = granted(read_templates(templates)), list(read_calls(recorded))
    if not allowed:
        sys.exit(f"`{templates}` has no roles of tasks: `make check-cdk` synthesises them")
    if not calls:
        sys.exit(f"`{recorded}` has no calls of tasks: `make test` records them")
    found = differences(allowed, calls)
    for line in found:
        print(line)
    used = {(call["caller"], action(call)) for call in calls if call["allowed"]}
    total = sum(map(len, allowed.values()))
    seen = sum((role, one) in used for role, actions in allowed.items() for one in actions)
    print(f"{len(allowed)} roles of tasks, {total} actions granted, {seen} used, {total - seen} unused, by {len(calls)} calls")
    sys.exit(bool(found))


def differences(allowed: Mapping[str, set[str]], calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is called and not granted, and what is granted and not used, each with what to do about it."""
    wrong: set[str] = set()
    used: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for call in calls:
        role, one = call["caller"], action(call)
        if role not in allowed:
            wrong.add(f"`{role}` calls `{one}`, and no template has that role: what is deployed lacks a task that is tested")
        elif one not in allowed[role]:
            wrong.add(f"`{role}` calls `{one}`, which its role does not allow: grant it in tasks/contract, or do without it")
        else:
            (used if call["allowed"] else refused).setdefault(role, set()).add(one)
    idle = [
        unused(role, one, one in refused.get(role, ()))
        for role, actions in sorted(allowed.items())
        if used.get(role)
        for one in sorted(actions - used[role])
    ]
    silent = [
        f"`{role}` may call {', '.join(f'`{one}`' for one in sorted(actions))}, and no test makes its task call anything:"
        " test it in tests/end_to_end or cdk/local, or take the role away"
        for role, actions in sorted(allowed.items())
        if actions and not used.get(role)
    ]
    return sorted(wrong) + idle + silent


def unused(role: str, one: str, was_refused: bool) -> str:
    tried = "every test in which it does is refused" if was_refused else "no test does"
    return (
        f"`{role}` may call `{one}`, and {tried}: add a test in tests/end_to_end or cdk/local in which the task needs it,"
        " or take the grant out of tasks/contract"
    )


def granted(templates: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """What the synthesised roles of tasks allow, by the name of the role."""
    found: dict[str, set[str]] = {}
    for template in templates:
        for name, document in roles.documents(template):
            role, _, policy = name.rpartition("/")
            if policy == "task":
                allows = (statement for statement in document["Statement"] if statement["Effect"] == "Allow")
                found.setdefault(role, set()).update(one for statement in allows for one in listed(statement["Action"]))
    return found


def read_templates(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.template.json")):
        yield json.loads(file.read_text())


def read_calls(folder: Path) -> Iterator[dict[str, Any]]:
    """The calls that tasks made. Lambda names a session as its function; those of other names are a test's own, which
    tries what a role may do.
    """
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            call = json.loads(line)
            if missing := [name for name in MEMBERS if name not in call]:
                sys.exit(f"{file}:{number}: a call has no {', '.join(f'`{name}`' for name in missing)}")
            if call["caller"] == f"redress-{call['session']}":
                yield call


def action(call: Mapping[str, Any]) -> str:
    """Such as `iam:GetRole`."""
    return f"{call['service']}:{call['action']}"


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


if __name__ == "__main__":
    main()
