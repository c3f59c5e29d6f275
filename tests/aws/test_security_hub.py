"""Security Hub filters findings, accepts updates within its limits, and lists those that it did not process."""

import unittest
from typing import Any

from started import event, failure, fresh

_PRODUCT = "arn:aws:securityhub:us-east-1::product/aws/guardduty"


def _is(value: str, comparison: str = "EQUALS") -> dict[str, str]:
    return {"Value": value, "Comparison": comparison}


class SecurityHub(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.id = self.aws.control("POST", "seed", event())["findingArn"]
        self.hub = self.aws.as_administrator("securityhub")

    def _import(self, *ids: str, **more: Any) -> None:
        template = {**self._finding(), **more}
        answer = self.hub.batch_import_findings(Findings=[{**template, "Id": one} for one in ids])
        self.assertEqual((answer["SuccessCount"], answer["FailedCount"]), (len(ids), 0))

    def _finding(self) -> dict[str, Any]:
        return self.hub.get_findings(Filters={"Id": [_is(self.id)]})["Findings"][0]

    def _ids(self, **filters: Any) -> list[str]:
        return [finding["Id"] for finding in self.hub.get_findings(Filters=filters)["Findings"]]

    def _update(self, *ids: str, **update: Any) -> dict[str, Any]:
        identifiers = [{"Id": one, "ProductArn": _PRODUCT} for one in ids or (self.id,)]
        return self.hub.batch_update_findings(FindingIdentifiers=identifiers, **update)


class GetFindings(SecurityHub):
    def test_filters_select(self) -> None:
        self._import("a/1", RecordState="ARCHIVED")
        self._import("a/2", Workflow={"Status": "RESOLVED"}, ProductArn="arn:other")
        self.assertEqual(self._ids(Id=[_is("a/1")]), ["a/1"])
        self.assertEqual(self._ids(Id=[_is("a/1"), _is("a/2")]), ["a/1", "a/2"])
        self.assertEqual(self._ids(Id=[_is("a/", "PREFIX")]), ["a/1", "a/2"])
        self.assertEqual(self._ids(Id=[_is("a/1", "NOT_EQUALS"), _is("a/2", "NOT_EQUALS")]), [self.id])
        self.assertEqual(self._ids(ProductArn=[_is("arn:other")]), ["a/2"])
        self.assertEqual(self._ids(WorkflowStatus=[_is("NEW")]), [self.id, "a/1"])
        self.assertEqual(self._ids(RecordState=[_is("ACTIVE")], WorkflowStatus=[_is("NEW")]), [self.id])
        self.assertEqual(self._ids(Id=[_is("nothing")]), [])

    def test_pages_follow_each_other(self) -> None:
        self._import("b", "c")
        first = self.hub.get_findings(MaxResults=2)
        self.assertEqual([finding["Id"] for finding in first["Findings"]], [self.id, "b"])
        second = self.hub.get_findings(MaxResults=2, NextToken=first["NextToken"])
        self.assertEqual([finding["Id"] for finding in second["Findings"]], ["c"])
        self.assertNotIn("NextToken", second)

    def test_what_it_would_have_to_ignore_it_refuses(self) -> None:
        for parameters, why in (
            ({"MaxResults": 0}, "between 1 and 100"),
            ({"MaxResults": 101}, "between 1 and 100"),
            ({"Filters": {"Title": [_is("x")]}}, "Title"),
            ({"Filters": {"Id": [_is("x", "CONTAINS")]}}, "CONTAINS"),
            ({"SortCriteria": [{"Field": "Id"}]}, "SortCriteria"),
        ):
            code, message, status = failure(self.hub.get_findings, **parameters)
            self.assertEqual((code, status), ("InvalidInputException", 400))
            self.assertIn(why, message)

    def test_a_finding_is_new_and_active_by_itself(self) -> None:
        bare = {name: value for name, value in self._finding().items() if name not in ("Workflow", "RecordState")}
        self.hub.batch_import_findings(Findings=[{**bare, "Id": "bare"}])
        self.assertIn("bare", self._ids(WorkflowStatus=[_is("NEW")], RecordState=[_is("ACTIVE")]))


class BatchUpdateFindings(SecurityHub):
    def test_it_replaces_and_leaves_the_time_of_update_alone(self) -> None:
        before = self._finding()
        self._update(Note={"Text": "first", "UpdatedBy": "ada"}, UserDefinedFields={"a": "1", "b": "2"})
        answer = self._update(Note={"Text": "second", "UpdatedBy": "redress"}, UserDefinedFields={"c": "3"})
        self.assertEqual(answer["ProcessedFindings"], [{"Id": self.id, "ProductArn": _PRODUCT}])
        self.assertEqual(answer["UnprocessedFindings"], [])
        after = self._finding()
        self.assertEqual((after["Note"]["Text"], after["Note"]["UpdatedBy"]), ("second", "redress"))
        self.assertEqual(after["UserDefinedFields"], {"c": "3"})
        self.assertEqual((after["Workflow"], after["UpdatedAt"]), ({"Status": "NEW"}, before["UpdatedAt"]))

    def test_what_it_does_not_hold_stays(self) -> None:
        self._update(Note={"Text": "seen", "UpdatedBy": "ada"}, Confidence=70)
        self._update(Workflow={"Status": "NOTIFIED"})
        after = self._finding()
        self.assertEqual((after["Note"]["Text"], after["Confidence"]), ("seen", 70))
        self.assertEqual(after["Workflow"]["Status"], "NOTIFIED")

    def test_what_it_does_not_know_it_says(self) -> None:
        answer = self._update(self.id, "unknown", Workflow={"Status": "NOTIFIED"})
        self.assertEqual([one["Id"] for one in answer["ProcessedFindings"]], [self.id])
        unprocessed = answer["UnprocessedFindings"][0]
        self.assertEqual(unprocessed["FindingIdentifier"], {"Id": "unknown", "ProductArn": _PRODUCT})
        self.assertEqual(unprocessed["ErrorCode"], "FindingNotFound")
        other_product = [{"Id": self.id, "ProductArn": "arn:other"}]
        answer = self.hub.batch_update_findings(FindingIdentifiers=other_product, Workflow={"Status": "NEW"})
        self.assertEqual(answer["UnprocessedFindings"][0]["ErrorCode"], "FindingNotFound")

    def test_its_limits_hold(self) -> None:
        author = {"UpdatedBy": "redress"}
        self._update(*(f"{number}" for number in range(100)), Note={"Text": "x" * 512, **author})
        self._update(UserDefinedFields={f"{number:0128}": "v" * 1024 for number in range(50)})
        for update, why in (
            ({"Note": {"Text": "x" * 513, **author}}, "Note.Text"),
            ({"Note": {"Text": "", **author}}, "Note.Text"),
            ({"Note": {"Text": "x"}}, "Note.UpdatedBy"),
            ({"Note": {}}, "Note.Text"),
            ({"UserDefinedFields": {f"{number}": "" for number in range(51)}}, "50 pairs"),
            ({"UserDefinedFields": {"k" * 129: ""}}, "a key of UserDefinedFields"),
            ({"UserDefinedFields": {"k": "v" * 1025}}, "a value of UserDefinedFields"),
            ({"Workflow": {"Status": "DONE"}}, "Workflow.Status"),
            ({"Workflow": {}}, "Workflow.Status"),
        ):
            code, message, status = failure(self._update, **update)
            self.assertEqual((code, status), ("InvalidInputException", 400))
            self.assertIn(why, message)
        for identifiers in ([], [{"Id": "x", "ProductArn": _PRODUCT}] * 101, [{"Id": "x"}]):
            answer = failure(self.hub.batch_update_findings, FindingIdentifiers=identifiers)
            self.assertEqual(answer[0], "InvalidInputException")


class NotYet(SecurityHub):
    def test_a_hub_that_is_not_enabled_answers_nothing(self) -> None:
        elsewhere = self.aws.as_administrator("securityhub", "eu-west-1")
        identifiers = [{"Id": self.id, "ProductArn": _PRODUCT}]
        for answer in (
            failure(elsewhere.get_findings),
            failure(elsewhere.batch_update_findings, FindingIdentifiers=identifiers),
        ):
            code, message, status = answer
            self.assertEqual((code, status), ("InvalidAccessException", 401))
            self.assertEqual(message, "Account 123456789012 is not subscribed to AWS Security Hub")

    def test_a_finding_may_lag_for_a_number_of_look_ups(self) -> None:
        self.aws.control("POST", "lag", {"findingArn": self.id, "lookUps": 3})
        self.assertEqual(self._ids(Id=[_is(self.id)]), [])
        # One that is not about this finding does not count.
        self.assertEqual(self._ids(Id=[_is("another")]), [])
        for _ in range(2):
            unprocessed = self._update(Workflow={"Status": "NOTIFIED"})["UnprocessedFindings"]
            self.assertEqual(unprocessed[0]["ErrorCode"], "FindingNotFound")
        self.assertEqual(self._finding()["Workflow"]["Status"], "NEW")
        self.assertEqual(self._update(Workflow={"Status": "NOTIFIED"})["UnprocessedFindings"], [])
