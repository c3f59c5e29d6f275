"""Distributed Maps over S3 as local AWS plays it: what they read, what they give, what they write. The cases are data, in
`maps/`: the objects of a bucket, a Map state over them, and what comes of it.
"""

import gzip
import json
import pathlib
import unittest

import boto3
from botocore.config import Config

from waiting import ended, until

CASES = pathlib.Path(__file__).parent / "maps"
ROLE = "arn:aws:iam::123456789012:role/maps"
KNOWN = {
    "comment",
    "objects",
    "input",
    "language",
    "processor",
    "state",
    "after",
    "output",
    "error",
    "cause",
    "files",
    "names",
}
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}

ONCE = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
STATES, S3 = boto3.client("stepfunctions", config=ONCE), boto3.client("s3", config=ONCE)


def filled(value, words):
    """A value in which words stand for others."""
    if isinstance(value, str):
        for word, meant in words.items():
            value = value.replace(word, meant)
        return value
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, dict):
        return {filled(key, words): filled(item, words) for key, item in value.items()}
    return value


def definition(case):
    """A machine with the Map state of a case."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {**case.get("processor", PASS), "ProcessorConfig": config}
    mapped = {"Type": "Map", "ItemProcessor": processor, "End": True, **case["state"]}
    return {
        "QueryLanguage": case.get("language", "JSONPath"),
        "StartAt": "Each",
        "States": {"Each": mapped, **case.get("after", {})},
    }


def blurred(value):
    """What differs from run to run, by what it is."""
    shown = {"ExecutionArn": "<child>", "Name": "<name>", "StateMachineArn": "<machine>", "StartDate": "<time>"}
    shown |= {"StopDate": "<time>", "Size": "<number>"}
    if isinstance(value, list):
        return [blurred(item) for item in value]
    if isinstance(value, dict):
        return {key: shown.get(key) or blurred(item) for key, item in value.items()}
    return value


class Maps(unittest.TestCase):
    def test_every_case(self):
        files = sorted(CASES.glob("*.json"))
        self.assertGreater(len(files), 20, "the cases are missing")
        for file in files:
            with self.subTest(file.stem):
                case = json.loads(file.read_text())
                self.assertLessEqual(case.keys(), KNOWN, "a case has words that nobody knows")
                self.run_case(file.stem, case)

    def run_case(self, name, case):
        words = {"{bucket}": name}
        S3.create_bucket(Bucket=name)
        for key, given in case["objects"].items():
            if isinstance(given, dict):
                body = gzip.compress(filled(given["gzip"], words).encode())
            else:
                body = filled(given, words).encode()
            S3.put_object(Bucket=name, Key=key, Body=body)
        machine = STATES.create_state_machine(
            name=name, definition=json.dumps(filled(definition(case), words)), roleArn=ROLE
        )["stateMachineArn"]
        started = STATES.start_execution(stateMachineArn=machine, input=json.dumps(case.get("input", {})))
        execution = ended(STATES, started["executionArn"])
        runs = STATES.list_map_runs(executionArn=started["executionArn"])["mapRuns"]
        self.assertEqual(len(runs), 1)
        words |= {"<map run>": runs[0]["mapRunArn"], "<id>": runs[0]["mapRunArn"].rpartition(":")[2]}
        expected = filled({word: case[word] for word in ("output", "error", "cause") if word in case}, words)
        found = {word: execution[word] for word in ("output", "error", "cause") if word in execution}
        if "output" in found:
            found["output"] = json.loads(found["output"])
        self.assertEqual(found, expected)
        self.check_files(name, case, words)

    def test_as_many_children_run_as_may(self):
        wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
        for name, items, most, running in [("all", 300, 0, 300), ("some", 20, 7, 7)]:
            with self.subTest(name):
                state = definition({"processor": wait, "state": {"MaxConcurrency": most}})
                machine = STATES.create_state_machine(name=f"many-{name}", definition=json.dumps(state), roleArn=ROLE)
                start = STATES.start_execution(
                    stateMachineArn=machine["stateMachineArn"], input=json.dumps(list(range(items)))
                )
                arn = start["executionArn"]
                run = until(lambda: STATES.list_map_runs(executionArn=arn)["mapRuns"])[0]["mapRunArn"]
                at_once = until(lambda: self.counts(run, running))
                self.assertEqual(at_once["pending"], items - running)
                STATES.stop_execution(executionArn=arn)
                stopped = until(lambda: (it := self.counts(run))["running"] == 0 and it)
                self.assertEqual((stopped["aborted"], stopped["succeeded"]), (running, 0))

    def counts(self, run, running=None):
        """How many items there are of each kind, as soon as so many run."""
        counts = STATES.describe_map_run(mapRunArn=run)["itemCounts"]
        return counts if running is None or counts["running"] == running else None

    def check_files(self, bucket, case, words):
        for key, expected in filled(case.get("files", {}), words).items():
            text = S3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            found = text if isinstance(expected, str) else blurred(json.loads(text))
            self.assertEqual(found, expected, key)
        if "names" in case:
            listed = S3.list_objects_v2(Bucket=bucket).get("Contents", [])
            self.assertEqual(sorted(it["Key"] for it in listed), sorted(filled(case["names"], words)))


if __name__ == "__main__":
    unittest.main()
