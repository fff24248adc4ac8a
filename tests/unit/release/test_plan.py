"""The release plan: it is read as it was written, and an invalid one is refused by its key."""

import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from homestead.errors import RenamedKeyWarning, UserError
from homestead.release.plan import ReleasePlan, ReleaseStep, parse_plan, read_plan, write_plan
from tests.factories import model_version

CHAMPION = model_version("3", created=datetime(2026, 11, 25, 12, tzinfo=UTC))
CHALLENGER = model_version("4")
SPLIT = ReleasePlan(problem="churn", champion=CHAMPION, challenger=CHALLENGER, traffic_share=0.1)

# As an upgrade must not change a digest, it is compared with one that was noted down.
DIGEST = "2ddf530961e32f6dbea011c2936cd3d7b19306ae7bdce67cfef7066b1da1abbd"


def old_text(plan: ReleasePlan) -> str:
    """Return a plan as version 0.1 wrote it: with the old key and without a schema version."""
    content = json.loads(plan.to_json())
    content["share"] = content.pop("traffic_share")
    del content["schema_version"]
    return json.dumps(content)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "release" / "plan.json"
    write_plan(path, SPLIT)
    assert read_plan(path) == SPLIT
    assert [file.name for file in path.parent.iterdir()] == ["plan.json"]


def test_a_moved_home_takes_the_files_of_its_plans_along(tmp_path: Path) -> None:
    old, new = tmp_path / "old %20?#", tmp_path / "new %25"
    inside = model_version("1", uri=(old / "mlartifacts" / "m" / "model.onnx").as_uri())
    certificate = (old / "mlartifacts" / "m" / "certificate.json").as_uri()
    inside = inside.model_copy(update={"certificate": certificate})
    outside = model_version("2", uri=(tmp_path / "shared" / "model.onnx").as_uri())
    plan = ReleasePlan(problem="churn", champion=inside, challenger=outside)
    write_plan(old / "release" / "churn" / "plan.json", plan)
    old.rename(new)
    moved = read_plan(new / "release" / "churn" / "plan.json")
    assert moved.champion.uri == (new / "mlartifacts" / "m" / "model.onnx").as_uri()
    assert moved.champion.certificate == (new / "mlartifacts/m/certificate.json").as_uri()
    assert moved.challenger == outside


def test_a_plan_without_a_challenger_names_none(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", ReleasePlan(problem="churn", champion=CHAMPION))
    assert json.loads((tmp_path / "plan.json").read_text()) == {
        "schema_version": 1,
        "problem": "churn",
        "champion": {
            "version": "3",
            "digest": CHAMPION.digest,
            "uri": "s3://models/3/model.onnx",
            "created": "2026-11-25T12:00:00Z",
        },
        "challenger": None,
        "traffic_share": 0.0,
    }


def test_a_traffic_share_needs_a_challenger_and_so_do_pairs() -> None:
    with pytest.raises(ValidationError, match="a traffic_share above 0 needs a challenger"):
        ReleasePlan(problem="churn", champion=CHAMPION, traffic_share=0.1)
    with pytest.raises(ValidationError, match="a paired_share above 0 needs a challenger"):
        ReleasePlan(problem="churn", champion=CHAMPION, paired_share=0.1)


def test_a_missing_plan_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"plan\.json: no release yet: run homestead train first"):
        read_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("traffic_share", 1.5, r"traffic_share: .*less than or equal to 1 \(found 1.5\)"),
        ("champion", None, "champion: "),
        ("champion", {"version": "1", "digest": "a1", "uri": "x"}, r"champion\.digest: .*'a1'"),
        ("shares", 0.1, "shares: .*not permitted"),
        ("schema_version", 2, r"schema_version: .*1 \(found 2\)"),
    ],
)
def test_an_invalid_plan_is_refused_by_its_key(key: str, value: object, message: str) -> None:
    plan = json.loads(ReleasePlan(problem="churn", champion=CHAMPION).to_json())
    with pytest.raises(UserError, match=rf"^the plan: {message}"):
        parse_plan(json.dumps(plan | {key: value}), "the plan")


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"problem": "churn", "champ')
    with pytest.raises(UserError, match=r"plan\.json: .*JSON"):
        read_plan(tmp_path / "plan.json")


def test_a_version_too_long_for_the_prediction_log_is_refused() -> None:
    text = ReleasePlan(problem="churn", champion=CHAMPION).to_json()
    with pytest.raises(UserError, match=r"champion\.version: .*at most 32"):
        parse_plan(text.replace('"3"', f'"{"3" * 33}"'), "the plan")


def test_the_old_name_of_the_share_is_read_with_a_warning() -> None:
    message = r"a/plan\.json: share is now called traffic_share; .* until version 0\.3"
    with pytest.warns(RenamedKeyWarning, match=message):
        assert parse_plan(old_text(SPLIT), "a/plan.json") == SPLIT


def test_a_plan_that_is_read_again_and_again_warns_once_for_each_content() -> None:
    other = SPLIT.model_copy(update={"traffic_share": 0.2})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            parse_plan(old_text(SPLIT), "b/plan.json")
        assert len(caught) == 1
        assert parse_plan(old_text(other), "b/plan.json") == other
        assert len(caught) == 2


def test_both_names_of_the_share_are_refused() -> None:
    content = json.loads(old_text(SPLIT)) | {"traffic_share": 0.1}
    message = r"the plan: share and traffic_share: found both, allowed is traffic_share"
    with pytest.raises(UserError, match=message):
        parse_plan(json.dumps(content), "the plan")


def test_what_is_written_has_the_new_name_only() -> None:
    with pytest.warns(RenamedKeyWarning):
        plan = parse_plan(old_text(SPLIT), "c/plan.json")
    assert json.loads(plan.to_json())["traffic_share"] == 0.1
    assert '"share"' not in plan.to_json()


@pytest.mark.parametrize(
    "text",
    [
        '{"problem": "churn", "champion": "' + "x" * 100_000 + '"}',
        '{"champion": {"version": "1", "digest": "' + "y" * 100_000 + '", "uri": "u"}}',
        '["' + "z" * 100_000 + '"]',
        '{"' + "k" * 100_000 + '": 1}',
        "[" * 100_000,
        "9" * 100_000,
    ],
    ids=["champion", "digest", "list", "key", "deep", "digits"],
)
def test_a_message_about_a_malformed_plan_is_short(text: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_plan(text, "plan.json")
    assert str(raised.value).startswith("plan.json: ")
    assert len(str(raised.value)) < 800


@pytest.mark.parametrize(("paired", "share"), [(True, 1.0), (False, 0.0)])
def test_the_pairs_of_earlier_versions_are_read_without_a_warning(
    paired: bool, share: float
) -> None:
    text = json.dumps(json.loads(SPLIT.to_json()) | {"paired": paired})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = parse_plan(text, "a/plan.json")
    assert plan == SPLIT.model_copy(update={"paired_share": share})


def test_both_ways_to_say_pairs_are_refused() -> None:
    text = json.dumps(json.loads(SPLIT.to_json()) | {"paired": True, "paired_share": 0.5})
    with pytest.raises(UserError, match=r"paired: .*not permitted"):
        parse_plan(text, "a/plan.json")


def test_the_digest_is_of_what_a_plan_says_and_not_of_its_text() -> None:
    content = json.loads(SPLIT.to_json())
    reordered = json.dumps(dict(reversed(content.items())), indent=7)
    assert parse_plan(reordered, "plan").digest == SPLIT.digest
    earlier = json.dumps(content | {"paired": False})
    assert parse_plan(earlier, "plan").digest == SPLIT.digest
    assert SPLIT.digest == DIGEST
    moved = CHAMPION.model_copy(update={"uri": "/elsewhere", "created": None, "certificate": "c"})
    same = {"champion": moved, "revision": 7}
    assert SPLIT.model_copy(update=same).digest == SPLIT.digest
    step = ReleaseStep(id="r1", step=0)
    others: list[dict[str, object]] = [
        {"traffic_share": 0.2},
        {"paired_share": 0.1},
        {"challenger": model_version("5")},
        {"release": step},
        {"release": ReleaseStep(id="r1", step=1)},
    ]
    digests = {SPLIT.model_copy(update=other).digest for other in others}
    assert len(digests | {SPLIT.digest}) == 6


def test_a_step_of_a_release_is_part_of_the_plan_and_has_a_mark() -> None:
    plan = SPLIT.model_copy(update={"release": ReleaseStep(id="r1", step=2)})
    read = parse_plan(plan.to_json(), "plan")
    assert read == plan
    assert read.release is not None
    assert read.release.mark == "r1/2"
