"""`python -m local_aws` starts, prints its endpoint, and ends with the program that started it."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from started import HERE, Started


class CommandLine(unittest.TestCase):
    def test_it_ends_when_its_input_ends_and_says_nothing_but_where_it_is(self) -> None:
        with Started() as aws:
            aws.as_administrator("sts").get_caller_identity()
            self.assertEqual(aws.end(), (0, ""))

    def test_it_ends_on_a_signal(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), Started() as aws:
                aws.process.send_signal(number)
                self.assertEqual(aws.process.wait(timeout=5), 0)

    def test_an_open_connection_does_not_keep_it(self) -> None:
        with Started() as aws:
            connection = aws.connect()
            self.addCleanup(connection.close)
            connection.request("GET", "/_redress/calls")
            connection.getresponse().read()
            self.assertEqual(aws.end(), (0, ""))

    def test_only_this_machine_can_reach_it(self) -> None:
        with Started() as aws:
            address = urlsplit(aws.endpoint)
            self.assertEqual(address.hostname, "127.0.0.1")
            # 127.0.0.2 is the same machine: a server on all addresses would answer there as well.
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", address.port or 0), timeout=5)

    def test_it_takes_the_port_and_the_account_that_it_is_told(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with Started("--port", str(port), "--account", "210987654321") as aws:
            self.assertEqual(aws.endpoint, f"http://127.0.0.1:{port}")
            sts = aws.as_administrator("sts")
            self.assertEqual(sts.get_caller_identity()["Account"], "210987654321")

    def test_it_logs_a_line_per_call_only_if_asked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "calls.jsonl"
            with Started("--log", str(log)) as aws:
                aws.as_administrator("sts").get_caller_identity()
                aws.control("GET", "calls")
            expected = {
                "n": 1,
                "service": "sts",
                "action": "GetCallerIdentity",
                "caller": "administrator",
                "session": "",
                "allowed": True,
                "status": 200,
            }
            self.assertEqual([json.loads(line) for line in log.read_text().splitlines()], [expected])

    def test_an_account_has_twelve_digits(self) -> None:
        command = [sys.executable, "-m", "local_aws", "--account", "12345"]
        ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("twelve digits", ended.stderr)
