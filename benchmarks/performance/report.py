"""Report of the performance benchmark: JSON and a table."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write_report(figures: dict[str, Any]) -> None:
    """Write the figures and the table to ``results/``."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(figures, indent=1) + "\n"
    (RESULTS / "coverage.json").write_text(text, encoding="utf-8")
    (RESULTS / "coverage.md").write_text(table_text(figures), encoding="utf-8")


def table_text(figures: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    lines = [
        f"{figures['served_rows']} served rows, what estimates them learnt on"
        f" {figures['validation_rows']:,} validation rows, {figures['trials']:,} trials each."
        f" Intervals of {figures['confidence']:.0%}.",
        "",
        "| task | metric | served rows | interval holds the measured value | estimated, mean |"
        " measured, mean |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['task']} | {row['metric']} | {row['situation']} | {row['held']:.1%}"
        f" | {row['estimated']:.3f} | {row['measured']:.3f} |"
        for row in figures["rows"]
    ]
    return "\n".join(lines) + "\n"
