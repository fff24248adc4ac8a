"""Lineage as lines: every fact with its title, and a word where nothing is recorded."""

from homestead.reports.lineage.facts import CertificateFacts, OriginFacts, UseFacts
from homestead.reports.lineage.text import (
    described_certificate,
    described_labels,
    described_use,
    lineage_lines,
    origin_fields,
)
from tests.lineages import lineage_report


def test_the_lines_hold_every_fact() -> None:
    lines = list(lineage_lines(lineage_report()))
    assert lines[0] == "Prediction p1"
    assert "  answer            1.5, no value" in lines
    assert "Version 3 (champion)" in lines
    label = "row 0: 2.5, 2023-11-14 22:13:20Z from labels.csv, in place of 1 former"
    assert f"  label             {label}" in lines
    assert f"  data              {'12' * 32}" in lines
    assert "  release           flats-2 in place of version 2: promoted, as good" in lines
    assert "  of the same data  other versions: 1, 2" in lines
    assert lines[-1] == "note: a note"


def test_what_an_earlier_release_did_not_record_is_said() -> None:
    fields = origin_fields(OriginFacts())
    assert fields["training set"] == "not recorded"
    assert fields["data version"] == "not in DVC"
    assert described_labels(UseFacts(rows=3, labelled_rows=2)) == "known for 2 of 3 rows"
    assert described_use(UseFacts()) == "none in the log"
    assert described_certificate(CertificateFacts(uri=None, problem="none")) == "none"
