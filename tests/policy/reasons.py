"""Sorts a disagreement by what in the document makes it, and says who is right.

A kind is only given where the document shows it. So for "we see it, they do not" one of the needed actions must be
allowed by no statement of the plain form that every tool understands; for "they see it, we do not" there must be
something in the document that takes one of the needed actions away. Everything else is unexplained.
"""

import json
import re
from pathlib import Path

PATHS = {
    path["id"]: path
    for path in json.loads((Path(__file__).parents[2] / "tasks/src/policy/escalations.json").read_text())["paths"]
}
UNEXPLAINED = ("unexplained", "?")


def reason(tool: str, what: str, we: bool, doc: dict) -> tuple[str, str]:
    statements = doc["Statement"] if isinstance(doc["Statement"], list) else [doc["Statement"]]
    if what.startswith("full admin"):
        return admin(tool, we, statements)
    paths = [PATHS[name] for name in what.partition("=")[2].split(",")]
    kinds = [only_we(tool, path, statements) if we else only_they(tool, path, statements) for path in paths]
    return next((kind for kind in kinds if kind != UNEXPLAINED), UNEXPLAINED)


def only_we(tool: str, path: dict, statements: list[dict]) -> tuple[str, str]:
    for action in path["needs"]:
        allows = [one for one in statements if one["Effect"] == "Allow" and matches(one, action)]
        denies = [one for one in statements if one["Effect"] == "Deny" and matches(one, action)]
        if tool == "parliament":
            # It does not look at the conditions of what is allowed, and heeds only denials without condition.
            plain = [one for one in allows if "Action" in one and "*" in listed(one, "Resource")]
            denies = [one for one in denies if "Condition" not in one]
        else:
            plain = [
                one for one in allows
                if "*" in listed(one, "Resource") and "Condition" not in one and understood(one, action)
            ]  # fmt: skip
        if plain and not denies:
            continue
        if denies:
            return "a Deny of some resources, or under a condition, is taken for a Deny of everything", "theirs"
        if any("NotResource" in one for one in allows):
            return "Allow with NotResource is not looked at", "theirs"
        if any("NotAction" in one for one in allows):
            return "Allow with NotAction is not looked at, or not with conditions", "theirs"
        if tool == "cloudsplaining" and all("Condition" in one for one in allows):
            if all(vacuous(one["Condition"]) for one in allows):
                return "a statement with a condition is skipped, though the condition narrows nothing", "theirs"
            return (
                "a statement with a condition is skipped; we report it with a lower severity",
                "a choice: ours is the careful one",
            )
        if not any(understood(one, action) for one in allows):
            return "a pattern with ? is not expanded", "theirs"
        if action in path["everywhere"]:
            return "an ARN of every resource (such as role/*) is not taken for all resources", "theirs"
        return "what the attacker makes and names need not be allowed everywhere", "theirs"
    return UNEXPLAINED


def only_they(tool: str, path: dict, statements: list[dict]) -> tuple[str, str]:
    for action in path["needs"]:
        allows = [one for one in statements if one["Effect"] == "Allow" and matches(one, action)]
        denies = [one for one in statements if one["Effect"] == "Deny" and matches(one, action)]
        if any("NotAction" in one for one in denies):
            return "a Deny with NotAction is not looked at", "theirs"
        if any("NotResource" in one for one in denies):
            return "a Deny with NotResource is not looked at", "theirs"
        if tool == "cloudsplaining" and any("Condition" not in one and not understood(one, action) for one in denies):
            return "a Deny in which ? or another case spells the action is not looked at", "theirs"
        if any("Condition" not in one for one in denies):
            return "a Deny of all resources of a type by ARN is not seen to deny the action", "theirs"
        if denies and path["severity"] == "Medium":
            return "denied unless a condition holds: we take it for a condition", "a choice: ours is the careful one"
        if not any("*" in listed(one, "Resource") or "NotResource" in one for one in allows):
            return "an action counts though the statement names the resources, or none that fits it", "theirs"
        conditions = [json.dumps(one["Condition"]) for one in allows if "Condition" in one]
        if len(conditions) == len(allows) and (action == "iam:PassRole" or path["severity"] == "Medium"):
            if any("iam:PassedToService" in condition for condition in conditions):
                return "the role cannot be passed to the service of the escalation", "theirs"
            return "the condition on what is allowed is not looked at", "theirs"
        stars = [one for one in allows if "*" in listed(one, "Resource")]
        if action in path["everywhere"] and all("Condition" in one for one in stars):
            return "the condition on what is allowed is not looked at", "theirs"
    return UNEXPLAINED


def admin(tool: str, we: bool, statements: list[dict]) -> tuple[str, str]:
    allows = [one for one in statements if one["Effect"] == "Allow"]
    everything = [one for one in allows if "NotAction" in one or "*" in listed(one, "Action") or "NotResource" in one]
    denies = [one for one in statements if one["Effect"] == "Deny"]
    if we:
        if any("NotAction" in one for one in everything):
            return (
                "everything but a few actions: who has it can give themselves the rest",
                "a choice: ours is the careful one",
            )
        if any("NotResource" in one for one in everything):
            return (
                "everything but a few resources: who has it can give themselves the rest",
                "a choice: ours is the careful one",
            )
        if denies:
            return (
                "everything, less a Deny that leaves the means to become an administrator",
                "a choice: ours is the careful one",
            )
        if any("Condition" in one for one in everything):
            return (
                "a statement with a condition is skipped; we report it with a lower severity",
                "a choice: ours is the careful one",
            )
        return UNEXPLAINED
    if not any("*" in listed(one, "Resource") or "NotResource" in one for one in everything):
        return "every action counts as allowed though the statement names the resources", "theirs"
    if denies:
        return "a Deny with NotAction or of a type of resources is not looked at", "theirs"
    return UNEXPLAINED


def matches(statement: dict, action: str) -> bool:
    if "NotAction" in statement:
        return not any(glob(pattern, action) for pattern in listed(statement, "NotAction"))
    return any(glob(pattern, action) for pattern in listed(statement, "Action"))


def understood(statement: dict, action: str) -> bool:
    """Whether cloudsplaining sees the action in the statement: it expands `*` only, and heeds the case elsewhere."""
    if "NotAction" in statement:
        return statement["Effect"] == "Allow" and "*" in listed(statement, "Resource")
    patterns = [pattern for pattern in listed(statement, "Action") if glob(pattern, action)]
    return any(pattern == action or ("*" in pattern and "?" not in pattern) for pattern in patterns)


def glob(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.IGNORECASE) is not None


def listed(statement: dict, member: str) -> list[str]:
    value = statement.get(member, [])
    return value if isinstance(value, list) else [value]


def vacuous(condition: dict) -> bool:
    return all(
        "IfExists" in operator or "Not" in operator or '"*"' in json.dumps(keys) for operator, keys in condition.items()
    )
