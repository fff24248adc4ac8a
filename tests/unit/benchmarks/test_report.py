"""Report of the serving benchmark: ratios, and targets met and missed."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import report


def system(title: str, **rps: float) -> dict[str, object]:
    scenarios = {
        name.replace("_", "@"): {
            **{"rps": v, "rps_min": v, "rps_max": v, "p50_us": 500, "p99_us": 900},
            **{"cpu_us": 1e6 / v, "failed": 0},
        }
        for name, v in rps.items()
    }
    starts = {"full": 0.5}
    return {
        "title": title,
        "start_s": starts,
        "memory_mb": 80,
        "commit": "abc",
        "load_before": 0.1,
        "scenarios": scenarios,
    }


def test_ratios_and_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "FIGURES", tmp_path / "serving.json")
    figures: dict[str, Any] = {
        "machine": {"cpu": "some"},
        "rounds": 3,
        "seconds": 1.0,
        "systems": {
            "mlserver": system("MLServer", full_1=500, full_16=2000),
            "homestead": system("Homestead", full_1=5000, full_16=18000),
            "floor": system("Floor", full_16=60000),
        },
    }
    text = report.write(figures)
    assert figures["ratios"]["mlserver"] == {"full@1": 10.0, "full@16": 9.0}
    assert "homestead" not in figures["ratios"]
    assert "| full@16 at least 8 times mlserver | 9.00 | met |" in text
    assert "| full@16 at least 0.35 times floor | 0.30 | missed |" in text
    assert "| full@16 at least 15 times mlflow |  | not measured |" in text
    assert (tmp_path / "serving.md").read_text() == text
    assert "Homestead" in (tmp_path / "serving.svg").read_text()
