"""detect-secrets over what is committed: `python find_secrets.py`. Fails if anything looks like a secret.

The detectors of entropy are off: this repository is full of ids that look random and are samples. What has a form (keys
of AWS and others, private keys, tokens, passwords in assignments) is looked for, and samples say that they are one.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

REPOSITORY = Path(__file__).resolve().parents[2]
# A sample says so: `AKIAEXAMPLE…`, and the keys with which emulators are called. A header is where a key goes, and none.
SAMPLES = [r".*EXAMPLE.*", r"administrator", r"secret", r"test", r"X-Api-Key"]
# Made from what is scanned, or by package managers.
SKIPPED = (".lock", "-lock.json", ".png")
ENTROPY = {"Base64HighEntropyString", "HexHighEntropyString"}


def main() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
    files = [name for name in listed.stdout.decode().split("\0") if name and not name.endswith(SKIPPED)]
    found = list(secrets(REPOSITORY / name for name in files))
    for line in found:
        print(line)
    print(f"{len(files)} files: {len(found)} secrets")
    sys.exit(bool(found))


def secrets(files: Iterable[Path]) -> Iterable[str]:
    """What looks like a secret: file, line and kind. The secret itself is not printed."""
    with transient_settings({"plugins_used": _plugins(), "filters_used": _filters()}):
        collection = SecretsCollection()
        for file in files:
            if file.is_file():
                collection.scan_file(str(file))
        for name, secret in collection:
            yield f"{name}:{secret.line_number}: {secret.type}"


def _plugins() -> list[dict[str, str]]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes = get_mapping_from_secret_type_to_class().values()
    return [{"name": plugin.__name__} for plugin in classes if plugin.__name__ not in ENTROPY]


def _filters() -> list[dict[str, object]]:
    heuristics = ["is_sequential_string", "is_templated_secret", "is_not_alphanumeric_string", "is_indirect_reference"]
    return [
        {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
        {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": SAMPLES},
        *({"path": f"detect_secrets.filters.heuristic.{name}"} for name in heuristics),
    ]


if __name__ == "__main__":
    main()
