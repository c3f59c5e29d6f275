#!/usr/bin/env python3
"""What becomes of each managed policy of AWS on the role or person that it is made for: `managed.md` lists those that are
touched, with the reason.

    managed.py DANGERS            compares, and ends with 1 unless it is as `managed.md` says
    managed.py DANGERS --write    writes `managed.md`

DANGERS is tasks/examples/dangers.rs, built. The policies are those that moto ships.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "managed.md"
TABLE = HERE.parent.parent / "tasks/src/policy/managed.json"
# From what is done at once to what is left alone.
SAID = {
    "Change": "changed at once where the mode says so",
    "Ask": "a person is asked first",
    "Tell": "people hear of it",
    "AsIntended": "left alone: on the role that it is made for",
    "Harmless": "left alone: nothing dangerous",
}


def main() -> int:
    page = written(verdicts(Path(sys.argv[1])))
    if sys.argv[2:] == ["--write"]:
        PAGE.write_text(page)
        return 0
    if page == PAGE.read_text():
        return 0
    print("it is not as tests/policy/managed.md says; write it anew and read the difference", file=sys.stderr)
    return 1


def verdicts(binary: Path) -> dict[str, dict]:
    """What is said of each policy, by its name with path."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    natural = services()
    requests = []
    for name, facts in json.loads(aws_managed_policies_data).items():
        path = (facts.get("Path") or "/").lstrip("/")
        whole = path + name
        request = {"id": whole, "document": facts["Document"], "managed": f"arn:aws:iam::aws:policy/{whole}"}
        if whole in natural:
            request["trust"] = trusting(natural[whole])
        requests.append(json.dumps(request))
    out = subprocess.run([binary], input="\n".join(requests), stdout=subprocess.PIPE, text=True, check=True).stdout
    return {answer["id"]: answer for answer in map(json.loads, out.splitlines())}


def services() -> dict[str, str]:
    """A service that assumes the role for which a policy is made."""
    rows = json.loads(TABLE.read_text())["natural"]
    return {policy: row["services"][0] for row in rows for policy in row["policies"]}


def trusting(service: str) -> dict:
    principal = {"Service": service}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


def written(answers: dict[str, dict]) -> str:
    kinds = {name: re.match(r"\w+", answer.get("verdict") or "Unjudged")[0] for name, answer in answers.items()}
    counts = Counter(kinds.values())
    lines = [
        "# The managed policies of AWS on the roles that they are made for",
        "",
        "Written by `managed.py`; the tests fail where it is no longer so. Whoever changes the analyser reads the difference:",
        "would a person agree with each?",
        "",
        "| verdict | policies |",
        "|---|---:|",
        *(f"| {said} | {counts[kind]} |" for kind, said in SAID.items()),
        f"| cannot be judged | {counts['Unjudged']} |",
        f"| together | {len(answers)} |",
    ]
    for kind in ("Change", "Ask", "AsIntended"):
        lines += ["", f"## {SAID[kind][0].upper()}{SAID[kind][1:]}", "", "| policy | worst | why |", "|---|---|---|"]
        for name in sorted(name for name in answers if kinds[name] == kind):
            worst = answers[name]["dangers"][0]
            others = len(answers[name]["dangers"]) - 1
            more = f" And {others} more." if others else ""
            lines.append(f"| {name} | {worst['severity']} | {worst['why']}{more} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
