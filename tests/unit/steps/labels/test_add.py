"""Adding a table of labels: what people read, and files that cannot be used."""

from pathlib import Path

import pytest

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.labels.add import add_label_table
from homestead.steps.labels.status import read_label_status
from tests.unit.prediction_log.labels.labelled_log import log, predicted, problem, truths


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def add(settings: Settings, path: Path, text: str, of: Problem | None = None) -> list[str]:
    path.write_text(text, encoding="utf-8")
    lines: list[str] = []
    add_label_table(of or problem(), str(path), settings, lines.append)
    return lines


def test_a_file_is_joined_and_its_report_says_what_became_of_each_row(
    settings: Settings, tmp_path: Path
) -> None:
    engine = open_database(settings.database_url) if settings.folder() else None
    assert engine is not None
    log(engine, predicted("a"), predicted("b"))
    text = "prediction_id,rent,comment\na,5,x\nb,,\nlater,7,\nb,dear,\nb,cheap,\n"
    assert add(settings, tmp_path / "labels.csv", text) == [
        "4 labels: 1 joined, 0 known already, 1 wait for their prediction, 2 in quarantine",
        "1 rows without an outcome were left out",
        "  quarantine: line 5: rent: found 'dear', allowed is a number",
        "  quarantine: line 6: rent: found 'cheap', allowed is a number",
    ]
    log(engine, predicted("later"))
    assert add(settings, tmp_path / "more.csv", "prediction_id,rent\na,6\na,6\n") == [
        "1 labels: 1 joined (1 of these in place of an earlier value), 1 known already,"
        " 0 wait for their prediction, 0 in quarantine",
        "1 labels that had waited have found their prediction",
    ]
    assert truths(engine) == {("a", 0): 6, ("later", 0): 7}
    engine.dispose()
    status = "\n".join(read_label_status(problem(), settings).lines())
    assert "labelled: 2 (66.7%)" in status
    assert "corrections: 1" in status
    assert "bad_value: 2, such as: rent: found 'cheap', allowed is a number" in status
    assert "from prediction to label:" in status


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prediction_id,price\na,1\n", "missing column rent, the target; found are prediction_id"),
        (
            "flat,rent\na,1\n",
            "no column says which predictions the labels are of; allowed are prediction_id or"
            " request_id, or the key id and day or time; found are rent",
        ),
        ("prediction_id,rent\na,\n", "no row has an outcome"),
        (
            "prediction_id,rent\na,x\nb,y\n",
            "none of 2 labels can be used:\n  line 2: rent: found 'x', allowed is a number\n"
            "  line 3: rent: found 'y', allowed is a number",
        ),
    ],
)
def test_a_file_of_something_else_changes_nothing(
    settings: Settings, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UserError) as raised:
        add(settings, tmp_path / "labels.csv", text)
    assert str(raised.value).endswith(f"labels.csv: {message}")
    assert "in quarantine: 0" in "\n".join(read_label_status(problem(), settings).lines())
