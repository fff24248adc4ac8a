"""The facts of a lineage are JSON that gives back the same facts."""

from homestead.reports.lineage.facts import LineageReport
from tests.lineages import lineage_report


def test_a_report_survives_json() -> None:
    report = lineage_report('<b>"')
    assert LineageReport.model_validate_json(report.model_dump_json()) == report
