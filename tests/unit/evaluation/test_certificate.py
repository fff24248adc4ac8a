"""Promotion certificates: the file format, and what a certificate allows."""

import json
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate, Comparison

# Written by the version before certificates were typed.
STORED = sorted((Path(__file__).parent / "certificates").glob("*.json"))
STORED_BY_NAME = {path.stem: path for path in STORED}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_certificate_is_read_and_written_again_unchanged(path: Path) -> None:
    # Earlier versions wrote NaN for a metric without a value, which is no JSON.
    content = json.loads(path.read_text(), parse_constant=lambda _: None)
    if path.stem == "undefined_metric":
        assert content["comparison"] == dict.fromkeys(["difference", "low", "high"]) | {
            "metric": "r2"
        }
        content["comparison"] = None
    written = Certificate.read(path).to_json()
    assert written == json.dumps(content, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize(
    ("metric", "low", "high", "better", "worse"),
    [
        ("mae", -2.0, -1.0, True, False),
        ("mae", 1.0, 2.0, False, True),
        ("r2", 1.0, 2.0, True, False),
        ("r2", -2.0, 1.0, False, False),
        ("r2", None, None, False, False),
    ],
)
def test_an_interval_on_one_side_of_zero_decides(
    metric: str, low: float | None, high: float | None, better: bool, worse: bool
) -> None:
    comparison = Comparison(metric=metric, difference=0.5, low=low, high=high)
    assert (comparison.is_better, comparison.is_worse) == (better, worse)


def test_a_certificate_is_for_one_model_only() -> None:
    path = STORED_BY_NAME["promoted"]
    certificate = Certificate.read(path)
    certificate.require_promotion_of(certificate.winner.digest)
    with pytest.raises(UserError, match="certificate is of model"):
        certificate.require_promotion_of("0" * 64)
    kept = certificate.model_copy(update={"decision": "keep"})
    with pytest.raises(UserError, match="says 'keep'"):
        kept.require_promotion_of(certificate.winner.digest)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "run 7: not JSON: "),
        ("{}", "run 7: found a certificate of schema version None, allowed is 1"),
        ('{"schema_version": 2}', "run 7: found a certificate of schema version 2, allowed is 1"),
        ('{"schema_version": 1}', "run 7: problem: Field required"),
    ],
)
def test_another_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        Certificate.from_json(text, "run 7")
    assert str(error.value).startswith(message)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.json: no such certificate"):
        Certificate.read(tmp_path / "none.json")


def test_a_key_of_a_later_version_is_ignored() -> None:
    content = json.loads(STORED[0].read_text())
    later = json.dumps({**content, "signature": "…"})
    assert Certificate.from_json(later, "").to_json() == STORED[0].read_text()
