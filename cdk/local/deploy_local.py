"""`make deploy-local`: deploys the stacks to emulators, sends a finding through each response, and shows what happens."""

import argparse
import tempfile
import time
from pathlib import Path

import account
import binaries
import gifts
from aws import REPOSITORY, LocalAws
from responses import Response, responses
from runs import Run, send, wait


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keeps the emulators until Ctrl-C, to look around")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = binaries.pack(Path(folder) / "package", REPOSITORY / "target/debug/tasks")
        aws = LocalAws(Path(folder), package)
        try:
            deploy(aws)
            for response in responses():
                show(aws, response)
            calls = aws.calls()
            refused = [call for call in calls if not call["allowed"]]
            print(f"\n  {len(calls)} calls by the deployed functions, of which their roles refused {len(refused)}")
            if options.keep:
                stay(aws)
        finally:
            aws.close()


def deploy(aws: LocalAws) -> None:
    began = time.monotonic()
    say(f"cdk bootstrap and cdk deploy, to ministack at {aws.endpoint}")
    stacks = ["Redress", *(response.stack for response in responses())]
    aws.deploy(*stacks)
    cloudformation = aws.client("cloudformation")
    for stack in stacks:
        made = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        print(f"  {stack:<40} {len(made):3} resources")
    print(f"  after {time.monotonic() - began:.0f} s")


def show(aws: LocalAws, response: Response) -> None:
    """An event goes through the deployed rule of a response. The undo is taken if it is offered."""
    say(f"An event for {response.name}, through the deployed rule")
    if response.kind == "role-containment":
        leak(aws, response)
    else:
        # A response without a description of its account has an event about a resource that does not exist.
        event = gifts.policy_version(aws).event if response.kind == "iam-policy" else account.described(aws, response)
        if event.get("source") == "aws.guardduty":
            aws.seed_hub(event)
        run = send(aws, event, response.name)
        print(f"  execution              {run.arn}")
        asked = run.agree("it is shown how it is taken back")
        print(f"  questions, all answered with yes: {', '.join(asked) or 'none'}")
        end(run)


def leak(aws: LocalAws, response: Response) -> None:
    """A leaked role is contained, and released again."""
    leaked = account.leaked_role(aws, "web-frontend")
    aws.seed_hub(leaked["event"])
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")
    run = send(aws, leaked["event"], response.name)
    question = wait("the undo on offer", lambda: run.question("Undo"))
    print(f"  execution              {run.arn}")
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")
    print(f"  the undo is on offer as question {question['approvalId'][:8]}…")
    run.answer("Undo", "undo", "it was the nightly export")
    end(run)
    print(f"  the leaked session may list buckets: {account.allows(aws, leaked['session'])}")


def end(run: Run) -> None:
    """The states that were entered, each with the seconds since the start, and the output."""
    ended = run.ended()
    history = run.history()
    start = history[0]["timestamp"]
    for event in history:
        if details := event.get("stateEnteredEventDetails"):
            print(f"  {(event['timestamp'] - start).total_seconds():6.1f} s  {details['name']}")
    print(f"  {ended['status']}: {ended.get('output') or ended.get('cause')}")


def stay(aws: LocalAws) -> None:
    say("The emulators run until Ctrl-C")
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
