"""A request says which call it is, in every protocol of AWS, and stays as it was for moto."""

import io
import unittest
from typing import Any

from local_aws.request import Call, read


def _environ(service: str, path: str = "/", body: bytes = b"", method: str = "POST", **more: str) -> dict[str, Any]:
    scope = f"Credential=ASIAEXAMPLE/20260101/eu-west-1/{service}/aws4_request"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1:5000",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **more,
    }


class Read(unittest.TestCase):
    def _read(self, *arguments: Any, **more: Any) -> Call:
        call = read(_environ(*arguments, **more))
        assert call
        self.assertEqual((call.region, call.access_key), ("eu-west-1", "ASIAEXAMPLE"))
        return call

    def test_a_form(self) -> None:
        form = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}
        call = self._read("iam", body=b"Action=GetRole&RoleName=web%2Bfrontend", **form)
        self.assertEqual((call.service, call.action, call.protocol), ("iam", "GetRole", "query"))
        self.assertEqual(call.parameters["RoleName"], "web+frontend")
        self.assertEqual(self._read("ec2", body=b"Action=DescribeInstances", **form).protocol, "ec2")

    def test_a_form_in_the_query(self) -> None:
        call = self._read("iam", method="GET", QUERY_STRING="Action=GetRole&RoleName=web")
        self.assertEqual((call.action, call.parameters["RoleName"]), ("GetRole", "web"))

    def test_json(self) -> None:
        call = self._read("dynamodb", body=b'{"TableName": "t"}', HTTP_X_AMZ_TARGET="DynamoDB_20120810.GetItem")
        self.assertEqual((call.action, call.protocol, call.parameters), ("GetItem", "json", {"TableName": "t"}))

    def test_rest(self) -> None:
        hub = {"CONTENT_TYPE": "application/json"}
        for method, path, action in (
            ("POST", "/findings", "GetFindings"),
            ("PATCH", "/findings/batchupdate", "BatchUpdateFindings"),
            ("POST", "/findings/import", "BatchImportFindings"),
            ("POST", "/accounts", "EnableSecurityHub"),
        ):
            call = self._read("securityhub", path, b'{"a": 1}', method, **hub)
            self.assertEqual((call.action, call.protocol, call.parameters), (action, "rest-json", {"a": 1}))

    def test_rest_with_parameters_in_the_path(self) -> None:
        call = self._read("s3", "/storefront/assets/logo.png", method="GET")
        self.assertEqual((call.action, call.protocol), ("GetObject", "rest-xml"))
        self.assertEqual(call.parameters, {"Bucket": "storefront", "Key": "assets/logo.png"})
        self.assertEqual(self._read("s3", "/", method="GET").action, "ListBuckets")

    def test_a_path_that_no_model_has_is_its_own_name(self) -> None:
        self.assertEqual(self._read("securityhub", "/nothing", method="GET").action, "GET /nothing")
        self.assertEqual(self._read("no-such-service", "/", method="GET").action, "GET /")

    def test_a_presigned_url(self) -> None:
        query = "X-Amz-Credential=ASIAEXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
        call = self._read("s3", "/storefront/logo.png", method="GET", QUERY_STRING=query, HTTP_AUTHORIZATION="")
        self.assertEqual((call.service, call.action), ("s3", "GetObject"))

    def test_the_body_is_still_there(self) -> None:
        environ = _environ("s3", "/storefront/logo.png", b"\x89PNG", "PUT")
        self.assertEqual(read(environ).parameters, {"Bucket": "storefront", "Key": "logo.png"})
        self.assertEqual(environ["wsgi.input"].read(), b"\x89PNG")

    def test_what_is_not_signed_is_no_call(self) -> None:
        self.assertIsNone(read(_environ("s3", HTTP_AUTHORIZATION="")))
