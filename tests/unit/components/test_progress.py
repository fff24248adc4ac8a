"""How a step talks: what a person reads when it went well, and when it did not."""

import pytest

from homestead.components.progress import report_step
from homestead.errors import UserError


def test_a_step_tells_its_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with report_step("ingest") as say:
        say("700 valid rows")
    assert capsys.readouterr().out.splitlines() == [
        "homestead> ingest: started",
        "homestead> ingest: 700 valid rows",
        "homestead> ingest: done",
    ]


def test_a_users_mistake_is_one_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, report_step("ingest"):
        raise UserError("sales.csv: no such file")
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "homestead! ingest: sales.csv: no such file"
    assert "done" not in said.out
    assert not said.err


def test_each_line_of_a_mistake_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), report_step("ingest"):
        raise UserError("a.csv: no column x\na.csv: no column y")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "homestead! ingest: a.csv: no column x",
        "homestead! ingest: a.csv: no column y",
    ]


def test_another_error_shows_where_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), report_step("train"):
        raise ZeroDivisionError
    said = capsys.readouterr()
    assert "Traceback" in said.err
    assert said.out.splitlines()[-1] == "homestead! train: ZeroDivisionError"
