#!/usr/bin/env python3
"""Writes the list `dangerous` of managed.json beside this script: the managed policies of AWS that the analyser itself
finds dangerous, so that attaching one of them is seen as an escalation. The other lists are kept.

    generate_managed.py DANGERS        DANGERS is tasks/examples/dangers.rs, built; the Python has moto

The list is read by the analyser, so it is run again until nothing changes.
"""

import json
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parent / "managed.json"
GRAVE = {"High", "Critical"}


def main() -> None:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies = json.loads(aws_managed_policies_data)
    lines = "".join(json.dumps({"id": name, "document": facts["Document"]}) + "\n" for name, facts in policies.items())
    out = subprocess.run([sys.argv[1]], input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout
    answers = {answer["id"]: answer for answer in map(json.loads, out.splitlines())}
    # Nobody but AWS can attach the policies of service-linked roles.
    attachable = {name: facts for name, facts in policies.items() if facts.get("Path") != "/aws-service-role/"}
    names = [
        (facts.get("Path") or "/").lstrip("/") + name
        for name, facts in attachable.items()
        if GRAVE & {danger["severity"] for danger in answers[name].get("dangers", [])}
    ]
    kept = json.loads(FILE.read_text()) | {"dangerous": sorted(names)}
    FILE.write_text(written(kept))


def written(table: dict) -> str:
    def block(rows: list) -> str:
        return "[\n    " + ",\n    ".join(json.dumps(row) for row in rows) + "\n  ]"

    fields = [
        f'"about": {json.dumps(table["about"])}',
        f'"dangerous": {block(table["dangerous"])}',
        f'"natural": {block(table["natural"])}',
        f'"protecting": {json.dumps(table["protecting"])}',
    ]
    return "{\n  " + ",\n  ".join(fields) + "\n}\n"


if __name__ == "__main__":
    main()
