"""The HTTP server keeps connections open and understands what SDKs send over them."""

import json
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from started import failure, fresh

_TABLE = {
    "TableName": "races",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


class Http(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = fresh().connect()
        self.addCleanup(self.connection.close)

    def test_a_connection_serves_one_request_after_another(self) -> None:
        for _ in range(3):
            self.connection.request("POST", "/_redress/faults", "[]")
            answer = self.connection.getresponse()
            self.assertEqual((answer.version, answer.status, answer.read()), (11, 200, b"{}\n"))
            self.assertFalse(answer.will_close)

    def test_a_body_may_come_in_chunks(self) -> None:
        body = iter([b'[{"service": "iam", "action": ', b'"GetRole", "code": "Throttling"}]'])
        for _ in range(2):
            self.connection.request("POST", "/_redress/faults", body, encode_chunked=True)
            answer = self.connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b"{}\n"))
            body = iter([b"[]"])

    def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(self) -> None:
        self.connection.putrequest("POST", "/_redress/faults")
        self.connection.putheader("Expect", "100-continue")
        self.connection.putheader("Content-Length", "2")
        self.connection.endheaders()
        assert self.connection.sock
        self.connection.sock.settimeout(5)
        self.assertIn(b" 100 ", self.connection.sock.recv(1024))
        self.connection.send(b"[]")
        self.assertEqual(self.connection.getresponse().status, 200)

    def test_head_tells_the_length_and_sends_no_body(self) -> None:
        s3 = fresh().as_administrator("s3")
        s3.create_bucket(Bucket="storefront")
        s3.put_object(Bucket="storefront", Key="assets/näme", Body=b"x" * 70_000)
        self.assertEqual(s3.head_object(Bucket="storefront", Key="assets/näme")["ContentLength"], 70_000)
        self.assertEqual(len(s3.get_object(Bucket="storefront", Key="assets/näme")["Body"].read()), 70_000)


class OneAtATime(unittest.TestCase):
    def test_of_many_that_write_only_if_nothing_is_there_one_does(self) -> None:
        dynamodb = fresh().as_administrator("dynamodb")
        dynamodb.create_table(**_TABLE)
        start = threading.Barrier(8)

        def write(number: int) -> bool:
            start.wait()
            try:
                item = {"pk": {"S": "one"}, "by": {"N": str(number)}}
                dynamodb.put_item(TableName="races", Item=item, ConditionExpression="attribute_not_exists(pk)")
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(sum(pool.map(write, range(8))), 1)

    def test_a_long_poll_lets_others_through_and_gets_what_they_send(self) -> None:
        aws = fresh()
        sqs = aws.as_administrator("sqs")
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        with ThreadPoolExecutor(1) as pool:
            poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=10)
            # Whether the poll is waiting by now or not, these must not wait for it.
            aws.as_administrator("iam").list_roles()
            sqs.send_message(QueueUrl=url, MessageBody="hello")
            self.assertEqual(poll.result(timeout=8)["Messages"][0]["Body"], "hello")


class WhatMotoLacks(unittest.TestCase):
    def test_it_is_said_in_a_way_that_an_sdk_reads_and_does_not_try_again(self) -> None:
        code, message, status = failure(fresh().as_administrator("cloudtrail").lookup_events)
        self.assertEqual((code, status), ("NotImplemented", 501))
        self.assertIn("lookup_events", message)
        code, message, status = failure(fresh().as_administrator("accessanalyzer").list_analyzers)
        self.assertEqual((code, status), ("NotImplemented", 501))
        self.assertIn("access-analyzer", message)

    def test_what_is_not_signed_goes_to_moto(self) -> None:
        connection = fresh().connect()
        self.addCleanup(connection.close)
        connection.request("GET", "/moto-api/data.json")
        self.assertIsInstance(json.load(connection.getresponse()), dict)
