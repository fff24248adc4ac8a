"""Training on labelled predictions: the rows of their time, recorded with the run."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from homestead.files import read_uri
from homestead.problem.split import SPLIT_COLUMN
from homestead.steps.backtest.training import run_steps
from homestead.steps.history.reproduce import reproduce
from homestead.steps.ingest import ingest_source
from homestead.steps.training_set import build_training_set
from homestead.tracking import runs, tags
from tests.conftest import PostgreSQL
from tests.unit.steps.labels.labelled_home import LabelledHome, homes_table


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> LabelledHome:
    return LabelledHome(tmp_path_factory.mktemp("labelled"))


@pytest.fixture
def home(shared: LabelledHome, monkeypatch: pytest.MonkeyPatch) -> LabelledHome:
    monkeypatch.setenv("HOMESTEAD_COMMIT", "c0ffee")
    shared.clear()
    return shared


class _Built:
    """Training set, views and quarantine of a run, and what the steps reported."""

    def __init__(self, home: LabelledHome, folder: Path) -> None:
        folder.mkdir()
        self.lines: list[str] = []
        self.opened = home.open(folder.name)
        valid, dataset = folder / "valid", folder / "dataset"
        ingest_source(
            home.problem,
            self.opened.data_hash,
            valid=valid,
            quarantine=folder / "quarantine.csv",
            data_sheet=folder / "sheet.html",
            report=self.lines.append,
            labelled=self.opened.labelled,
        )
        build_training_set(
            home.problem,
            valid=valid,
            views=folder / "views",
            dataset=dataset,
            report=self.lines.append,
        )
        self.rows = pd.read_parquet(dataset)
        self.quarantine = pd.read_csv(folder / "quarantine.csv")
        self.views = {path.name: path.read_bytes() for path in (folder / "views").iterdir()}

    def at(self, time: str) -> pd.DataFrame:
        return self.rows[self.rows.sold == pd.Timestamp(time)]


def test_labelled_rows_have_the_features_of_their_time_and_the_outcome(
    home: LabelledHome, tmp_path: Path
) -> None:
    before = _Built(home, tmp_path / "before")
    assert before.opened.labelled == ""
    early = home.predict("2024-01-20 09:00", 3, 4)
    late = home.predict("2024-02-20 09:00", 3)
    home.label([*early, *late], [5000, 6000, 7000])
    built = _Built(home, tmp_path / "after")
    assert len(built.rows) == len(before.rows) + 3
    assert built.views == before.views
    [row] = built.at("2024-01-20 09:00").to_dict("records")
    sales = home.table[home.table.sold <= "2024-01-20 09:00"]
    own = sales[sales.id == 3].iloc[-1]
    same_kind = sales[(sales.kind == own.kind) & (sales.sold <= "2024-01-20 08:00")]
    assert row["price"] == 5000
    assert (row["rooms"], row["town"]) == (9, own.town)  # as the model read them
    assert (row["kind"], row["area"], row["remark"]) == (own.kind, own.area, own.remark)
    assert row["typical"] == same_kind.price.iloc[-1]
    assert row[SPLIT_COLUMN] == "train"
    assert built.at("2024-02-20 09:00")[SPLIT_COLUMN].tolist() == ["holdout"]
    # The rows of the table are what they were.
    same = built.rows[built.rows.sold.isin(home.table.sold)].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, before.rows)
    assert "labelled predictions: 3 rows to train on, 0 bad" in built.lines


def test_labelled_rows_of_postgresql_are_those_of_sqlite(
    home: LabelledHome, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    rows: list[pd.DataFrame] = []
    for used in (home, LabelledHome(tmp_path / "home", postgresql.migrated_database())):
        used.label(used.predict("2024-01-20 09:00", 3, 4), [5000, 6000])
        rows.append(_Built(used, tmp_path / f"run-{len(rows)}").rows)
    assert len(rows[0]) == len(home.table) + 2
    pd.testing.assert_frame_equal(rows[0], rows[1])


def test_rows_that_the_table_gained_are_trained_on_next_time(
    home: LabelledHome, tmp_path: Path
) -> None:
    before = _Built(home, tmp_path / "before")
    home.write(homes_table(150))
    after = _Built(home, tmp_path / "after")
    assert after.opened.data_hash != before.opened.data_hash
    assert len(after.rows) == len(before.rows) + 30
    assert after.rows.sold.max() > before.rows.sold.max()


def test_what_came_later_changes_no_earlier_row(home: LabelledHome, tmp_path: Path) -> None:
    home.label(home.predict("2024-01-20 09:00", 3, 4), [5000, 6000])
    before = _Built(home, tmp_path / "before")
    cut = pd.Timestamp("2024-02-10")
    poisoned = home.table.copy()
    is_later = poisoned.sold > cut
    poisoned.loc[is_later, ["price", "area", "rooms"]] = [99_999, 1e6, 77]
    home.write(poisoned)
    home.label(home.predict("2024-02-20 09:00", 3, 5, 6), [99_000, 1, 99_000])
    after = _Built(home, tmp_path / "after")
    earlier = [
        built.rows[built.rows.sold <= cut].reset_index(drop=True) for built in (before, after)
    ]
    assert len(earlier[0])
    pd.testing.assert_frame_equal(earlier[0], earlier[1])


def test_an_outcome_that_is_said_to_be_known_later_does_not_count_yet(home: LabelledHome) -> None:
    home.label(home.predict("2024-01-20 09:00", 3), [5000], labelled_at="2099-01-01T00:00:00Z")
    assert home.open().labelled == ""


def test_a_row_of_the_table_is_not_doubled_and_bad_ones_are_set_aside(
    home: LabelledHome, tmp_path: Path
) -> None:
    sold = home.table.sold[50]
    home.label(home.predict(str(sold), int(home.table.id[50])), [5000])
    unknown = home.predict("2024-01-20 09:00", 7)
    home.label(unknown, [6000])
    home.write(home.table[home.table.id != 7].reset_index(drop=True))
    built = _Built(home, tmp_path / "run")
    assert len(built.rows) == len(home.table)
    [aside] = built.quarantine.to_dict("records")
    assert aside["file_row"] == f"{unknown[0]}/0"
    # The remark is unknown, too, but nothing is trained on it.
    rule = "neither the log nor an earlier row of this key tells the value"
    assert aside["reason"] == f"area: {rule}; kind: {rule}"
    assert "0 rows to train on, 1 bad; 1 are in the table already" in "\n".join(built.lines)


def test_the_run_records_the_rows_and_is_reproduced_after_a_correction(
    home: LabelledHome, tmp_path: Path
) -> None:
    predictions = home.predict("2024-01-20 09:00", *range(12))
    home.label(predictions, [3711] * 12)
    end = run_steps(home.problem, home.settings, tmp_path, "labelled", 0, lambda line: None)
    assert end.decision == "promote", end.reason
    run = runs.find_run(home.mlflow, "homes", "labelled")
    assert run is not None
    content = read_uri(f"{run.info.artifact_uri}/labelled_rows.parquet")
    assert run.data.tags[tags.LABELS_HASH] == hashlib.sha256(content).hexdigest()
    recorded = pd.read_parquet(tmp_path / "dataset.parquet")
    assert (recorded.price == 3711).sum() == 12
    home.label(predictions, [9000] * 12)
    report = reproduce("homes", home.settings, "2", report=lambda line: None)
    assert report.is_identical, report
    assert [item.name for item in report.inputs].count("labels") == 1
