"""Imports beside a part that waits: done at its end."""

import sys
from pathlib import Path

import pytest

from homestead.cli.demo.early_imports import imported_meanwhile


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Return the names of two modules, of which the first waits until the block has begun."""
    (tmp_path / "early_first.py").write_text(
        "import time\nfrom pathlib import Path\n"
        f"while not Path({str(tmp_path / 'begun')!r}).exists(): time.sleep(0.01)\n"
    )
    (tmp_path / "early_second.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    names = ("early_first", "early_second")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return names


def test_modules_are_imported_at_the_end_of_the_block(
    modules: tuple[str, ...], tmp_path: Path
) -> None:
    with imported_meanwhile(("early_nowhere", *modules)):
        assert "early_second" not in sys.modules
        (tmp_path / "begun").touch()
    assert {*modules} <= {*sys.modules}
