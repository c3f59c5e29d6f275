"""Findings in Security Hub: how moto stores them, which filters select them, how an update changes them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Finding = dict[str, Any]

# The filters of GetFindings that are honoured, and where a finding has their value.
_FILTERS: dict[str, Callable[[Finding], str]] = {
    "Id": lambda finding: finding["Id"],
    "ProductArn": lambda finding: finding["ProductArn"],
    "RecordState": lambda finding: finding["RecordState"],
    "WorkflowStatus": lambda finding: finding["Workflow"]["Status"],
}

# Members of an update that a finding keeps as they were sent.
_REPLACED = (
    "Confidence",
    "Criticality",
    "RelatedFindings",
    "Severity",
    "Types",
    "UserDefinedFields",
    "VerificationState",
    "Workflow",
)


class InvalidInput(Exception):
    """A parameter that Security Hub refuses."""


def complete(finding: Finding) -> None:
    """Adds what Security Hub sets on a finding that was imported without it."""
    finding.setdefault("Workflow", {"Status": "NEW"})
    finding.setdefault("RecordState", "ACTIVE")


def selects(filters: Mapping[str, list[Mapping[str, str]]], finding: Finding) -> bool:
    """Whether a finding passes all filters. Within one, `EQUALS` and `PREFIX` are joined by or, `NOT_EQUALS` by and."""
    for name, conditions in filters.items():
        if name not in _FILTERS:
            raise InvalidInput(f"the filter `{name}` is not one that local_aws honours; those are {sorted(_FILTERS)}")
        value = _FILTERS[name](finding)
        alternatives = [_holds(condition, value) for condition in conditions if not _excludes(condition)]
        exclusions = [_holds(condition, value) for condition in conditions if _excludes(condition)]
        if not all(exclusions) or (alternatives and not any(alternatives)):
            return False
    return True


def _excludes(condition: Mapping[str, str]) -> bool:
    return condition["Comparison"] == "NOT_EQUALS"


def _holds(condition: Mapping[str, str], value: str) -> bool:
    match condition["Comparison"]:
        case "EQUALS":
            return value == condition["Value"]
        case "NOT_EQUALS":
            return value != condition["Value"]
        case "PREFIX":
            return value.startswith(condition["Value"])
        case comparison:
            raise InvalidInput(f"the comparison `{comparison}` is not one that local_aws honours")


def check_update(update: Mapping[str, Any]) -> None:
    """Refuses what BatchUpdateFindings refuses."""
    _check(1 <= len(update.get("FindingIdentifiers", [])) <= 100, "FindingIdentifiers must hold 1 to 100 identifiers")
    for identifier in update["FindingIdentifiers"]:
        _check(bool(identifier.get("Id")) and bool(identifier.get("ProductArn")), "Id and ProductArn are required")
    if "Note" in update:
        note = update["Note"]
        _check(1 <= len(note.get("Text", "")) <= 512, "Note.Text must have 1 to 512 characters")
        _check(bool(note.get("UpdatedBy")), "Note.UpdatedBy is required")
    fields = update.get("UserDefinedFields", {})
    _check(len(fields) <= 50, "UserDefinedFields must hold at most 50 pairs")
    for key, value in fields.items():
        _check(1 <= len(key) <= 128, "a key of UserDefinedFields must have 1 to 128 characters")
        _check(len(value) <= 1024, "a value of UserDefinedFields must have at most 1024 characters")
    if "Workflow" in update:
        statuses = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
        _check(update["Workflow"].get("Status") in statuses, f"Workflow.Status must be one of {', '.join(statuses)}")


def _check(holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidInput(f"Invalid parameter: {rule}.")


def apply_update(update: Mapping[str, Any], finding: Finding) -> None:
    """Writes an update to a finding: what it holds replaces what was there, and `UpdatedAt` stays as it was."""
    finding.update({name: update[name] for name in _REPLACED if name in update})
    if "Note" in update:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        finding["Note"] = {**update["Note"], "UpdatedAt": now}
