#!/usr/bin/env python3
"""Compares our analyser with cloudsplaining and parliament, and sorts every disagreement by whose fault it is.

    python3 -m venv venv
    venv/bin/pip install cloudsplaining==0.9.1 policy_sentry==0.15.2 parliament==1.6.4 moto==5.2.5 'setuptools<81'
    cargo build --release --example dangers
    venv/bin/python differential/differential.py target/release/examples/dangers > differential/agreement.md

The documents are the AWS managed policies that moto ships, and generated ones (seeded). It ends with 1 where a
disagreement is of no known kind, and shows it on stderr.
"""

import contextlib
import functools
import hashlib
import io
import json
import logging
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from generate import documents
from reasons import PATHS, reason

HERE = Path(__file__).parent
GENERATED = 400
SEED = 20260101
# Of the tools, and of the questions that are put to them: the cache is of one of these.
VERSIONS = "cloudsplaining 0.9.1, parliament 1.6.4, questions 2"


def main() -> int:
    corpora = {"AWS managed": managed(), "generated": dict(documents(SEED, GENERATED))}
    known = knowledge()
    unexplained = 0
    rows, kinds = [], Counter()
    for corpus, docs in corpora.items():
        ours = judge(Path(sys.argv[1]), docs)
        theirs = their_judgements(docs)
        for tool in ("cloudsplaining", "parliament"):
            for question in ("escalations", "full admin"):
                if (tool, question) == ("parliament", "full admin"):
                    question = "full admin (all actions allowed)"
                compared = agreed = said = 0
                for name, doc in docs.items():
                    answer = theirs[name][tool]
                    if isinstance(answer, str):
                        kinds[(tool, corpus, f"the tool fails on the document: {answer}", "theirs")] += question == "escalations"
                        continue
    
                    for what, we, they in pairs(question, ours[name], answer, known[tool]):
                        compared += 1
                        agreed += we == they
                        said += we or they
                        if we != they:
                            kind, fault = reason(tool, what, we, doc)
                            kinds[(tool, corpus, kind, fault)] += 1
                            if fault == "?":
                                unexplained += 1
                                print(json.dumps([tool, name, what, f"we {we}", f"they {they}", doc]), file=sys.stderr)
                rows.append((corpus, len(docs), tool, question, compared, said, said - (compared - agreed), agreed))
    print_tables(rows, kinds)
    return 1 if unexplained else 0


def managed() -> dict[str, dict]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: facts["Document"] for name, facts in json.loads(aws_managed_policies_data).items()}


def judge(binary: Path, docs: dict[str, dict]) -> dict[str, dict]:
    """Our dangers, by document and kind."""
    lines = "".join(json.dumps({"id": name, "document": doc}) + "\n" for name, doc in docs.items())
    out = subprocess.run([binary], input=lines, capture_output=True, text=True, check=True).stdout
    answers = [json.loads(line) for line in out.splitlines()]
    for answer in answers:
        if "malformed" in answer:
            raise SystemExit(f"we cannot read {answer['id']}: {answer['malformed']}")
    return {answer["id"]: {danger["kind"]: danger for danger in answer["dangers"]} for answer in answers}


def knowledge() -> dict[str, dict[str, tuple[frozenset[str], bool]]]:
    """What each tool calls its escalations, with the actions that they need; the same actions are the same escalation."""
    from cloudsplaining.shared.constants import PRIVILEGE_ESCALATION_METHODS

    needs = {frozenset(action.lower() for action in path["needs"]): name for name, path in PATHS.items()}
    # parliament's list stands inside a function: the methods of Rhino, where attaching to a role needs to assume it.
    assuming = ("AttachRolePolicy", "PutRolePolicy", "UpdateRolePolicyToAssumeIt")
    names = list(PRIVILEGE_ESCALATION_METHODS)
    last = names.index("EditExistingLambdaFunctionWithRole")
    rhino = [(name, PRIVILEGE_ESCALATION_METHODS[name]) for name in names[: last + 1]]
    tools = {
        "cloudsplaining": PRIVILEGE_ESCALATION_METHODS,
        "parliament": {name: [*acts, *(["sts:assumerole"] if name in assuming else [])] for name, acts in rhino},
    }
    matches = {}
    for tool, methods in tools.items():
        for name, acts in methods.items():
            paths = matched(frozenset(acts), needs)
            matches.setdefault(tool, {})[name] = (paths, frozenset(acts) in needs)
    return matches


def matched(actions: frozenset[str], needs: dict[frozenset[str], str]) -> frozenset[str]:
    """Our paths for one of theirs: the same, or those that need fewer actions and so are open whenever theirs is."""
    if actions in needs:
        return frozenset({needs[actions]})
    return frozenset(path for fewer, path in needs.items() if fewer < actions)


def pairs(question, ours, answer, names):
    """What is compared: for each escalation and document, whether we and they see it."""
    if question.startswith("full admin"):
        yield question, any(kind.startswith("full-admin") for kind in ours), answer["admin"]
        return
    for name, (paths, same) in names.items():
        # Theirs that has no counterpart at all is a difference of the lists and stands in the note. Of a longer form of
        # ours nothing follows where they do not see it, and `whole-iam` tells of all that needs IAM, and so hides it.
        seen = name in answer["escalations"]
        we = any(sees(ours, path) for path in paths)
        hidden = not we and "whole-iam" in ours and any(path in WITH_IAM for path in paths)
        if paths and (same or seen) and not hidden:
            yield name + "=" + ",".join(sorted(paths)), we, seen


def sees(ours, path: str) -> bool:
    """Whether we report the path, or something of which it is a part."""
    whole = any(kind.startswith("full-admin") for kind in ours)
    return whole or f"escalation-{path}" in ours or ("whole-iam" in ours and path in IAM_ONLY)


IAM_ONLY = {name for name, path in PATHS.items() if len(path["needs"]) == 1 and path["needs"][0].startswith("iam:")}
WITH_IAM = {name for name, path in PATHS.items() if any(action.startswith("iam:") for action in path["needs"])}


def their_judgements(docs: dict[str, dict]) -> dict[str, dict]:
    """What the tools say, which takes them minutes: kept in `.cache` for the next run."""
    cache = HERE / ".cache"
    cache.mkdir(exist_ok=True)
    key = hashlib.sha256(json.dumps([VERSIONS, docs]).encode()).hexdigest()[:16]
    file = cache / f"{key}.json"
    if not file.exists():
        with ProcessPoolExecutor() as pool:
            judged = pool.map(their_judgement, docs.values(), chunksize=8)
            file.write_text(json.dumps(dict(zip(docs, judged))))
    return json.loads(file.read_text())


def their_judgement(doc: dict) -> dict:
    return {"cloudsplaining": guarded(cloudsplaining, doc), "parliament": guarded(parliament, doc)}


def guarded(tool, doc):
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return tool(doc)
    except Exception as error:  # Whatever it is, it is theirs, and it is counted.
        return type(error).__name__


def cloudsplaining(doc: dict) -> dict:
    from cloudsplaining.scan.policy_document import PolicyDocument
    from policy_sentry.querying.all import get_all_actions

    policy = PolicyDocument(doc)
    seen = {*policy.all_allowed_unrestricted_actions, *policy.all_allowed_unrestrictable_actions}
    everything = {action.lower() for action in get_all_actions()}
    admin = everything <= {action.lower() for action in seen}
    return {"escalations": sorted(found["type"] for found in policy.allows_privilege_escalation), "admin": admin}


def parliament(doc: dict) -> dict:
    import parliament as tool
    from parliament.community_auditors.privilege_escalation import audit

    policy = tool.analyze_policy_string(json.dumps(doc), ignore_private_auditors=True)
    # Its table is of 2024; an action that it does not know is not to end the comparison.
    policy.get_allowed_actions = functools.partial(policy.get_allowed_actions, raise_exceptions=False)
    malformed = [found for found in policy.findings if found.issue in ("EXCEPTION", "MALFORMED", "MALFORMED_JSON")]
    if malformed:
        raise ValueError(malformed[0].issue)
    audit(policy)
    escalations = sorted({found.location["type"] for found in policy.findings if found.issue == "PRIVILEGE_ESCALATION"})
    everything = {f"{service['prefix']}:{action['privilege']}".lower() for service in tool.iam_definition for action in service["privileges"]}
    return {"escalations": escalations, "admin": everything <= set(policy.get_allowed_actions())}


def print_tables(rows, kinds) -> None:
    print("Generated by `differential/differential.py`. A comparison is one document and one escalation (or the one")
    print("question whether it is full administration); `seen` counts those that at least one side reports.\n")
    print("| documents | number | tool | question | comparisons | agreed | seen | of these both see |")
    print("|---|---:|---|---|---:|---:|---:|---:|")
    for corpus, number, tool, question, compared, said, both, agreed in rows:
        print(f"| {corpus} | {number} | {tool} | {question} | {compared} | {agreed} ({agreed / compared:.2%}) | {said} | {both} ({both / max(said, 1):.1%}) |")
    print("\n| tool | documents | kind of disagreement | whose fault | times |\n|---|---|---|---|---:|")
    for (tool, corpus, kind, fault), times in sorted(kinds.items()):
        print(f"| {tool} | {corpus} | {kind} | {fault} | {times} |")


if __name__ == "__main__":
    sys.exit(main())
