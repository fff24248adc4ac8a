"""What all commands share: errors as one line, and files outside of a clone."""

import sqlite3
import sys
from contextlib import closing
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from homestead.cli.main import main
from homestead.cli.shared import failures
from homestead.database.failures import database_failure
from tests.conftest import CHURN


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_user_error_is_one_line_without_traceback(tmp_path: Path) -> None:
    result = invoke("validate", "--problem", str(tmp_path / "none.yaml"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {tmp_path}/none.yaml: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_module_of_training_that_is_missing_names_the_complete_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = ModuleNotFoundError("No module named 'mlflow'", name="mlflow.tracking")

    def only_serving(name: str) -> str:
        raise PackageNotFoundError(name)

    assert failures.failure_message(missing) is None
    monkeypatch.setattr(failures, "distribution", only_serving)
    text = failures.failure_message(missing)
    assert text is not None
    assert "mlflow is not installed: this is homestead-serving" in text
    assert text.endswith("pip install homestead")


def test_a_setting_that_is_not_allowed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_LOG_FULL", "drop")
    result = invoke("drift", "--problem", str(CHURN))
    assert result.exit_code == 1
    assert result.stderr == "error: HOMESTEAD_LOG_FULL: found 'drop', allowed are refuse, shed\n"


def test_a_database_that_cannot_be_opened_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", f"sqlite:///{tmp_path}/none/log.db")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    result = invoke("labels", "status", "--problem", str(CHURN))
    assert result.exit_code == 1
    assert "error: cannot use a database, see HOMESTEAD_DATABASE_URL" in result.stderr


def test_mlflow_that_is_away_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = invoke("drift", "--problem", str(CHURN))
    assert result.exit_code == 1
    assert "error: MLflow: " in result.stderr
    assert "127.0.0.1" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("mlflow.db", ("drift",)),
        ("homestead.db", ("labels", "status")),
        ("homestead.db", ("drift",)),
        ("homestead.db", ("performance",)),
    ],
)
def test_a_damaged_database_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, command: tuple[str, ...]
) -> None:
    (tmp_path / name).write_bytes(b"no database " * 1000)
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    for variable in ("MLFLOW_TRACKING_URI", "HOMESTEAD_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    result = invoke(*command, "--problem", str(CHURN))
    assert result.exit_code == 1
    path = tmp_path / name
    assert f"error: cannot use a database: {path}: file is not a database. " in result.stderr
    assert f"mv {path} {path}.damaged" in result.stderr


@pytest.mark.parametrize("name", ["mlflow.db", "homestead.db"])
def test_a_locked_database_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    for variable in ("MLFLOW_TRACKING_URI", "HOMESTEAD_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    with closing(sqlite3.connect(tmp_path / name)) as other:
        other.execute("CREATE TABLE held (number INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        try:
            with closing(sqlite3.connect(tmp_path / name, timeout=0)) as ours:
                ours.execute("SELECT * FROM held")
        except sqlite3.OperationalError as locked:
            error = sa.exc.OperationalError("SELECT 1\nFROM held", None, locked)
        # As MLflow does.
        outer = RuntimeError("(sqlite3.OperationalError) database is locked\n[SQL: …]")
        outer.__cause__ = error
        assert database_failure(outer) == (
            f"{tmp_path / name}: another process has locked the database;"
            " try again when it has ended"
        )
    # No longer locked when it is looked at.
    assert "database is locked" in str(database_failure(outer))
    assert "\n" not in str(database_failure(outer))


@pytest.mark.parametrize("command", ["drift", "train", "serve", "materialize"])
def test_a_home_that_cannot_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "file" / "home"))
    for variable in ("MLFLOW_TRACKING_URI", "HOMESTEAD_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    result = invoke(command, "--problem", str(CHURN))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"error: {tmp_path}/file/home")
    assert ": Not a directory. The home must be a folder that you may write" in result.stderr
    assert f"ls -ld {tmp_path}/file" in result.stderr


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "dvc"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "dvc", None)
    monkeypatch.setitem(sys.modules, "dvc.exceptions", None)
    result = invoke("data", "add", str(tmp_path / "table.csv"))
    assert result.exit_code == 1
    assert result.stderr == "error: dvc is not installed: pip install 'homestead[dvc]'\n"


def test_the_default_problem_is_found_outside_of_a_clone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOMESTEAD_PROBLEM", raising=False)
    *counts, of_one_bucket, following = invoke("validate").output.splitlines()
    assert counts == [
        "house_price: 21612 valid rows, 1 bad",
        "  bedrooms: 1 value, allowed is 0 to 15 (row 15871: 33)",
    ]
    assert of_one_bucket.startswith("  views.market.query: one bucket, computed by one thread")
    assert following == "next: homestead train"


def test_a_problem_of_that_name_in_the_working_folder_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "problems").mkdir()
    (tmp_path / "problems" / "house_price.yaml").write_text(
        CHURN.read_text().replace("source: churn.csv", f"source: {CHURN.parent}/churn.csv")
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOMESTEAD_PROBLEM", raising=False)
    assert invoke("validate").output.startswith("churn: ")
