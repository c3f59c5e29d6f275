#!/usr/bin/env python3
"""Asks cloudsplaining and parliament about every document, and keeps what they say.

    corpus.py | oracles.py answers.json               asks about all of them: some twenty minutes of a core
    corpus.py | oracles.py answers.json --sample 40   asks about that many, and ends with 1 where a kept answer is another

It runs in an environment of its own (`requirements.txt`): the tools pin other versions of what moto needs.
"""

import contextlib
import functools
import importlib.metadata
import io
import json
import logging
import random
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from corpus import Corpora, fingerprint

TOOLS = ("cloudsplaining", "parliament")
# That the tool takes the document for full administration stands among the escalations that it sees, under this name.
ADMIN = "full admin"
_SEED = 20260102
_PROVENANCE = (
    "What the tools say about each document, by the names that they give to escalations; documents of which they see "
    "none are left out, a text is the exception with which the tool ended. Asked by tests/policy/oracles.py. `methods` "
    "is made from cloudsplaining's table, Copyright (c) 2020, Salesforce.com, Inc.; see LICENSE-cloudsplaining."
)


def main() -> int:
    file, corpora = Path(sys.argv[1]), json.load(sys.stdin)
    if sys.argv[2:3] == ["--sample"]:
        return check(json.loads(file.read_text()), corpora, int(sys.argv[3]))
    kept = {
        "provenance": _PROVENANCE,
        "versions": versions(),
        "methods": methods(),
        "corpora": {name: asked(documents) for name, documents in corpora.items()},
    }
    file.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return 0


def versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in (*TOOLS, "policy_sentry")}


def asked(documents: dict[str, dict]) -> dict[str, Any]:
    with ProcessPoolExecutor() as pool:
        answers = dict(zip(documents, pool.map(answer, documents.values(), chunksize=8)))
    seen = {tool: {name: said[tool] for name, said in answers.items() if said[tool]} for tool in TOOLS}
    return {"documents": fingerprint(documents), "answers": seen}


def check(kept: dict[str, Any], corpora: Corpora, number: int) -> int:
    """Whether a seeded sample gets the answers that are kept."""
    if kept["versions"] != versions() or kept["methods"] != methods():
        print("the answers are of other versions of the tools", file=sys.stderr)
        return 1
    everything = [(corpus, name) for corpus, documents in corpora.items() for name in documents]
    sample = random.Random(_SEED).sample(everything, number)
    with ProcessPoolExecutor() as pool:
        fresh = pool.map(answer, [corpora[corpus][name] for corpus, name in sample])
    wrong = 0
    for (corpus, name), said in zip(sample, fresh):
        for tool in TOOLS:
            before = kept["corpora"][corpus]["answers"][tool].get(name, [])
            if said[tool] != before:
                wrong += 1
                print(f"{tool} on {name}: kept {before}, and now {said[tool]}", file=sys.stderr)
    print(f"{number} documents asked about, {wrong} other answers", file=sys.stderr)
    return 1 if wrong else 0


def methods() -> dict[str, dict[str, list[str]]]:
    """What each tool calls its escalations, with the actions that they need."""
    from cloudsplaining.shared.constants import PRIVILEGE_ESCALATION_METHODS

    # parliament's list stands inside a function: the first of cloudsplaining's, where attaching to a role needs to
    # assume it.
    assuming = ("AttachRolePolicy", "PutRolePolicy", "UpdateRolePolicyToAssumeIt")
    names = list(PRIVILEGE_ESCALATION_METHODS)
    last = names.index("EditExistingLambdaFunctionWithRole")
    first = {name: PRIVILEGE_ESCALATION_METHODS[name] for name in names[: last + 1]}
    assumed = {name: [*acts, *(["sts:assumerole"] if name in assuming else [])] for name, acts in first.items()}
    return {"cloudsplaining": dict(PRIVILEGE_ESCALATION_METHODS), "parliament": assumed}


def answer(document: dict) -> dict[str, list[str] | str]:
    return {"cloudsplaining": guarded(cloudsplaining, document), "parliament": guarded(parliament, document)}


def guarded(tool: Callable[[dict], list[str]], document: dict) -> list[str] | str:
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return tool(document)
    # Any error of the tool is counted.
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


def cloudsplaining(document: dict) -> list[str]:
    from cloudsplaining.scan.policy_document import PolicyDocument
    from policy_sentry.querying.all import get_all_actions

    policy = PolicyDocument(document)
    seen = {*policy.all_allowed_unrestricted_actions, *policy.all_allowed_unrestrictable_actions}
    everything = {action.lower() for action in get_all_actions()}
    admin = everything <= {action.lower() for action in seen}
    return sorted(found["type"] for found in policy.allows_privilege_escalation) + [ADMIN] * admin


def parliament(document: dict) -> list[str]:
    import parliament as tool
    from parliament.community_auditors.privilege_escalation import audit

    policy = tool.analyze_policy_string(json.dumps(document), ignore_private_auditors=True)
    # Its table is of 2024; an action that it does not know is not to end the comparison.
    policy.get_allowed_actions = functools.partial(policy.get_allowed_actions, raise_exceptions=False)
    malformed = [found for found in policy.findings if found.issue in ("EXCEPTION", "MALFORMED", "MALFORMED_JSON")]
    if malformed:
        raise ValueError(malformed[0].issue)
    audit(policy)
    escalations = {found.location["type"] for found in policy.findings if found.issue == "PRIVILEGE_ESCALATION"}
    table = tool.iam_definition
    everything = {
        f"{service['prefix']}:{one['privilege']}".lower() for service in table for one in service["privileges"]
    }
    return sorted(escalations) + [ADMIN] * (everything <= set(policy.get_allowed_actions()))


if __name__ == "__main__":
    sys.exit(main())
