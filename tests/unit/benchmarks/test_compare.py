"""Comparison of two checkouts: how each is started, and the line of a scenario."""

from pathlib import Path

from benchmarks.serving.compare import _from_tree, _line
from benchmarks.serving.measure import Round
from benchmarks.serving.systems import SYSTEMS


def rounds(*speeds: float) -> list[Round]:
    return [Round(rps=speed, cpu_us=1e6 / speed, failed=0, p50_us=1, p99_us=2) for speed in speeds]


def test_a_tree_is_imported_whatever_the_current_folder_is(tmp_path: Path) -> None:
    (ours,) = (system for system in SYSTEMS if system.name == "homestead")
    system = _from_tree(ours, tmp_path, "old", 9800)
    assert system.env["PYTHONPATH"] == str(tmp_path)
    assert system.env["PYTHONSAFEPATH"] == "1"
    assert str(tmp_path / "problems" / "house_price.yaml") in system.program
    assert system.url == "http://127.0.0.1:9800"


def test_a_line_holds_medians_and_ratios_of_new_to_old() -> None:
    line = _line("full@1", [rounds(1000, 2000, 9000), rounds(2200, 2000, 2400)])
    assert line == "| full@1 | 2,000 | 2,200 | 1.100 | 500 | 454 | 0.909 |"
