#!/usr/bin/env python3
"""The documents that are compared: AWS's managed policies, as moto ships them, and generated ones.

Run, it prints them as JSON, `{corpus: {name: document}}`, for a Python that has no moto. With `--managed` it prints the
managed ones as JSON lines, `{"id": name, "document": document}`, for simulate.mjs.
"""

import hashlib
import json
import sys

from generate import documents

GENERATED = 400
SEED = 20260101

Corpora = dict[str, dict[str, dict]]


def corpora() -> Corpora:
    return {"AWS managed": managed(), "generated": dict(documents(SEED, GENERATED))}


def managed() -> dict[str, dict]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: facts["Document"] for name, facts in json.loads(aws_managed_policies_data).items()}


def fingerprint(documents: dict[str, dict]) -> str:
    """Tells whether an answer was given to these very documents."""
    return hashlib.sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    if sys.argv[1:] == ["--managed"]:
        for name, document in managed().items():
            print(json.dumps({"id": name, "document": document}))
    else:
        json.dump(corpora(), sys.stdout)
