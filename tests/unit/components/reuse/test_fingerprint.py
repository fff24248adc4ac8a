"""Fingerprints: what settles a step's result is in them, and nothing else of a problem."""

from pathlib import Path

import pytest

from homestead.components.reuse import fingerprint
from homestead.components.reuse.fingerprint import (
    code_hash,
    content_hash,
    data_sections,
    training_sections,
)
from homestead.problem.schema import Problem


def test_only_sections_without_influence_on_the_rows_are_left_out(churn: Problem) -> None:
    left_out = set(type(churn).model_fields) - set(data_sections(churn))
    assert left_out == {
        *("candidates", "card", "drift", "gate", "objectives", "performance", "release"),
        *("retraining", "scoring"),
    }


def test_a_training_follows_from_its_own_candidate_beside_the_data(churn: Problem) -> None:
    sections = training_sections(churn, "forest")
    assert set(sections) == {*data_sections(churn), "candidates"}
    assert list(sections["candidates"]) == ["forest"]
    assert sections["candidates"]["forest"]["parameters"] == {
        "n_estimators": 20,
        "min_samples_leaf": 5,
    }
    fewer = {name: churn.candidates[name] for name in ("forest", "logistic")}
    assert training_sections(churn.model_copy(update={"candidates": fewer}), "forest") == sections


def test_a_folder_has_the_hash_of_its_names_and_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "views").mkdir(parents=True)
        (tmp_path / name / "views" / "house.parquet").write_bytes(b"rows")
    same, other = tmp_path / "first", tmp_path / "second"
    assert content_hash(same) == content_hash(other)
    (other / "views" / "house.parquet").rename(other / "views" / "home.parquet")
    assert content_hash(same) != content_hash(other)
    with pytest.raises(OSError, match="missing"):
        content_hash(tmp_path / "missing")


def test_another_version_of_a_library_is_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_hash()
    code_hash.cache_clear()
    monkeypatch.setattr(fingerprint, "_library_versions", lambda: {"scikit-learn": "0.1"})
    try:
        assert code_hash() != before
    finally:
        code_hash.cache_clear()
