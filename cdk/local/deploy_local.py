"""`make deploy-local`: deploys the stacks to emulators, sends a finding through them, and tells what happens."""

import argparse
import tempfile
import time
from pathlib import Path

import account
import binaries
from aws import REPOSITORY, LocalAws
from runs import Run, send, wait


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="stays until Ctrl-C, so that you can look around")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = binaries.pack(Path(folder) / "package", REPOSITORY / "target/debug", REPOSITORY / "tasks/manifest.json")
        aws = LocalAws(Path(folder), package)
        try:
            show(aws)
            if options.keep:
                stay(aws)
        finally:
            aws.close()


def show(aws: LocalAws) -> None:
    """A leaked role is contained by what was deployed, and released again."""
    began = time.monotonic()
    say(f"cdk bootstrap and cdk deploy, to ministack at {aws.endpoint}")
    aws.deploy("Redress")
    made = aws.client("cloudformation").describe_stack_resources(StackName="Redress")["StackResources"]
    print(f"  {len(made)} resources after {time.monotonic() - began:.0f} s")
    leaked = account.leaked_role(aws, "web-frontend")
    aws.seed_hub(leaked["event"])
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")
    say("A GuardDuty finding, through the deployed rule")
    run = send(aws, leaked["event"], "credential-exfiltration")
    question = wait("the undo on offer", lambda: run.question("Undo"))
    print(f"  execution              {run.arn}")
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")
    print(f"  the undo is on offer as question {question['approvalId'][:8]}…")
    say("Taking it back, as `redress undo` does")
    run.answer("Undo", "undo", "it was the nightly export")
    output = run.output()
    path(run)
    print(f"  {output}")
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")
    calls = aws.calls()
    refused = [call for call in calls if not call["allowed"]]
    print(f"  {len(calls)} calls by the deployed functions, of which their roles refused {len(refused)}")


def path(run: Run) -> None:
    """The states that were entered, with how long after the start."""
    history = run.history()
    start = history[0]["timestamp"]
    for event in history:
        if details := event.get("stateEnteredEventDetails"):
            print(f"  {(event['timestamp'] - start).total_seconds():6.1f} s  {details['name']}")


def stay(aws: LocalAws) -> None:
    say("It stays until Ctrl-C")
    print(f"  AWS_ENDPOINT_URL={aws.endpoint} AWS_REGION=us-east-1", end="")
    print(" AWS_ACCESS_KEY_ID=administrator AWS_SECRET_ACCESS_KEY=administrator AWS_SESSION_TOKEN=administrator")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def say(what: str) -> None:
    print(f"\n==> {what}")


if __name__ == "__main__":
    main()
