"""`TestState` of an HTTP Task at the level `TRACE`: an API here, and its connection in local AWS."""

import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
from botocore.config import Config

# On AWS `TestState` is on a host of its own.
STATES = boto3.client("stepfunctions", config=Config(inject_host_prefix=False))
ROLE = "arn:aws:iam::123456789012:role/own"
# `me:EXAMPLE`, as HTTP says it.
SAID = "Basic bWU6RVhBTVBMRQ=="


class Api(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        answer = json.dumps({"authorization": self.headers["authorization"] == SAID, "body": body}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = HTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        events = boto3.client("events", endpoint_url=os.environ["LOCAL_AWS"])
        basic = {"BasicAuthParameters": {"Username": "me", "Password": "EXAMPLE"}}
        connection = events.create_connection(Name="door", AuthorizationType="BASIC", AuthParameters=basic)
        cls.arn = connection["ConnectionArn"]

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def tried(self, **how):
        url = f"http://127.0.0.1:{self.server.server_port}/doors"
        parameters = {
            "ApiEndpoint": url,
            "Method": "POST",
            "Authentication": {"ConnectionArn": self.arn},
            "Headers": {"X-Other": "a"},
            "RequestBody": {"n": 1},
        }
        state = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": True}
        tried = STATES.test_state(definition=json.dumps(state), roleArn=ROLE, input="{}", **how)
        self.assertEqual(tried["status"], "SUCCEEDED", tried.get("cause"))
        self.assertTrue(json.loads(tried["output"])["ResponseBody"]["authorization"], "the API got the password")
        return tried, url

    def test_a_trace_has_the_request_and_the_response_and_no_secret(self):
        tried, url = self.tried(inspectionLevel="TRACE")
        agent = f"User-Agent: Amazon|StepFunctions|HttpInvoke|{STATES.meta.region_name}"
        request = {
            "protocol": "http",
            "method": "POST",
            "url": url,
            "headers": f"[X-Other: a, {agent}, Range: bytes=0-262144]",
            "body": '{"n":1}',
        }
        self.assertEqual(tried["inspectionData"]["request"], request)
        response = tried["inspectionData"]["response"]
        self.assertIn("content-type: application/json", response.pop("headers"))
        body = json.dumps({"authorization": True, "body": '{"n":1}'})
        self.assertEqual(response, {"protocol": "http", "statusCode": "200", "statusMessage": "OK", "body": body})
        self.assertNotIn(SAID, json.dumps(tried["inspectionData"]))

    def test_secrets_are_revealed_to_who_asks_for_them(self):
        tried, _ = self.tried(inspectionLevel="TRACE", revealSecrets=True)
        self.assertIn(f"Authorization: {SAID}", tried["inspectionData"]["request"]["headers"])

    def test_other_levels_do_not_show_it(self):
        self.assertNotIn("inspectionData", self.tried(revealSecrets=True)[0])
        inspected = self.tried(inspectionLevel="DEBUG", revealSecrets=True)[0]["inspectionData"]
        self.assertFalse({"request", "response"} & set(inspected))


if __name__ == "__main__":
    unittest.main()
