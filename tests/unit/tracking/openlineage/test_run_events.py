"""Ids of runs; the events themselves are tested with OpenLineage's client in tests/conformance."""

import uuid

import pytest

from homestead.tracking.openlineage.run_events import event_run_id


def test_a_run_s_id_includes_its_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {event_run_id("houses", "7"), event_run_id("flats", "7"), event_run_id("flats", "8")}
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "staging")
    ids.add(event_run_id("flats", "8"))
    assert len(ids) == 4
    assert event_run_id("flats", "8") in ids
    assert all(uuid.UUID(text).version == 5 for text in ids)
