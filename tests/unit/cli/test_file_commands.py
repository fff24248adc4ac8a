"""Commands for generated files: the problem file's schema is there outside of a clone too."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main


def test_the_schema_is_printed_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = CliRunner().invoke(main, ["schema"])
    assert printed.exit_code == 0
    assert json.loads(printed.output)["title"] == "Problem file of Homestead"
    written = CliRunner().invoke(main, ["schema", "--output", "homestead.schema.json"])
    assert written.output == "homestead.schema.json\n"
    assert (tmp_path / "homestead.schema.json").read_text(encoding="utf-8") == printed.output
