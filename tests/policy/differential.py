#!/usr/bin/env python3
"""Compares our analyser with what cloudsplaining and parliament say, and sorts every disagreement by whose fault it is.

    differential.py DANGERS           compares, and ends with 1 unless it is as `agreement.md` says
    differential.py DANGERS --write   writes `agreement.md`

DANGERS is `tasks/examples/dangers.rs`, built. What the others say is kept in `answers.json`; `oracles.py` asks them. A
disagreement of no known kind is shown on stderr, and is an error either way.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import corpora, fingerprint
from reasons import PATHS, reason

HERE = Path(__file__).parent
PAGE = HERE / "agreement.md"
ADMIN = "full admin"


@dataclass
class Row:
    """How often we and a tool agree on a question. `seen` counts where at least one of the two sees something."""

    corpus: str
    number: int
    tool: str
    question: str
    compared: int = 0
    agreed: int = 0
    seen: int = 0
    both: int = 0

    @property
    def key(self) -> str:
        return f"| {self.corpus} | {self.number} | {self.tool} | {self.question} |"

    @property
    def rate(self) -> float:
        return self.agreed / self.compared


def main() -> int:
    rows, kinds, unexplained = compare(Path(sys.argv[1]))
    page = written(rows, kinds)
    if unexplained:
        print(f"{unexplained} disagreements are of no kind that `reasons.py` knows", file=sys.stderr)
        return 1
    if sys.argv[2:] == ["--write"]:
        PAGE.write_text(page)
        return 0
    was = PAGE.read_text()
    dropped = [f"{row.key} {percent(row.rate)}, and it was {before}" for row, before in fallen(rows, was)]
    for line in dropped:
        print(f"the agreement has dropped: {line}", file=sys.stderr)
    if page != was:
        print("it is not as tests/policy/agreement.md says; `make agreement` writes that anew", file=sys.stderr)
    return 1 if dropped or page != was else 0


def compare(binary: Path) -> tuple[list[Row], Counter, int]:
    kept = json.loads((HERE / "answers.json").read_text())
    rows, kinds, unexplained = [], Counter(), 0
    for corpus, documents in corpora().items():
        told = kept["corpora"][corpus]
        if told["documents"] != fingerprint(documents):
            raise SystemExit(f"{corpus}: the answers are to other documents; `make agreement` asks anew")
        ours = judge(binary, documents)
        for tool, answers in told["answers"].items():
            names = paths_of(kept["methods"][tool])
            for question in ("escalations", ADMIN):
                row = Row(corpus, len(documents), tool, question)
                for name, document in documents.items():
                    answer = answers.get(name, [])
                    if isinstance(answer, str):
                        failed = f"the tool fails on the document: {answer}"
                        kinds[(tool, corpus, failed, "theirs")] += question == "escalations"
                        continue
                    for what, we, they in pairs(question, ours[name], answer, names):
                        row.compared += 1
                        row.agreed += we == they
                        row.seen += we or they
                        row.both += we and they
                        if we != they:
                            kind, fault = reason(tool, what, we, document)
                            kinds[(tool, corpus, kind, fault)] += 1
                            if fault == "?":
                                unexplained += 1
                                said = [tool, name, what, f"we {we}", f"they {they}", document]
                                print(json.dumps(said), file=sys.stderr)
                rows.append(row)
    return rows, kinds, unexplained


def judge(binary: Path, documents: dict[str, dict]) -> dict[str, set[str]]:
    """The kinds of danger that we see, by document."""
    lines = "".join(json.dumps({"id": name, "document": document}) + "\n" for name, document in documents.items())
    out = subprocess.run([binary], input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout
    answers = [json.loads(line) for line in out.splitlines()]
    for answer in answers:
        if "kinds" not in answer:
            raise SystemExit(f"we cannot judge {answer['id']}: {answer.get('malformed') or answer['unjudged']}")
    return {answer["id"]: set(answer["kinds"]) for answer in answers}


_Paths = dict[str, tuple[frozenset[str], bool]]
# The other tools do not ask whether several actions are allowed on one and the same resource.
_ASKED = {name: path for name, path in PATHS.items() if not path.get("on_the_same")}
_NEEDS = {frozenset(action.lower() for action in path["needs"]): name for name, path in _ASKED.items()}


def paths_of(methods: dict[str, list[str]]) -> _Paths:
    """Our paths for each escalation of a tool, and whether they need the same: the same actions are the same escalation."""
    return {name: (matched(frozenset(actions)), frozenset(actions) in _NEEDS) for name, actions in methods.items()}


def matched(actions: frozenset[str]) -> frozenset[str]:
    """Our paths for one of theirs: the same, or those that need fewer actions and so are open whenever theirs is."""
    if actions in _NEEDS:
        return frozenset({_NEEDS[actions]})
    return frozenset(path for fewer, path in _NEEDS.items() if fewer < actions)


def pairs(question: str, ours: set[str], answer: list[str], names: _Paths) -> Iterator[tuple[str, bool, bool]]:
    """What is compared: for each escalation and document, whether we and they see it."""
    if question == ADMIN:
        yield question, administers(ours), ADMIN in answer
        return
    for name, (paths, same) in names.items():
        # Theirs that has no counterpart at all is a difference of the lists. Of a longer form of ours nothing follows
        # where they do not see it, and `whole-iam` tells of all that needs IAM, and so hides it.
        seen = name in answer
        we = any(sees(ours, path) for path in paths)
        hidden = not we and "whole-iam" in ours and any(path in _WITH_IAM for path in paths)
        if paths and (same or seen) and not hidden:
            yield name + "=" + ",".join(sorted(paths)), we, seen


def sees(ours: set[str], path: str) -> bool:
    """Whether we report the path, or something of which it is a part."""
    return administers(ours) or f"escalation-{path}" in ours or ("whole-iam" in ours and path in _IAM_ONLY)


def administers(ours: set[str]) -> bool:
    return any(kind.startswith("full-admin") for kind in ours)


_IAM_ONLY = {name for name, path in PATHS.items() if len(path["needs"]) == 1 and path["needs"][0].startswith("iam:")}
_WITH_IAM = {name for name, path in PATHS.items() if any(action.startswith("iam:") for action in path["needs"])}


def fallen(rows: list[Row], page: str) -> Iterator[tuple[Row, str]]:
    """The rows of which the rate on the page is higher."""
    for row in rows:
        for line in page.splitlines():
            if line.startswith(row.key):
                compared, agreed = line.split("|")[5:7]
                if row.rate < int(agreed.split()[0]) / int(compared):
                    yield row, agreed.strip()


def percent(rate: float) -> str:
    return f"{rate:.2%}"


def written(rows: list[Row], kinds: Counter[Any]) -> str:
    lines = [
        "# How the policy analyser agrees with cloudsplaining and parliament",
        "",
        "Written by `make agreement`; `make test` fails where it is no longer so. Compared are the AWS managed policies",
        "that moto 5.2.5 ships and generated documents (`generate.py`, seeded) with cloudsplaining 0.9.1 and parliament",
        "1.6.4. A comparison is one document and one escalation that both know, or the one question whether it is full",
        "administration. `seen` are the comparisons in which at least one of the two sees something: most documents are",
        "harmless, and everybody agrees on them.",
        "",
        "`whose fault` was judged by reading: `reasons.py` gives a kind only where the document shows it, and everything",
        "else fails the test. parliament is asked whether all actions are allowed, since it has no word for it.",
        "",
        "| documents | number | tool | question | comparisons | agreed | seen | of these both see |",
        "|---|---:|---|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        agreed = f"{row.agreed} ({percent(row.rate)})"
        both = f"{row.both} ({row.both / max(row.seen, 1):.1%})"
        lines.append(f"{row.key} {row.compared} | {agreed} | {row.seen} | {both} |")
    lines += ["", "| tool | documents | kind of disagreement | whose fault | times |", "|---|---|---|---|---:|"]
    for (tool, corpus, kind, fault), times in sorted(kinds.items()):
        if times:
            lines.append(f"| {tool} | {corpus} | {kind} | {fault} | {times} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
