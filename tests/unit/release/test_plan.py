"""The release plan: what is written is read, and what is wrong is said."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from homestead.errors import UserError
from homestead.release.plan import ModelVersion, ReleasePlan, read_plan, write_plan

CHAMPION = ModelVersion(
    version="3",
    digest="a" * 64,
    uri="file:///models/3/model.onnx",
    created=datetime(2026, 11, 25, 12, tzinfo=UTC),
)
CHALLENGER = ModelVersion(version="4", digest="b" * 64, uri="s3://models/4/model.onnx")


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    plan = ReleasePlan(problem="churn", champion=CHAMPION, challenger=CHALLENGER, traffic_share=0.1)
    write_plan(tmp_path / "release" / "plan.json", plan)
    assert read_plan(tmp_path / "release" / "plan.json") == plan
    assert [path.name for path in (tmp_path / "release").iterdir()] == ["plan.json"]


def test_a_plan_without_a_challenger_names_none(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", ReleasePlan(problem="churn", champion=CHAMPION))
    written = json.loads((tmp_path / "plan.json").read_text())
    assert written == {
        "problem": "churn",
        "champion": {
            "version": "3",
            "digest": "a" * 64,
            "uri": "file:///models/3/model.onnx",
            "created": "2026-11-25T12:00:00Z",
        },
        "challenger": None,
        "share": 0.0,
        "paired": False,
    }


def test_a_share_needs_a_challenger_and_so_does_a_pair() -> None:
    with pytest.raises(ValidationError, match="a share needs a challenger"):
        ReleasePlan(problem="churn", champion=CHAMPION, traffic_share=0.1)
    with pytest.raises(ValidationError, match="paired needs a challenger"):
        ReleasePlan(problem="churn", champion=CHAMPION, paired=True)


def test_no_plan_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"plan\.json: no release yet: run homestead train first"):
        read_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("share", 1.5, r"share: .*less than or equal to 1 \(found 1.5\)"),
        ("champion", None, "champion: "),
        ("champion", {"version": "1", "digest": "a1", "uri": "x"}, r"champion\.digest: .*'a1'"),
        ("shares", 0.1, "shares: .*not permitted"),
    ],
)
def test_a_wrong_plan_is_refused_by_its_key(
    tmp_path: Path, key: str, value: object, message: str
) -> None:
    plan = json.loads(ReleasePlan(problem="churn", champion=CHAMPION).model_dump_json())
    (tmp_path / "plan.json").write_text(json.dumps(plan | {key: value}))
    with pytest.raises(UserError, match=message):
        read_plan(tmp_path / "plan.json")


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"problem": "churn", "champ')
    with pytest.raises(UserError, match=r"plan\.json: .*JSON"):
        read_plan(tmp_path / "plan.json")


def test_a_version_that_the_prediction_log_has_no_room_for_is_refused(tmp_path: Path) -> None:
    text = ReleasePlan(problem="churn", champion=CHAMPION).model_dump_json()
    (tmp_path / "plan.json").write_text(text.replace('"3"', f'"{"3" * 33}"'))
    with pytest.raises(UserError, match=r"champion\.version: .*at most 32"):
        read_plan(tmp_path / "plan.json")
