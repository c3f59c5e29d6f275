"""Static checks of the templates and definitions: `python check.py TEMPLATES`.

TEMPLATES is the folder that `make synth` writes. Prints a line for each problem, and fails if there is one.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import definitions
import roles
from known import Known

CDK = Path(__file__).resolve().parents[1]
# The first line of statelint's output.
HEADING = re.compile(r"^(One|\d+) errors?:?$")
BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("templates", type=Path)
    folder = parser.parse_args().templates
    templates = {file: json.loads(file.read_text()) for file in sorted(folder.glob("*.template.json"))}
    if not templates:
        sys.exit(f"`{folder}` has no templates: `make synth` writes them")
    known = Known()
    wrong = [
        *lint(list(templates), known),
        *look_at_roles(templates, known),
        *look_at_definitions(templates, folder, known),
    ]
    wrong += known.idle()
    for problem in wrong:
        print(problem)
    exports = roles.exports(templates.values())
    checked = sum(1 for template in templates.values() for _ in roles.documents(template, exports))
    print(f"{len(templates)} templates, {checked} policies: {len(wrong)} problems")
    sys.exit(bool(wrong))


def lint(files: list[Path], known: Known) -> Iterator[str]:
    """cfn-lint. W3005 warns of redundant dependencies, which CDK makes all the time."""
    command = [str(BIN / "cfn-lint"), "--format", "json", "--ignore-checks", "W3005", "--", *map(str, files)]
    ended = subprocess.run(command, capture_output=True, text=True)
    for match in json.loads(ended.stdout or "[]"):
        rule, says = match["Rule"]["Id"], match["Message"]
        if not known.covers("cfn-lint", rule, says):
            yield f"{Path(match['Filename']).name}:{match['Location']['Start']['LineNumber']}: {rule}: {says}"
    if ended.stderr.strip():
        yield f"cfn-lint: {ended.stderr.strip()}"


def look_at_roles(templates: dict[Path, dict[str, Any]], known: Known) -> Iterator[str]:
    exports = roles.exports(templates.values())
    for file, template in templates.items():
        for name, document in roles.documents(template, exports):
            for rule, says in roles.findings(document):
                if not known.covers("parliament", rule, says):
                    yield f"{file.name}: {name}: {rule}: {says}"


def look_at_definitions(templates: dict[Path, dict[str, Any]], folder: Path, known: Known) -> Iterator[str]:
    """asl-validator, statelint and our own rules, over each state machine that would be deployed, the canary's lane included."""
    exports = roles.exports(templates.values())
    for template_file, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] == "AWS::StepFunctions::StateMachine":
                text = roles.resolved(resource["Properties"]["DefinitionString"], template, exports)
                for placeholder, value in resource["Properties"].get("DefinitionSubstitutions", {}).items():
                    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{placeholder}"
                    text = text.replace(f"${{{placeholder}}}", value if isinstance(value, str) else arn)
                name = f"{template_file.name.removesuffix('.template.json')}-{logical_id}"
                file = folder / f"{name}.asl.json"
                file.write_text(text)
                yield from (f"{name}: {problem}" for problem in definitions.problems(json.loads(text)))
                yield from validators(name, file, known)


def validators(name: str, file: Path, known: Known) -> Iterator[str]:
    asl = [str(CDK / "node_modules/.bin/asl-validator"), "--json-path", str(file)]
    for tool, command in (("asl-validator", asl), ("statelint", [str(BIN / "statelint"), str(file)])):
        ended = subprocess.run(command, capture_output=True, text=True)
        said = [line.strip() for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
        if ended.returncode == 0 and tool == "asl-validator":
            continue
        told = [line for line in said if not HEADING.search(line) and not known.covers(tool, "", line)]
        yield from (f"{name}: {tool}: {line}" for line in told)


if __name__ == "__main__":
    main()
