"""Least privilege, from both sides: `python calls.py TEMPLATES CALLS [--strict]`.

CALLS is a folder with what the tests recorded: a line of JSON for each call that a task made of AWS. Every call must be
one that the synthesised role allows. What a role allows and no test has called is told, and with `--strict` a mistake.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import roles

# What a task is in a member account.
RESPONSE_ROLE = "redress-response"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("templates", type=Path)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--strict", action="store_true", help="what no test calls is a mistake too")
    options = parser.parse_args()
    allowed, used = granted(options.templates), dict[str, set[str]]()
    in_members = allowed.pop(RESPONSE_ROLE, set())
    count, wrong = 0, []
    for role, action, task in calls(options.calls):
        count += 1
        if role == RESPONSE_ROLE:
            # What a task does in a member its own role and the response role must both allow.
            role = f"redress-{task}"
            if action not in in_members:
                wrong.append(f"{role} calls {action} in a member, which {RESPONSE_ROLE} does not allow")
        used.setdefault(role, set()).add(action)
    if not count:
        sys.exit(f"`{options.calls}` has no calls: `make test` records them")
    anywhere = {action for actions in used.values() for action in actions}
    idle = [f"{RESPONSE_ROLE} may call {action}, and no task does, anywhere" for action in sorted(in_members - anywhere)]
    for role, actions in sorted(allowed.items()):
        called = used.get(role, set())
        wrong += [f"{role} calls {action}, which its role does not allow" for action in sorted(called - actions)]
        idle += [f"{role} may call {action}, and no test does" for action in sorted(actions - called)]
    for line in wrong + idle:
        print(line)
    total = sum(map(len, allowed.values()))
    seen = sum(len(actions & used.get(role, set())) for role, actions in allowed.items())
    print(f"{len(allowed)} roles of tasks, {total} actions granted, {seen} used, {total - seen} unused, by {count} calls")
    sys.exit(bool(wrong) or (options.strict and bool(idle)))


def granted(templates: Path) -> dict[str, set[str]]:
    """What the synthesised roles of tasks allow, by the name of the role."""
    found: dict[str, set[str]] = {}
    for file in templates.glob("*.template.json"):
        for name, document in roles.documents(json.loads(file.read_text())):
            role, _, policy = name.rpartition("/")
            if policy == "task" and role != "redress-canary-notify" or (role, policy) == (RESPONSE_ROLE, "response"):
                allows = (statement for statement in document["Statement"] if statement["Effect"] == "Allow")
                actions = {action for statement in allows for action in listed(statement["Action"])}
                found[role] = found.get(role, set()) | actions
    return found


def calls(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The calls of tasks that were not refused, as role, action, and name of the session: in a member that is the task."""
    for file in folder.glob("*.jsonl"):
        for line in file.read_text().splitlines():
            call = json.loads(line)
            if call["allowed"] and call["caller"].startswith("redress-"):
                action, session = f"{call['service']}:{call['action']}", call.get("session", "")
                yield call["caller"], action, session
                if action == "sts:AssumeRole":
                    # The response role lets nobody in without a tag, and there is no call of its own for one.
                    yield call["caller"], "sts:TagSession", session


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


if __name__ == "__main__":
    main()
