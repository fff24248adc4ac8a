"""The problem file as pods read it."""

from pathlib import Path

import pytest

from homestead.bundled import bundled_path
from homestead.deployment.problems import problem_file
from homestead.deployment.problems.problem_file import MAX_CONFIG_MAP_BYTES, text_for_pods
from homestead.errors import UserError
from homestead.problem.loader import load_problem, parse_problem
from tests.problem_text import FLATS

TABLE = bundled_path("data") / "king_county_house_sales.parquet"


def for_pods(text: str, folder: Path) -> str:
    path = folder / "flats.yaml"
    path.write_text(text)
    return text_for_pods(load_problem(path), text)


def test_a_file_that_pods_can_read_stays_as_it_is(tmp_path: Path) -> None:
    text = "# ours\n" + FLATS.replace("flats.csv", "s3://homestead/flats.csv")
    assert for_pods(text, tmp_path) == text


def test_only_the_source_changes_where_the_image_has_a_copy(tmp_path: Path) -> None:
    text = f"# ours\n{FLATS}".replace("source: flats.csv", f"source: {TABLE}  # the county's")
    lines = for_pods(text, tmp_path).splitlines()
    changed = [(old, new) for old, new in zip(text.splitlines(), lines, strict=True) if old != new]
    assert [new for _, new in changed] == [f"source: /app/data/{TABLE.name}"]


def test_a_key_in_quotes_is_found_too(tmp_path: Path) -> None:
    text = FLATS.replace("source: flats.csv", f'"source": {TABLE}')
    assert parse_problem(for_pods(text, tmp_path)).source == f"/app/data/{TABLE.name}"


def test_a_local_table_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="which is on this machine"):
        for_pods(FLATS, tmp_path)


def test_a_file_too_large_for_a_config_map_is_refused_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_CONFIG_MAP_BYTES == 1_048_576
    # Reading a file of that size takes seconds.
    monkeypatch.setattr(problem_file, "MAX_CONFIG_MAP_BYTES", 10_000)
    text = FLATS.replace("flats.csv", "s3://homestead/flats.csv")
    fits = text + "#" * (10_000 - len(text))
    assert for_pods(fits, tmp_path) == fits
    with pytest.raises(UserError, match=r"10,001 bytes, a ConfigMap holds 10,000"):
        for_pods(fits + "#", tmp_path)
